// Bun and Deno with the package that npm has installed: what runs there by the addon, and what does not.
import { describe, expect, it } from 'vitest'
import { answers, bun, byAddon, byDemand, byTwin, deno, folderOf, nodes, run, titled, wellEnded } from './runtimes.js'

const RUNTIMES = [{ ...bun, flags: [] }, { ...deno, flags: ['run', '--allow-all'] }]
/** Bun does not tell of its resources; the last of these tests looks at that. */
const overNet = (report: object): object => ({ ...report, transports: expect.any(Array) as unknown, answers })

describe.each(titled(RUNTIMES))('%s', (_, runtime) => {
  const { flags } = runtime
  const folder = folderOf(nodes[0]!)

  it.each([['ES module', 'module.mjs'], ['CommonJS', 'common.cjs']])('%s: the addon, over node:net', async (_, program) => {
    expect(await run(runtime, [...flags, program], folder)).toEqual(wellEnded(overNet(byAddon)))
  })

  it('GATEWIRE_ENGINE=wasm: the twin', async () => {
    expect(await run(runtime, [...flags, 'module.mjs'], folder, { GATEWIRE_ENGINE: 'wasm' })).toEqual(wellEnded(overNet(byDemand)))
  })

  it('GATEWIRE_TRANSPORT=native: there are no native sockets, which is said', async () => {
    const { code, stderr } = await run(runtime, [...flags, 'module.mjs'], folder, { GATEWIRE_TRANSPORT: 'native' })
    expect(code).not.toBe(0)
    expect(stderr).toContain("only 'net' is there")
  })
})

it('Deno without --allow-ffi: the twin, which says so', async () => {
  const reason = expect.stringContaining('Requires ffi access') as unknown
  const flags = ['--no-prompt', '--allow-read=.,/etc/alpine-release', '--allow-env', '--allow-net=127.0.0.1']
  expect(await run(deno, ['run', ...flags, 'module.mjs'], folderOf(nodes[0]!))).toEqual(wellEnded(byTwin(reason, reason)))
})
