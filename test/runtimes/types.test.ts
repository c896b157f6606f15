// Applications in TypeScript that check the declarations of the package, too: as ES module and as CommonJS, with the resolution of Node and of
// bundlers.
import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { folderOf, nodes } from './runtimes.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const consumer = fileURLToPath(new URL('consumers/consumer.ts', import.meta.url))

const SETTINGS = [
  ['node16, ES module', 'consumer.mts', { module: 'node16' }], ['node16, CommonJS', 'consumer.cts', { module: 'node16' }],
  ['nodenext, ES module', 'consumer.mts', { module: 'nodenext' }], ['nodenext, CommonJS', 'consumer.cts', { module: 'nodenext' }],
  ['bundler', 'consumer.ts', { module: 'esnext', moduleResolution: 'bundler' }], ['bundler, preserved', 'consumer.ts', { module: 'preserve' }]
] as const

/** What tsc complains of in an application with these packages besides gatewire. */
function complaints (name: string, file: string, options: object, packages: readonly string[]): string {
  const installed = folderOf(nodes[0]!)
  const app = path.join(installed, 'typescript', name)
  cpSync(path.join(installed, 'node_modules'), path.join(app, 'node_modules'), { recursive: true })
  for (const name of packages) cpSync(path.join(root, 'node_modules', name), path.join(app, 'node_modules', name), { recursive: true })
  cpSync(consumer, path.join(app, file))
  const compilerOptions = { target: 'es2022', strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true, ...options }
  writeFileSync(path.join(app, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }))
  const { stdout, stderr } = spawnSync(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', app], { encoding: 'utf8' })
  return stdout + stderr
}

it('the application uses everything that there is', () => {
  const used = readFileSync(consumer, 'utf8')
  for (const entry of ['index', 'server/index', 'client/index']) {
    const declared = readFileSync(path.join(folderOf(nodes[0]!), 'node_modules/gatewire/dist', `${entry}.d.cts`), 'utf8')
    const names = Array.from(declared.matchAll(/^export (?:declare const|type) (\w+)/gm), ([, name]) => name!)
    expect(names.length).toBeGreaterThan(3)
    expect(names.filter(name => used.split(new RegExp(`\\b${name}\\b`)).length < 3)).toEqual([])
  }
})

describe('--strict --skipLibCheck false', () => {
  it.each(SETTINGS)('%s', (name, file, options) => {
    expect(complaints(name, file, options, ['@types/node', 'undici-types'])).toBe('')
  })

  it('without @types/node: it is asked for', () => {
    expect(complaints('alone', 'consumer.mts', { module: 'node16' }, [])).toContain("Cannot find type definition file for 'node'")
  })
})
