// Before the tests of this folder: packs what would be published, and has the npm of each Node install it in an empty folder, as those do who
// have no compiler and run no install scripts. Knows no test.
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { TestProject } from 'vitest/node'
import type { Runtime } from './runtimes.js'

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

async function install ({ program }: Runtime, tarball: string, folder: string): Promise<void> {
  mkdirSync(folder)
  const environment = { ...process.env, CC: 'false', CXX: 'false', PATH: `${path.dirname(program)}${path.delimiter}${process.env['PATH']}` }
  await promisify(execFile)('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], { cwd: folder, env: environment })
  cpSync(file('apps'), folder, { recursive: true })
}

export default async function setUp ({ provide }: TestProject): Promise<() => void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatewire-runtimes-'))
  const remove = (): void => { rmSync(folder, { recursive: true, force: true }) }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [file('../../scripts/pack.mjs'), folder])
    const tarball = stdout.trimEnd().split('\n').at(-1)!
    const runtimes = JSON.parse(process.env['GATEWIRE_RUNTIMES'] ?? '[]') as Runtime[]
    for (const runtime of runtimes.filter(({ name }) => name.startsWith('Node'))) await install(runtime, tarball, path.join(folder, runtime.name))
  } catch (error) {
    remove()
    throw error
  }
  provide('installed', folder)
  return remove
}
