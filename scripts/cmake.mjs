// Configures and builds a preset of CMakePresets.json, with whatever generator and compiler the machine has. Used by test-native.mjs,
// fuzz.mjs and bench/native; knows nothing of tests or targets.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Whether `command --version` can be run. */
export function isCommand (command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
}

function fail (message) {
  console.error(message)
  process.exit(1)
}

/** Runs a command in the repository's root and ends the process when it fails. Quiet: its output is shown only then. */
function run (command, args, quiet) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd: root, stdio: quiet ? 'pipe' : 'inherit', encoding: 'utf8' })
  if (error) fail(`${command}: ${error.message}`)
  if (status === 0) return
  if (quiet) process.stderr.write(stdout + stderr)
  fail(`failed: ${command} ${args.join(' ')}`)
}

/** A folder that is configured keeps its generator; a new one gets Ninja where there is one, else Make. */
function generatorFor (folder) {
  if (existsSync(path.join(folder, 'CMakeCache.txt'))) return []
  if (isCommand('ninja')) return ['-G', 'Ninja']
  if (isCommand('make')) return ['-G', 'Unix Makefiles']
  return fail('Neither ninja nor make is installed. Debian and Ubuntu: apt-get install ninja-build')
}

/**
 * The folder with the built preset. `definitions`: CMake cache entries, as NAME=value. `folder`: its name, where it is not that of the
 * preset: a folder belongs to one compiler. `targets`: those to build, all unless named.
 */
export function build (preset, { definitions = [], folder: name, targets = [], quiet = false } = {}) {
  if (!isCommand('cmake')) fail('CMake 3.25 or newer is needed. Debian and Ubuntu: apt-get install cmake ninja-build')
  const { configurePresets } = JSON.parse(readFileSync(path.join(root, 'CMakePresets.json'), 'utf8'))
  const { binaryDir } = configurePresets.find(candidate => candidate.name === preset)
  const folder = name === undefined ? binaryDir.replace('${sourceDir}', root.replace(/[\\/]$/, '')) : path.join(root, name)
  run('cmake', ['--preset', preset, '-B', folder, ...generatorFor(folder), ...definitions.map(definition => `-D${definition}`)], quiet)
  run('cmake', ['--build', ...name === undefined ? ['--preset', preset] : [folder], '--parallel', ...targets.flatMap(target => ['--target', target])], quiet)
  return folder
}
