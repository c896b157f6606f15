// node scripts/test-native.mjs [preset] [ctest options]: builds the tests of native/core and runs them with ctest; its output, its exit
// status. The preset is asan unless named: every test and every seed of the fuzz targets under both sanitizers. The preset arm64 is left out,
// which is said, where the machine cannot build for Arm or emulate it; in CI that is a failure.
import { spawnSync } from 'node:child_process'
import { build, isCommand, root } from './cmake.mjs'

const args = process.argv.slice(2)
const preset = args[0] === undefined || args[0].startsWith('-') ? 'asan' : args.shift()
const missing = preset === 'arm64' ? ['aarch64-linux-gnu-g++-12', 'qemu-aarch64'].filter(command => !isCommand(command)) : []
if (missing.length > 0) {
  console.error(`not run for 64-bit Arm: no ${missing.join(' and no ')}. Debian: apt-get install g++-12-aarch64-linux-gnu qemu-user`)
  process.exit(process.env.CI ? 1 : 0)
}
build(preset, { quiet: true })
const { status, error } = spawnSync('ctest', ['--preset', preset, '--no-tests=error', ...args], { cwd: root, stdio: 'inherit' })
if (error) console.error(`ctest: ${error.message}`)
process.exit(status ?? 1)
