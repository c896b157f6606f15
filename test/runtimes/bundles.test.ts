// Applications that esbuild has put into one file, with the package in it and without: each runs in each Node.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { byAddon, byTwin, folderOf, nodes, run, titled, wellEnded } from './runtimes.js'

const BUNDLED = byTwin(expect.stringContaining('the package is bundled'), expect.stringContaining('leave gatewire out of the bundle'))

/** Program, format of the bundle, and its name. */
const BUNDLES = [['module.mjs', 'esm', 'from-module.mjs'], ['module.mjs', 'cjs', 'from-module.cjs'], ['common.cjs', 'cjs', 'from-common.cjs']] as const

async function bundle (program: string, format: 'esm' | 'cjs', outfile: string, external: readonly string[]): Promise<void> {
  const folder = folderOf(nodes[0]!)
  const { warnings } = await build({
    absWorkingDir: folder, entryPoints: [program], outfile, format, bundle: true, minify: true, platform: 'node', target: 'node20', external: [...external], logLevel: 'silent'
  })
  expect(warnings).toEqual([])
}

describe.each(BUNDLES)('%s as %s', (program, format, name) => {
  // A folder that has nothing else in it.
  const alone = mkdtempSync(path.join(tmpdir(), 'gatewire-bundle-'))
  afterAll(() => { rmSync(alone, { recursive: true, force: true }) })
  beforeAll(async () => {
    await bundle(program, format, path.join(alone, name), [])
    for (const node of nodes) await bundle(program, format, path.join(folderOf(node), name), ['gatewire', 'gatewire/*'])
  })

  it.each(titled(nodes))('all in one file, %s: the twin, which says so', async (_, node) => {
    expect(await run(node, [name], alone)).toEqual(wellEnded(BUNDLED))
  })

  it.each(titled(nodes))('with the package beside it, %s: the addon', async (_, node) => {
    expect(await run(node, [name], folderOf(node))).toEqual(wellEnded(byAddon))
  })
})
