// What decodes, and the environment variables that force it; the twin where the addon cannot be loaded.
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { engine, engineError, kernel } from '../src/index.js'
import { binding } from '../src/engine.js'
import { builtEntry } from './built.js'
import { runChild } from './child.js'
import { engines } from './engines.js'

const asked = process.env['GATEWIRE_ENGINE'] || 'native'
const running = { engine, kernel, decoded: 'GET' }
const native = { engine: 'native', kernel: expect.stringMatching(/^[a-z0-9]+$/) as string, decoded: 'GET' }
const twin = { engine: 'wasm', kernel: 'simd128', decoded: 'GET' }

describe('the engine', () => {
  it('is the one that was asked for, with a named kernel', () => {
    expect(engine).toBe(asked)
    expect(kernel).toMatch(/^[a-z0-9]+$/)
    expect(engineError?.message).toEqual(asked === 'native' ? undefined : expect.stringContaining('GATEWIRE_ENGINE=wasm'))
  })

  it.each([{ GATEWIRE_ENGINE: '' }, { GATEWIRE_ENGINE: 'native' }])('is the native one, with nothing to explain, with %o', async environment => {
    expect(await runChild('engine_in_use.mjs', [], environment)).toEqual({ code: 0, signal: null, stderr: '', report: native })
  })

  it.each([{}, { GATEWIRE_KERNEL: '' }, { GATEWIRE_KERNEL: kernel }])('runs with %o', async environment => {
    expect(await runChild('engine_in_use.mjs', [], environment)).toMatchObject({ code: 0, stderr: '', report: running })
  })

  it.each(binding.kernels)('runs with the kernel %s', async forced => {
    const report = { ...running, kernel: forced }
    expect(await runChild('engine_in_use.mjs', [], { GATEWIRE_KERNEL: forced })).toMatchObject({ code: 0, stderr: '', report })
  })

  const unknown = [['GATEWIRE_ENGINE', 'nativ'], ['GATEWIRE_ENGINE', 'toString'], ['GATEWIRE_KERNEL', 'mmx']] as const
  it.each(unknown)('does not run with %s=%s, and says so', async (name, value) => {
    const { code, stderr, report } = await runChild('engine_in_use.mjs', [], { [name]: value })
    expect([code, report]).toEqual([1, undefined])
    expect(stderr).toContain(`${name}=${value}`)
  })

  it('can be loaded by require, as the same copy', async () => {
    expect(await runChild('both_module_systems.mjs')).toMatchObject({ code: 0, stderr: '', report: { same: true, decoded: 'GET' } })
  })

  it('is one in each thread', async () => {
    const { code, stderr, report } = await runChild('workers_of_both_engines.mjs', [], {}, [builtEntry(), engines.join()])
    expect([code, stderr]).toEqual([0, ''])
    expect(report).toEqual([...engines, asked].map(engine => ({ engine, wrong: 0 })))
  })

  it('is whole after calls that did not come back', async () => {
    const { code, stderr, report } = await runChild('shapes_at_end_of_stack.mjs', ['--stack-size=200'])
    expect([code, stderr]).toEqual([0, ''])
    expect(report).toEqual({ interrupted: true, reached: true, wrong: [] })
  })
})

/** The built package in a folder of its own, without an addon, and with `written` over some files. Its entry point. */
function withoutAddon (written: Record<string, string> = {}): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatewire-engine-'))
  onTestFinished(() => { rmSync(folder, { recursive: true, force: true }) })
  const dist = fileURLToPath(new URL('.', builtEntry()))
  cpSync(dist, path.join(folder, 'dist'), { recursive: true })
  copyFileSync(path.join(dist, '../package.json'), path.join(folder, 'package.json'))
  mkdirSync(path.join(folder, 'node_modules'))
  symlinkSync(path.join(dist, '../node_modules/node-gyp-build'), path.join(folder, 'node_modules/node-gyp-build'))
  for (const [file, text] of Object.entries(written)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    writeFileSync(path.join(folder, file), text)
  }
  return pathToFileURL(path.join(folder, 'dist/index.js')).href
}

