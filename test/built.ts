// The built package, for the tests that need it as an application has it: conformance, and children and workers, which run plain
// JavaScript. Refuses a build that is missing or older than the sources, so that no test passes on yesterday's code.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)
const entry = new URL('dist/index.js', root)

function newest (directory: URL): number {
  return Math.max(...readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile()).map(entry => statSync(`${entry.parentPath}/${entry.name}`).mtimeMs))
}

/** The address of the built package's entry point. */
export function builtEntry (): string {
  if (!existsSync(entry)) throw new Error(`${fileURLToPath(entry)} is missing: npm run build`)
  if (statSync(entry).mtimeMs < newest(new URL('src/', root))) throw new Error(`${fileURLToPath(entry)} is older than src/: npm run build`)
  return entry.href
}

/** The built package. */
export function built (): Promise<typeof import('../src/index.js')> {
  return import(/* @vite-ignore */ builtEntry()) as Promise<typeof import('../src/index.js')>
}
