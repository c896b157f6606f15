// Results of encoders stand one behind the other in common memory: nobody may notice, whatever is done with one of them.
import { describe, expect, it } from 'vitest'
import { binding } from '../src/engine.js'
import { encodeResponseHead, encodeUwsgi, transcodeHttpToUwsgi } from '../src/index.js'
import { FAULT_UNUSABLE, OUTCOME_UNUSABLE, WORD_FAULT, WORD_OUT_AT, WORD_OUTCOME } from '../src/layout.js'

const request = Buffer.from('GET /a HTTP/1.1\r\nHost: a\r\n\r\n')
const encoders: Array<[string, (n: number) => Buffer]> = [
  ['encodeUwsgi', n => encodeUwsgi({ N: String(n) })],
  ['encodeResponseHead', n => encodeResponseHead(200, { 'X-N': String(n) })],
  ['transcodeHttpToUwsgi', n => transcodeHttpToUwsgi(request, { set: { N: String(n) } })!.packet]
]
const texts = (results: Buffer[]): string[] => results.map(result => result.toString('latin1'))

describe.each(encoders)('%s', (_, encode) => {
  it('gives Buffers that do not overlap', () => {
    const results = Array.from({ length: 3000 }, (_, i) => encode(i))
    const before = texts(results)
    expect(new Set(before).size).toBe(3000)
    results.forEach((result, i) => { if (i % 2 === 0) result.fill(0xFF) })
    expect(texts(results).filter((_, i) => i % 2 === 1)).toEqual(before.filter((_, i) => i % 2 === 1))
    expect(texts([encode(1)])).toEqual([before[1]])
  })

  it('gives memory that nobody can transfer away from under the others', () => {
    const results = Array.from({ length: 100 }, (_, i) => encode(i))
    const before = texts(results)
    for (const { buffer } of results.slice(0, 50)) {
      try {
        structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })
      } catch (error) {
        expect((error as Error).name).toBe('DataCloneError') // Node 20 makes a copy instead
      }
    }
    expect(texts(results)).toEqual(before)
    expect(texts([encode(7)])).toEqual([before[7]])
  })

  it('goes on in memory of its own when all of a block was detached', () => {
    const before = texts([encode(5)])
    const { buffer } = encode(6)
    const transfer = (ArrayBuffer.prototype as unknown as { transfer?: (this: ArrayBufferLike) => ArrayBuffer }).transfer
    try {
      transfer?.call(buffer) // from Node 22 on; whether it minds that the memory is marked depends on the version
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError)
    }
    expect(texts([encode(5)])).toEqual(before)
  })

  it('makes Buffers', () => {
    const result = encode(1)
    expect(Buffer.isBuffer(result)).toBe(true)
    expect(result.constructor).toBe(Buffer)
    expect(Object.getPrototypeOf(result)).toBe(Buffer.prototype)
  })
})

it('holds results that are larger than a block', () => {
  const large = encodeUwsgi({ A: 'x'.repeat(40000) })
  expect(large.length).toBe(40009)
  expect(encodeUwsgi({ A: 'b' }).toString('latin1')).toBe('\0\x06\0\0\x01\0A\x01\0b')
  expect(large.toString('latin1', 9)).toBe('x'.repeat(40000))
})

// The last test: the module would go on with memory that native code has been told to forget.
it('is written to by no call when native code was given none, or was told a place behind its end', () => {
  const { slab } = binding
  const detached = new Uint8Array(100)
  structuredClone(detached.buffer, { transfer: [detached.buffer] })
  const memory = new Uint8Array(100)
  const cases: Array<[Uint8Array, number]> = [['memory' as unknown as Uint8Array, 0], [detached, 0], [memory, 101], [memory, 0xFFFFFFFF]]
  for (const [output, at] of cases) {
    binding.setOutput(output)
    slab[WORD_OUT_AT] = at
    slab[WORD_FAULT] = 0
    binding.encodeVars('')
    expect(slab[WORD_FAULT]).toBe(FAULT_UNUSABLE)
    slab[WORD_FAULT] = 0
    binding.encodeResponseHead('')
    expect(slab[WORD_FAULT]).toBe(FAULT_UNUSABLE)
    slab[WORD_OUTCOME] = 1
    binding.transcodeRequestHead(request, undefined)
    expect(slab[WORD_OUTCOME]).toBe(OUTCOME_UNUSABLE)
  }
  expect(memory.every(byte => byte === 0)).toBe(true)
})
