// What decodes, and the environment variables that force it.
import { describe, expect, it } from 'vitest'
import { binding } from '../src/engine.js'
import { engine, engineError, kernel } from '../src/index.js'
import { runChild } from './child.js'

const running = { engine, kernel, decoded: 'GET' }

describe('the engine', () => {
  it('is the native one, with a named kernel and nothing to explain', () => {
    expect([engine, engineError]).toEqual(['native', undefined])
    expect(kernel).toMatch(/^[a-z0-9]+$/)
  })

  const accepted: Array<Record<string, string>> =
    [{}, { GATEWIRE_ENGINE: '' }, { GATEWIRE_ENGINE: 'native' }, { GATEWIRE_KERNEL: '' }, { GATEWIRE_KERNEL: kernel }]
  it.each(accepted)('runs with %o', async environment => {
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
})
