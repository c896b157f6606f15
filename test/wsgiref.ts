// Python's wsgiref.validate, for environs of JavaScript: one Python process judges all environs of a call.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

export type Judged = [name: string, environ: Record<string, unknown>, content: string]

/** What the validator finds fault with. */
export function faultsOf (environs: readonly Judged[]): Array<[name: string, fault: string]> {
  const script = fileURLToPath(new URL('children/validate_environs.py', import.meta.url))
  const { stdout, stderr } = spawnSync('python3', [script], { input: JSON.stringify(environs), encoding: 'utf8', maxBuffer: 2 ** 26 })
  expect(stderr).toBe('')
  return JSON.parse(stdout) as Array<[string, string]>
}
