// The package as npm installs it without a compiler and without install scripts, in each Node: as ES module and as CommonJS, by both engines,
// where Node loads no addons, in threads and in the workers of a cluster.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bun, byAddon, byDemand, byTwin, deno, folderOf, major, nodes, run, titled, wellEnded } from './runtimes.js'

const PROGRAMS = [['ES module', 'module.mjs'], ['CommonJS', 'common.cjs']] as const
const ENGINES = [['native', byAddon], ['wasm', byDemand]] as const
const forbidden = (code: string): object => byTwin(expect.stringContaining('Node forbids it'), code)

it('README.md says which runtimes these are', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  expect([...nodes, bun, deno].filter(({ version }) => !readme.includes(version))).toEqual([])
})

describe.each(titled(nodes))('%s', (_, node) => {
  const folder = folderOf(node)

  describe.each(PROGRAMS)('%s', (_, program) => {
    it.each(ENGINES)('GATEWIRE_ENGINE=%s', async (engine, report) => {
      expect(await run(node, [program], folder, { GATEWIRE_ENGINE: engine })).toEqual(wellEnded(report))
    })

    it('--no-addons: the twin, which says so', async () => {
      expect(await run(node, ['--no-addons', program], folder)).toEqual(wellEnded(forbidden('ERR_DLOPEN_DISABLED')))
    })
  })

  describe('the permission model', () => {
    const flags = [major(node) < 22 ? '--experimental-permission' : '--permission', `--allow-fs-read=${folder}/`, ...major(node) < 25 ? [] : ['--allow-net'],
      '--disable-warning=ExperimentalWarning', '--disable-warning=SecurityWarning']
    const loader = '--allow-fs-read=/etc/alpine-release'

    it.each(PROGRAMS)('%s, reading the folder of the application: the twin, which says so', async (_, program) => {
      expect(await run(node, [...flags, program], folder)).toEqual(wellEnded(forbidden('ERR_ACCESS_DENIED')))
    })

    it.each([['--allow-addons', 'ERR_ACCESS_DENIED'], [loader, 'ERR_DLOPEN_DISABLED']])('with half of what the addon takes, %s: the twin, which says so', async (half, code) => {
      expect(await run(node, [...flags, half, 'module.mjs'], folder)).toEqual(wellEnded(forbidden(code)))
    })

    it.each(PROGRAMS)(`%s, --allow-addons ${loader}: the addon`, async (_, program) => {
      expect(await run(node, [...flags, '--allow-addons', loader, program], folder)).toEqual(wellEnded(byAddon))
    })
  })

  it.each(ENGINES)('four threads, GATEWIRE_ENGINE=%s', async (engine, report) => {
    expect(await run(node, ['threads.mjs'], folder, { GATEWIRE_ENGINE: engine })).toEqual(wellEnded(Array(4).fill(report)))
  })

  it.each(ENGINES)('two workers of a cluster, GATEWIRE_ENGINE=%s', async engine => {
    const report = { engines: [engine, engine], ports: 1, codes: [0, 0], answered: 2 }
    expect(await run(node, ['cluster.mjs'], folder, { GATEWIRE_ENGINE: engine })).toEqual(wellEnded(report))
  })
})
