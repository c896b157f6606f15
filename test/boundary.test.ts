// The calls across the boundary with any state that the slab could have, be it one that JavaScript never leaves there: the addon says what its
// WebAssembly twin says, and neither reads beyond what it was given. Where there is no twin, two environments of the addon are compared.
// GATEWIRE_SEED=n repeats a run: seed.ts.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Binding } from '../src/binding.js'
import * as layout from '../src/layout.js'
import { twinBinding } from '../src/twin.js'
import { twinModule } from '../src/twin_module.js'
import { packet } from './packet.js'

const { open } = createRequire(import.meta.url)('node-gyp-build')(fileURLToPath(new URL('..', import.meta.url))) as { open: () => Binding }
const bindings = [open(), twinModule === undefined ? open() : twinBinding(twinModule)]

const EDGES = [0, 1, 2, 3, 5, 16, 40, 60, 100, 1000, 8190, 32768, 65535, 65536, 131071, 131072, 2 ** 31, 2 ** 32 - 1]
const edge = fc.constantFrom(...EDGES)
/** Limits, and their largest values, which the options see to. */
const LIMITS: Record<string, [usual: number, most: number]> = {
  MAX_PACKET_BYTES: [65535, 65535], MAX_VARS: [1000, 13107], MAX_CONTENT_LOW: [2 ** 32 - 1, 2 ** 32 - 1], MAX_CONTENT_HIGH: [2 ** 21 - 1, 2 ** 21 - 1],
  MAX_REQUEST_LINE_BYTES: [8190, 65535], MAX_FIELD_LINE_BYTES: [8190, 65535], MAX_FIELD_LINES: [100, 1000], MAX_HEAD_BYTES: [32768, 65535],
  MAX_CHUNK_LINE_BYTES: [256, 65535], MAX_CHUNK_OVERHEAD_BYTES: [16384, 2 ** 32 - 1], MAX_TRAILER_BYTES: [8192, 65535], MAX_TRAILER_LINES: [32, 1000]
}
const numbers = layout as unknown as Record<string, number>
const words = Object.keys(layout).filter(name => name.startsWith('WORD_') && name !== 'WORD_RING_LAP')

const usual = (name: string): number => LIMITS[name.slice(5)]?.[0] ?? 0
const changed = fc.array(fc.tuple(fc.constantFrom(...words), edge), { maxLength: 12 })
const slabWords = fc.tuple(changed, fc.record({ WORD_PART_COUNT: fc.nat(6), WORD_FORM: fc.nat(260), WORD_KEEP_FORM: fc.nat(2), WORD_TEXT_IS_LATIN1: fc.nat(1) }))
  .map(([changed, often]) => {
    const all: Record<string, number> = { ...Object.fromEntries(words.map(name => [name, usual(name)])), ...often }
    for (const [name, value] of changed) all[name] = Math.min(value, LIMITS[name.slice(5)]?.[1] ?? value)
    return all
  })

const pieces = ['GET /a%20b?c HTTP/1.1\r\nHost: h\r\nA: 1\r\nA: 2\r\n\r\n', 'HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n\r\nhello',
  '5\r\nhello\r\n0\r\nT: u\r\n\r\n', packet([['A', 'bc'], ['B', 'd']]).toString('latin1'), 'GET /x HTTP/1.1\r\nHost: a', 'Z: y\r\n', '\r\n\r\n', '\r\n', 'x', 'y'.repeat(5000)]
const bytes = fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map(parts => Buffer.from(parts.join(''), 'latin1'))
const text = fc.array(fc.constantFrom('A', 'Content-Length', 'abc', '5', '200 OK', 'v'.repeat(60), 'w'.repeat(20_000), '\xFF', '\u0100'), { maxLength: 3 }).map(parts => parts.join(''))
const kept = fc.tuple(fc.array(fc.oneof(edge, fc.nat(60)), { maxLength: 30 }), fc.constantFrom(0, 7, 407, 4007))
  .map(([first, size]) => Uint32Array.from({ length: size }, (_, i) => first[i] ?? 0))
const parts = fc.array(fc.oneof(edge, fc.constantFrom(0, 1, 3, 14)), { maxLength: 8 })

interface Arguments {
  readonly bytes: Buffer
  readonly text: string
  readonly kept: Uint32Array
  readonly room: number
  readonly want: readonly number[]
}

const calls: Record<string, (binding: Binding, given: Arguments) => unknown> = {
  decodePacket: (binding, { bytes }) => binding.decodePacket(bytes),
  decodeRequestHead: (binding, { bytes }) => binding.decodeRequestHead(bytes),
  continueRequestHead: (binding, { bytes, kept }) => {
    const own = kept.slice()
    return [binding.continueRequestHead(bytes, own), own.join()]
  },
  transcodeRequestHead: (binding, { bytes, text }) => binding.transcodeRequestHead(bytes, text),
  want: (binding, { want }) => binding.want(...want as [number, number, number, number]),
  decodeArray: (binding, { bytes }) => binding.decodeArray(bytes),
  makePacketForm: (binding, { text }) => binding.makePacketForm(text),
  encodeVars: (binding, { text }) => binding.encodeVars(text),
  makeHeadForm: (binding, { text }) => binding.makeHeadForm(text),
  encodeResponseHead: (binding, { text }) => binding.encodeResponseHead(text),
  decodeResponseHead: (binding, { bytes }) => binding.decodeResponseHead(bytes),
  decodeChunked: (binding, { bytes }) => binding.decodeChunked(bytes)
}

const steps = fc.record({
  call: fc.constantFrom(...Object.keys(calls)),
  words: slabWords,
  parts,
  given: fc.record({ bytes, text, kept, room: fc.constantFrom(1, 10, 300, 70_000), want: fc.array(edge, { minLength: 4, maxLength: 4 }) })
})

function told (binding: Binding, { call, words, parts, given }: typeof steps extends fc.Arbitrary<infer T> ? T : never): unknown {
  const { slab } = binding
  for (const [name, value] of Object.entries(words)) slab[numbers[name]!] = value
  const at = words['WORD_PARTS_AT']!
  parts.forEach((length, i) => { if (at + i < layout.PARTS_WORDS) slab[layout.PARTS_START + at + i] = length })
  const out = Buffer.alloc(given.room)
  binding.setOutput(out)
  const result = calls[call]!(binding, given)
  // What stands behind the bytes that were written, or was written before something was at fault, is of no account.
  const written = slab[layout.WORD_FAULT] === 0 ? slab[layout.WORD_WRITTEN]! : 0
  return { result, words: Object.fromEntries(Object.keys(words).map(name => [name, slab[numbers[name]!]])), out: out.toString('latin1', 0, words['WORD_OUT_AT']! + written) }
}

it('says the same on both sides, whatever stands in the slab', () => {
  fc.assert(fc.property(steps, step => {
    const [one, other] = bindings.map(binding => told(binding, step))
    expect(other).toEqual(one)
  }), { numRuns: 5000 })
})
