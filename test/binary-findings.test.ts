// What scripts/binary_findings.mjs says of binaries that must not be published: each is compiled here, as wrong as its name says.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'

const { findingsOf, findingsOfObjects } = await import(new URL('../scripts/binary_findings.mjs', import.meta.url).href) as
  Record<'findingsOf' | 'findingsOfObjects', (file: string) => string[]>

function folder (): string {
  const made = mkdtempSync(path.join(tmpdir(), 'gatewire-binary-'))
  onTestFinished(() => { rmSync(made, { recursive: true, force: true }) })
  return made
}

function compile (source: string, file: string, ...flags: string[]): string {
  execFileSync('c++', ['-x', 'c++', '-', '-O2', '-fPIC', ...flags, '-o', file], { input: source })
  return file
}

const entryPoints = 'extern "C" void napi_register_module_v1() {} extern "C" int node_api_module_get_api_version_v1() { return 8; }\n'
const library = (source: string, ...flags: string[]): string => compile(source, path.join(folder(), 'a.node'), '-shared', ...flags)
const good = ['-nostdlib', '-s', '-Wl,-z,relro']

describe.runIf(process.platform === 'linux')('a binary', () => {
  it('that has the entry points and needs nothing is right', () => {
    expect(findingsOf(library(entryPoints, ...good))).toEqual([])
  })

  it('must have the entry points, and no others', () => {
    expect(findingsOf(library('extern "C" void napi_register_module_v1() {} extern "C" int more() { return 1; }', ...good)))
      .toEqual(['exports more', 'does not export node_api_module_get_api_version_v1'])
  })

  it('may need Node-API and a few functions of every C library', () => {
    const source = `${entryPoints}extern "C" void napi_set_property(); extern "C" void *malloc(unsigned long); extern "C" void *memmem(void *);
      extern "C" __attribute__((weak)) void uv_ref(); extern "C" __attribute__((weak)) void uv_loop_init(); extern "C" void uv_unref();
      __attribute__((visibility("hidden"))) void *all[] = { (void *)napi_set_property, (void *)malloc, (void *)memmem, (void *)uv_ref, (void *)uv_loop_init, (void *)uv_unref };`
    expect(findingsOf(library(source, ...good)).sort()).toEqual([
      'needs memmem (global), which is not on the list', 'needs uv_loop_init (weak), which is not on the list', 'needs uv_unref (global), which is not on the list'
    ])
  })

  it('must not be linked to a C library, or to its versions', () => {
    const findings = findingsOf(library(`#include <stdlib.h>\n${entryPoints}__attribute__((visibility("hidden"))) void *block = malloc(9);`, '-s', '-Wl,-z,relro'))
    expect(findings).toEqual(expect.arrayContaining([expect.stringMatching(/^needs the library libc/), 'binds versions of symbols']))
  })

  it('must be stripped, and its tables and its stack protected', () => {
    expect(findingsOf(library(entryPoints, '-nostdlib', '-Wl,-z,norelro,-z,execstack')))
      .toEqual(['is not stripped', 'leaves its tables writable', 'wants an executable stack'])
  })
})

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('objects', () => {
  function objects (kernel: string, other: string, ...flagsOfOther: string[]): string[] {
    const root = folder()
    mkdirSync(path.join(root, 'kernels'))
    const vectors = '#include <immintrin.h>\n'
    compile(`${vectors}${kernel}`, path.join(root, 'kernels/avx2.o'), '-c', '-mavx2')
    compile(`${vectors}static __m128i of(__m128i a) { return _mm_shuffle_epi8(a, a); }\nauto *kernel = of;`, path.join(root, 'kernels/ssse3.o'), '-c', '-mssse3')
    compile(other, path.join(root, 'other.o'), '-c', ...flagsOfOther)
    return findingsOfObjects(root)
  }
  const local = 'static __m256i of(__m256i a) { return _mm256_add_epi8(a, a); }\nauto *kernel = of;'
  const sum = 'float sum(float a, float b) { return a + b; }'

  it('of kernels may use what their processors have', () => {
    expect(objects(local, sum)).toEqual([])
  })

  it('of anything else may not', () => {
    expect(objects(local, sum, '-mavx')).toEqual(['other.o uses vaddss'])
    expect(objects(local, 'int bits(unsigned a) { return __builtin_popcount(a); }', '-mpopcnt')).toEqual(['other.o uses popcnt'])
  })

  it('of kernels may not hold what the linker could take for the rest', () => {
    expect(objects(`${local}\ninline int shared(int a) { return a + 1; }\nauto *use = shared;`, sum)).toEqual(['kernels/avx2.o shares the function _Z6sharedi'])
  })

  it('must be there', () => {
    expect(findingsOfObjects(folder())).toEqual(['not both kernels are there'])
  })
})
