// npm run bench:native: its inputs are what their titles say, and the core and contenders from shared objects are measured with them. That the
// entry points take every item as they should, the program itself checks before it measures.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { decodeHttp, decodeUwsgi } from '../src/index.js'
import { describeWithPeers } from './interop/peers/availability.js'
import { withoutProgress } from './progress_lines.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const BUILDING = 300_000

interface Input { kind: string, name: string, items: Buffer[] }
const { coreInputs } = await import(new URL('../bench/inputs/core.mjs', import.meta.url).href) as { coreInputs: () => Input[] }

const linesOf = (head: Buffer): number => head.toString('latin1').split('\r\n').length - 3
const headsOf = (name: string): Buffer[] => coreInputs().find(input => input.kind === 'head' && input.name === name)!.items

it('the inputs have the bytes and fields of their titles, and the codec takes them', () => {
  const inputs = coreInputs()
  for (const { name, items } of inputs.filter(({ kind }) => kind === 'head')) {
    const bytes = /^(\d+) B/.exec(name)?.[1]
    const fields = /(\d+) fields?$/.exec(name)?.[1]
    if (bytes !== undefined) expect([name, items.length, items[0]!.length]).toEqual([name, 1, Number(bytes)])
    if (fields !== undefined) expect([name, linesOf(items[0]!)]).toEqual([name, Number(fields)])
    for (const head of items) expect(decodeHttp(head)!.byteLength).toBe(head.length)
  }
  for (const { items } of inputs.filter(({ kind }) => kind === 'packet')) {
    for (const packet of items) expect(decodeUwsgi(packet)!.byteLength).toBe(packet.length)
  }
  expect(Object.keys(decodeUwsgi(inputs.find(({ name }) => name === '20 vars')!.items[0]!)!.environ)).toHaveLength(20)
  expect(inputs.map(({ kind, name }) => `${kind} ${name}`)).toHaveLength(new Set(inputs.map(({ kind, name }) => `${kind} ${name}`)).size)
})

it('one UTF-8 letter, or one HTAB, is all that tells these heads from the clean one', () => {
  const [clean, letter, tab] = ['888 B, 14 fields', '888 B, a UTF-8 letter', '888 B, an HTAB'].map(name => headsOf(name)[0]!)
  const changed = (head: Buffer): number[] => [...head].filter((byte, i) => byte !== clean![i])
  expect(changed(letter!)).toEqual([0xC3, 0x9F])
  expect(changed(tab!)).toEqual([0x09])
})

it('the inputs are the same each time, and no two mixed heads are', () => {
  const bytes = (): string[] => coreInputs().map(({ items }) => Buffer.concat(items).toString('base64'))
  expect(bytes()).toEqual(bytes())
  const mixed = headsOf('512 mixed heads').map(head => head.toString('latin1'))
  expect(new Set(mixed).size).toBe(512)
})

interface Figure { kind: string, input: string, name: string, minimumNs: number, tenthNs: number, medianNs: number, againstFirst: number }

function bench (...args: string[]): { status: number | null, stdout: string, stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, 'bench/native/run.mjs'), '--quick', ...args], { encoding: 'utf8' })
  return { status, stdout, stderr: withoutProgress(stderr) }
}

/** A shared object made from C, gone after the test. */
function sharedObject (source: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'gatewire-contender-'))
  onTestFinished(() => { rmSync(folder, { recursive: true }) })
  writeFileSync(path.join(folder, 'contender.c'), source)
  const object = path.join(folder, 'contender.so')
  const { status, stderr } = spawnSync('cc', ['-O2', '-shared', '-fPIC', '-I', path.join(root, 'bench/native'), '-o', object, path.join(folder, 'contender.c')],
    { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  return object
}

describeWithPeers('cmake', 'npm run bench:native', () => {
  it('measures every entry point with every input of its kind', { timeout: BUILDING }, () => {
    const { status, stdout, stderr } = bench('--json', '--kernel', 'scalar')
    expect([status, stderr]).toEqual([0, ''])
    const figures = JSON.parse(stdout) as Figure[]
    const works: Record<string, string[]> = {
      head: ['read_head', 'decode_request_head', 'transcode', 'write_request_packet'],
      packet: ['bounds checks only', 'decode_packet', 'encode_vars'],
      chunked: ['decode_chunked'],
      response: ['encode_response_head', 'decode_response_head']
    }
    expect(figures.map(({ kind, input, name }) => `${kind}, ${input}: ${name}`))
      .toEqual(coreInputs().flatMap(({ kind, name }) => [...works[kind]!, 'nothing'].map(work => `${kind}, ${name}: ${work}`)))
    for (const { minimumNs, tenthNs, medianNs, againstFirst } of figures) {
      expect(minimumNs > 0 && minimumNs <= tenthNs && tenthNs <= medianNs && againstFirst > 0).toBe(true)
    }
  })

  it('measures a contender beside the core, unless it refuses the input', { timeout: BUILDING }, () => {
    // Accepts heads that are longer than 100 bytes, and needs what it is promised: bytes of its own at an odd address, and more behind them.
    const object = sharedObject(`
      #include <stdint.h>
      #include <string.h>
      #include "contender.h"
      int gatewire_bench_parse(char *bytes, size_t length) {
        memset(bytes + length, 'x', 64);
        return (uintptr_t)bytes % 2 == 1 && bytes[length - 1] == '\\n' && length > 100 ? (int)length : -1;
      }`)
    const { status, stdout } = bench('--contender', `mine=${object}`)
    expect(status).toBe(0)
    const blocks = stdout.split('\n\n').map(block => block.trim())
    const blockOf = (title: string): string => blocks.find(block => block.startsWith(title))!
    expect(blockOf('head: 512 mixed heads')).toMatch(/^mine +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+x$/m)
    expect(blockOf('head: 27 B')).toMatch(/^mine does not accept it$/m)
    expect(blockOf('packet: 20 vars')).not.toContain('mine')
  })

  it.each([
    ['an object that is not there', () => ['--contender', 'mine=/nowhere/absent.so'], 'absent.so'],
    ['an object without the function', () => ['--contender', `mine=${sharedObject('int other;')}`], 'gatewire_bench_parse'],
    ['a contender without a name', () => ['--contender', '/nowhere/absent.so'], '--contender takes NAME=PATH'],
    ['a kernel that nobody has', () => ['--kernel', 'abacus'], 'scalar'],
    ['an input that does not exist', () => ['--only', 'abacus'], 'abacus'],
    ['an option that does not exist', () => ['--abacus'], 'npm run bench:native']
  ])('says what is wrong with %s', { timeout: BUILDING }, (_, args, said) => {
    const { status, stderr } = bench(...args())
    expect(status).toBe(2)
    expect(stderr).toContain(said)
  })
})
