// node scripts/wasm.mjs: the WebAssembly twin, from native/core, native/boundary and native/wasm to dist/twin_module.js, which holds it as
// text, so that bundlers take it along: compressed with brotli, which makes it less than a third, and base64. Needs clang with wasm-ld; without
// them nothing is written, which is said, and in CI that is a failure.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = path.join(root, 'dist/twin_module.js')

/** The files that are in the addon as well, by the list of binding.gyp. */
function sources () {
  const listed = readFileSync(path.join(root, 'binding.gyp'), 'utf8').match(/native\/(core|boundary)\/\w+\.cc/g)
  const kernels = ['scalar', 'simd128'].map(name => `native/core/kernels/${name}.cc`)
  return [...new Set([...listed, ...kernels, 'native/wasm/module.cc', 'native/wasm/memory.cc'])]
}

function inPath (command) {
  return (process.env.PATH ?? '').split(path.delimiter).map(folder => path.join(folder, command)).find(file => existsSync(file))
}

/** A clang, and a linker beside it or in the path. */
function findTools () {
  for (const command of [process.env.GATEWIRE_CLANG, 'clang++-19', 'clang++-20', 'clang++-18', 'clang++']) {
    const clang = command && (existsSync(command) ? command : inPath(command))
    if (!clang) continue
    const version = /-\d+$/.exec(command)?.[0] ?? ''
    const beside = path.join(path.dirname(realpathSync(clang)), 'wasm-ld')
    const linker = existsSync(beside) ? beside : inPath(`wasm-ld${version}`) ?? inPath('wasm-ld')
    if (linker) return { clang, linker }
  }
  return undefined
}

const tools = findTools()
if (tools === undefined) {
  console.error('the WebAssembly twin is missing: no clang++ with wasm-ld. Debian: apt-get install clang-19 lld-19')
  process.exit(process.env.CI ? 1 : 0)
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'gatewire-wasm-'))
try {
  const file = path.join(folder, 'twin.wasm')
  const { status, error } = spawnSync(tools.clang, [
    '--target=wasm32', '-std=c++20', '-O3', '-msimd128', '-mbulk-memory', '-ffreestanding', '-fno-builtin', '-nostdlibinc', '-nostdinc++',
    '-fno-exceptions', '-fno-rtti', '-fno-threadsafe-statics', '-fvisibility=hidden', '-Wall', '-Wextra', '-Wframe-larger-than=16384', '-Inative', ...sources(),
    '-nostdlib', `-fuse-ld=${tools.linker}`, '-Wl,--no-entry,--export-dynamic,--export=__stack_pointer,--strip-all,--gc-sections,--no-growable-memory,--stack-first,-z,stack-size=131072',
    '-o', file
  ], { cwd: root, stdio: 'inherit' })
  if (error || status !== 0) throw new Error(`the WebAssembly twin cannot be built: ${error?.message ?? 'see above'}`)
  mkdirSync(path.dirname(target), { recursive: true })
  const text = brotliCompressSync(readFileSync(file)).toString('base64')
  writeFileSync(target, `// The WebAssembly twin, made by scripts/wasm.mjs.\nexport const twinModule = '${text}'\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
