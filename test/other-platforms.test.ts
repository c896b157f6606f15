// The addon is built for macOS and Windows elsewhere (docs/releasing.md). Here its sources are read as compilers for those systems read them: what
// they would not take is found before a release. Needs clang, with its own headers; of the C library, which is not here, what the addon uses.
// Left out is module.cc, for which node-addon-api wants the C++ library as well.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = [...new Set(readFileSync(path.join(root, 'binding.gyp'), 'utf8').match(/native\/[\w/]+\.cc/g))].filter(file => file !== 'native/node/module.cc')
const headers = path.join(process.execPath, '../../include/node')
const clang = spawnSync('clang++-19', ['--version']).status === 0
const ready = clang && existsSync(path.join(headers, 'node_api.h'))
if (!ready && process.env['CI']) throw new Error('there is no clang++-19, or no headers are beside this Node: apt-get install clang-19')

const X64 = ['kernels/avx2', 'kernels/ssse3']

it.runIf(ready).each([
  ['x86_64-apple-macos11', X64], ['arm64-apple-macos11', ['kernels/neon']], ['x86_64-pc-windows-msvc', X64], ['aarch64-pc-windows-msvc', ['kernels/neon']]
])('%s takes every source', (target, kernels) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatewire-platform-'))
  onTestFinished(() => { rmSync(folder, { recursive: true, force: true }) })
  writeFileSync(path.join(folder, 'stdlib.h'), 'extern "C" void* calloc(__SIZE_TYPE__, __SIZE_TYPE__);\nextern "C" void free(void*);\n')
  const flags = ['--target=' + target, '-std=c++20', '-fsyntax-only', '-ffreestanding', '-nostdlibinc', '-isystem', folder, '-fno-exceptions', '-fno-rtti',
    '-Wall', '-Wextra', '-Werror', '-Inative', `-I${headers}`, '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION']
  const groups = [
    [[], sources.filter(file => !/kernels\/(avx2|ssse3|neon)/.test(file))],
    ...kernels.map(kernel => [kernel === 'kernels/avx2' ? ['-mavx2', '-mbmi'] : kernel === 'kernels/ssse3' ? ['-mssse3', '-mpopcnt'] : [], [`native/core/${kernel}.cc`]])
  ] as Array<[string[], string[]]>
  expect(sources).toEqual(expect.arrayContaining(kernels.map(kernel => `native/core/${kernel}.cc`)))
  for (const [more, files] of groups) {
    const { status, stderr } = spawnSync('clang++-19', [...flags, ...more, ...files], { cwd: root, encoding: 'utf8' })
    expect([stderr, status]).toEqual(['', 0])
  }
})
