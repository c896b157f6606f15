// Programs that come as npm packages and are no dependency, such as other versions of Node: fetched from the registry into .cache, once. Knows
// none of them.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { root } from './cmake.mjs'

/** The program `file` of that version of the package. `options`: more of them for npm. */
export function fetchedProgram (from, version, file, ...options) {
  const folder = path.join(root, '.cache', `${path.basename(from)}-${version}`)
  const program = path.join(folder, 'node_modules', from, file)
  if (!existsSync(program)) {
    execFileSync('npm', ['install', ...options, '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error',
      '--prefix', folder, `${from}@${version}`], { stdio: 'inherit' })
  }
  return program
}
