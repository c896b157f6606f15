// node scripts/test-addon.mjs [vitest options]: the tests of codec and server over an addon that was built with AddressSanitizer, in a folder
// of its own, so that the usual build stays what it is. Needs Linux, g++ with libasan, and `npm run build`. Exit status: that of the tests;
// 1 when the sanitizer has reported something, which is printed.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { root } from './cmake.mjs'

/** Of the rest, these use the addon little or not at all. */
const EXCLUDED = ['bench*', 'binary*', 'demo*', 'docs*', 'examples*', 'inspect*', 'layering*', 'other-platforms*', 'package*', 'security*', 'faults/**', 'interop/**', 'runtimes/**']
/** They measure the memory of the process, of which the sanitizer takes more the longer it runs. */
const MEASURED = ['a million shapes', 'ten thousand shapes', 'what a copy has of the addon goes with it']

function stop (message) {
  console.error(message)
  process.exit(1)
}

const folder = path.join(root, 'build-addon')
const reports = path.join(folder, 'reports')
const copied = ['src', 'test', 'native', 'scripts', 'dist', 'docs', 'package.json', 'binding.gyp', 'vitest.config.ts', 'tsconfig.json']

if (!existsSync(path.join(root, 'dist/index.js'))) stop('there is no dist/: npm run build')
const runtime = execFileSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim()
if (!path.isAbsolute(runtime)) stop('g++ has no libasan')

for (const name of [...copied, 'reports']) rmSync(path.join(folder, name), { recursive: true, force: true })
mkdirSync(reports, { recursive: true })
for (const name of copied) cpSync(path.join(root, name), path.join(folder, name), { recursive: true, preserveTimestamps: true })
if (!existsSync(path.join(folder, 'node_modules'))) symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))

const built = spawnSync(process.execPath, ['scripts/native.mjs', 'rebuild', '--silent', '--', '-Dsanitize=address'], { cwd: folder, encoding: 'utf8' })
if (built.status !== 0) stop(`the addon cannot be built:\n${built.stdout}${built.stderr}`)

const { status } = spawnSync(process.execPath, [
  path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'gatewire', ...EXCLUDED.flatMap(name => ['--exclude', `test/${name}`]),
  '--testNamePattern', `^(?!.*(${MEASURED.join('|')}))`, ...process.argv.slice(2)
], {
  cwd: folder,
  stdio: 'inherit',
  env: { ...process.env, LD_PRELOAD: runtime, ASAN_OPTIONS: `detect_leaks=0:log_path=${path.join(reports, 'asan')}` }
})
const found = readdirSync(reports)
for (const file of found) console.error(readFileSync(path.join(reports, file), 'utf8'))
console.log(`AddressSanitizer has reported ${found.length === 0 ? 'nothing' : `${found.length} times`}`)
process.exitCode = status === 0 && found.length === 0 ? 0 : 1
