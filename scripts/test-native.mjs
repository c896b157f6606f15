// node scripts/test-native.mjs [preset] [ctest options]: builds the tests of native/core and runs them with ctest; its output, its exit
// status. The preset is asan unless named: every test and every seed of the fuzz targets under both sanitizers.
import { spawnSync } from 'node:child_process'
import { build, root } from './cmake.mjs'

const args = process.argv.slice(2)
const preset = args[0] === undefined || args[0].startsWith('-') ? 'asan' : args.shift()
const folder = build(preset, { quiet: true })
const { status, error } = spawnSync('ctest', ['--test-dir', folder, '--output-on-failure', '--no-tests=error', ...args], { cwd: root, stdio: 'inherit' })
if (error) console.error(`ctest: ${error.message}`)
process.exit(status ?? 1)