const withTwin = engines.includes('wasm')
const noTwin = { 'dist/twin_module.js': 'export const twinModule = undefined\n' }
const unforced = { GATEWIRE_ENGINE: '', GATEWIRE_KERNEL: '' }
/** Flags under which Node refuses addons. */
const permission = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission'

describe.runIf(withTwin)('the twin', () => {
  it('runs when it is asked for', async () => {
    const report = { ...twin, error: expect.stringContaining('GATEWIRE_ENGINE=wasm') as string }
    expect(await runChild('engine_in_use.mjs', [], { ...unforced, GATEWIRE_ENGINE: 'wasm' })).toEqual({ code: 0, signal: null, stderr: '', report })
  })

  it('runs, and tells why, where Node loads no addons', async () => {
    const { code, stderr, report } = await runChild('engine_in_use.mjs', ['--no-addons'], unforced)
    expect([code, stderr]).toEqual([0, ''])
    expect(report).toEqual({ ...twin, error: expect.stringContaining('--no-addons') as string, cause: 'ERR_DLOPEN_DISABLED' })
  })

  it('runs, and tells why, under the permission model', async () => {
    const { code, stderr, report } = await runChild('engine_in_use.mjs', [permission, '--allow-fs-read=*', '--no-warnings'], unforced)
    expect([code, stderr]).toEqual([0, ''])
    expect(report).toEqual({ ...twin, error: expect.stringContaining('--allow-addons') as string, cause: 'ERR_DLOPEN_DISABLED' })
  })

  it('runs, and tells why, where there is no addon', async () => {
    const { code, stderr, report } = await runChild('engine_in_use.mjs', [], unforced, [withoutAddon()])
    expect([code, stderr]).toEqual([0, ''])
    expect(report).toEqual({ ...twin, error: expect.stringContaining(`${process.platform}-${process.arch}`) })
  })

  it('runs, and tells why, where it is part of another package, whose addon it leaves alone', async () => {
    const other = { 'package.json': '{ "name": "other", "type": "module" }', 'build/Release/other.node': 'no addon' }
    const { code, stderr, report } = await runChild('engine_in_use.mjs', [], unforced, [withoutAddon(other)])
    expect([code, stderr]).toEqual([0, ''])
    expect(report).toEqual({ ...twin, error: expect.stringContaining('bundled') as string })
  })

  it('runs, and tells why, where the addon is none', async () => {
    const { code, stderr, report } = await runChild('engine_in_use.mjs', [], unforced, [withoutAddon({ 'build/Release/gatewire.node': 'no addon' })])
    expect([code, stderr]).toEqual([0, ''])
    expect(report).toEqual({ ...twin, error: expect.stringContaining('gatewire.node') as string, cause: 'ERR_DLOPEN_FAILED' })
  })

  it('has kernels that can be chosen', async () => {
    for (const kernel of ['simd128', 'scalar']) {
      const { report } = await runChild('engine_in_use.mjs', [], { GATEWIRE_ENGINE: 'wasm', GATEWIRE_KERNEL: kernel })
      expect(report).toMatchObject({ ...twin, kernel })
    }
    expect((await runChild('engine_in_use.mjs', [], { GATEWIRE_ENGINE: 'wasm', GATEWIRE_KERNEL: 'avx2' })).stderr).toContain('simd128, scalar')
  })
})

describe('where the addon cannot be loaded', () => {
  it('GATEWIRE_ENGINE=native is an error, with its cause', async () => {
    const { code, stderr, report } = await runChild('engine_in_use.mjs', ['--no-addons'], { ...unforced, GATEWIRE_ENGINE: 'native' })
    expect([code, report]).toEqual([1, undefined])
    expect(stderr).toMatch(/the addon of gatewire is not loaded[^]*ERR_DLOPEN_DISABLED/)
  })

  it.each(['', 'wasm'])('and there is no twin, that is said (GATEWIRE_ENGINE=%s)', async engine => {
    const { code, stderr } = await runChild('engine_in_use.mjs', [], { ...unforced, GATEWIRE_ENGINE: engine }, [withoutAddon(noTwin)])
    expect(code).toBe(1)
    expect(stderr).toContain('built without the WebAssembly twin')
  })
})
