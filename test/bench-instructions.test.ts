// npm run bench:instructions: what it makes of counts and of a record; and, with the core and valgrind, that counts are the same every time and
// whatever the C library takes the processor for, and that the gate fails when one grows.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeWithPeers } from './interop/peers/availability.js'
import { withoutProgress } from './progress_lines.js'

type Counts = Record<string, number>
interface Change { name: string, before: number, now: number }
type Comparison = Record<'grown' | 'shrunk' | 'other' | 'added' | 'gone', Change[]> & { same: number }
interface Module {
  compareCounts: (recorded: Counts, counted: Counts) => Comparison
  isWithinRecord: (comparison: Comparison) => boolean
  describeComparison: (comparison: Comparison) => string[]
  recordText: (counts: Counts) => string
  readProfile: (text: string) => { name: string, count: number } | undefined
}
const root = fileURLToPath(new URL('..', import.meta.url))
const { compareCounts, isWithinRecord, describeComparison, recordText, readProfile } =
  await import(new URL('../bench/native/instruction_counts.mjs', import.meta.url).href) as Module

describe('a comparison of counts', () => {
  it('has nothing to say of counts as they are on record', () => {
    const comparison = compareCounts({ a: 1000, b: 5 }, { b: 5, a: 1000 })
    expect(comparison.same).toBe(2)
    expect(describeComparison(comparison)).toEqual([])
    expect(isWithinRecord(comparison)).toBe(true)
  })

  it.each([[1031, false], [1030, true], [1001, true], [970, true], [969, true], [1, true]])('of 1000 on record lets %d pass: %s', (now, passes) => {
    expect(isWithinRecord(compareCounts({ a: 1000 }, { a: now }))).toBe(passes)
  })

  it('tells what grew or shrank by more than 3 % from what changed by less', () => {
    const { grown, shrunk, other } = compareCounts({ a: 1000, b: 1000, c: 1000, d: 1000 }, { a: 1031, b: 969, c: 1030, d: 970 })
    expect([grown, shrunk, other].map(list => list.map(({ name }) => name))).toEqual([['a'], ['b'], ['c', 'd']])
  })

  it('does not pass what is not on record, nor what is there without being counted', () => {
    expect(isWithinRecord(compareCounts({}, { a: 1 }))).toBe(false)
    expect(isWithinRecord(compareCounts({ a: 1 }, {}))).toBe(false)
  })

  it('is shown with the numbers, those that grew most first', () => {
    const comparison = compareCounts({ a: 1000, b: 1000, c: 100, d: 100, gone: 7 }, { a: 1100, b: 1500, c: 101, d: 50, added: 8 })
    expect(describeComparison(comparison)).toEqual([
      'grew by more than 3 %:', '   +50.0 %  1000 -> 1500  b', '   +10.0 %  1000 -> 1100  a',
      'changed:', '    +1.0 %  100 -> 101  c',
      'shrank by more than 3 %; the record should hold what was gained:', '   -50.0 %  100 -> 50  d',
      'not on record:', '  8  added',
      'on record, but not counted by this build on this processor:', '  7  gone'
    ])
  })
})

it('a record is sorted and has a line for each count', () => {
  expect(recordText({ b: 2, a: 1 })).toBe('{\n  "a": 1,\n  "b": 2\n}\n')
})

it('of a profile, name and total are read, and one that nobody asked for is none', () => {
  const profile = 'desc: Trigger: Client Request: decode_packet / 20 vars\n\nevents: Ir\n\nfn=(1) count_pass\n0 14\n\ntotals: 1248\n'
  expect(readProfile(profile)).toEqual({ name: 'decode_packet / 20 vars', count: 1248 })
  expect(readProfile(profile.replace('Client Request: decode_packet / 20 vars', 'Program termination'))).toBeUndefined()
})

describe('the records of the repository', () => {
  const folder = path.join(root, 'bench/native/instructions')

  it.each(readdirSync(folder))('%s is as --record writes it', file => {
    const text = readFileSync(path.join(folder, file), 'utf8')
    expect(file).toMatch(/^(gcc|clang)-\d+\.\d+\.\d+-\w+\.json$/)
    expect(recordText(JSON.parse(text) as Counts)).toBe(text)
  })
})

describeWithPeers('valgrind', 'npm run bench:instructions', () => {
  const COUNTING = 300_000

  function temporaryFolder (): string {
    const folder = mkdtempSync(path.join(tmpdir(), 'gatewire-record-'))
    onTestFinished(() => { rmSync(folder, { recursive: true }) })
    return folder
  }

  /** Exit status, and what was printed. */
  function run (folder: string, args: string[] = [], environment: Record<string, string> = {}): [number | null, string] {
    const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, 'bench/native/instructions.mjs'), '--compiler', 'c++', '--folder', folder, ...args],
      { encoding: 'utf8', env: { ...process.env, CI: '', ...environment } })
    expect(withoutProgress(stderr)).toBe('')
    return [status, stdout]
  }

  it('counts the same again, whatever the C library takes the processor for, and fails when a count has grown', { timeout: COUNTING }, () => {
    const folder = temporaryFolder()
    expect(run(folder, ['--record'])[0]).toBe(0)
    const [file] = readdirSync(folder)
    const recorded = JSON.parse(readFileSync(path.join(folder, file!), 'utf8')) as Counts
    const names = Object.keys(recorded)
    const kernels = new Set(names.map(name => name.split(' / ')[0]!))
    expect(kernels).toContain('scalar')
    expect(kernels.size).toBeGreaterThan(1)
    for (const name of kernels) {
      for (const entry of ['read_head', 'decode_request_head', 'decode_packet', 'transcode', 'encode_response_head']) {
        expect(names.some(count => count.startsWith(`${name} / ${entry} / `))).toBe(true)
      }
    }

    const poorer = 'glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM'
    const [status, said] = run(folder, [], { GLIBC_TUNABLES: poorer, SOMETHING: 'x'.repeat(5000) })
    expect([status, said.trim().split('\n')]).toEqual([0, [expect.stringMatching(/ counts, none beyond the record$/)]])

    const keep = (counts: Counts): void => { writeFileSync(path.join(folder, file!), recordText(counts)) }
    const [first, second, third] = names
    keep({ ...recorded, [first!]: Math.floor(recorded[first!]! / 1.04) })
    const [grown, blame] = run(folder)
    expect(grown).toBe(1)
    expect(blame).toMatch(/^grew by more than 3 %:$/m)
    expect(blame).toContain(`-> ${recorded[first!]}  ${first}\n`)
    expect(blame).toContain('npm run bench:instructions -- --compiler c++ --record')

    keep({ ...recorded, [second!]: Math.ceil(recorded[second!]! * 1.04) })
    const [shrunk, praise] = run(folder)
    expect(shrunk).toBe(0)
    expect(praise).toContain(`-> ${recorded[second!]}  ${second}\n`)
    expect(praise).toMatch(/gains that the record does not hold yet: npm run bench:instructions -- --compiler c\+\+ --record$/m)

    keep({ ...recorded, [third!]: undefined as never })
    expect(run(folder)[0]).toBe(1)
  })

  it('without a record for this compiler says how to make one, and fails in CI', { timeout: COUNTING }, () => {
    for (const [ci, expected] of [['', 0], ['true', 1]] as const) {
      const [status, said] = run(temporaryFolder(), [], { CI: ci })
      expect([ci, status]).toEqual([ci, expected])
      expect(said).toContain('To make a record: npm run bench:instructions -- --compiler c++ --record')
    }
  })
})
