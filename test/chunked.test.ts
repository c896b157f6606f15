// ChunkedContent: what comes out of a connection's input, however it is cut, and where it is refused. The grammar has its tests, each byte
// in each place included, in test/native/chunked_test.cc; here a case of each decision passes through the boundary.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChunkQueue } from '../src/chunk_queue.js'
import { ChunkedContent } from '../src/chunked.js'
import { binding } from '../src/engine.js'
import { type Limits, ProtocolError, RequestDecoder } from '../src/index.js'
import * as layout from '../src/layout.js'
import { settingsOf } from '../src/limits.js'
import { everyByte, stream } from './stream.js'

interface Result { content: string, trailers?: Array<[string, string]>, rest?: string, error?: string, offset?: number, status?: number }

/** What stands before the content on the connection: offsets count from there. */
const BEFORE = 10

/** A connection and what has come out of it. */
class Feed {
  readonly input = new ChunkQueue()
  readonly decoder: ChunkedContent
  readonly result: Result = { content: '' }
  done = false

  constructor (limits?: Partial<Limits>) {
    this.input.push(new Uint8Array(BEFORE))
    this.input.consume(BEFORE)
    this.decoder = new ChunkedContent(this.input, settingsOf(limits === undefined ? undefined : { limits }))
  }

  push (piece: Uint8Array): void {
    this.input.push(Uint8Array.from(piece))
    try {
      while (!this.done) {
        const event = this.decoder.next()
        if (event === null) break
        if (event.type === 'end') {
          this.result.trailers = event.trailers
          this.done = true
        } else {
          expect(event.bytes.length).toBeGreaterThan(0)
          this.result.content += Buffer.from(event.bytes).toString('latin1')
        }
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      Object.assign(this.result, { error: error.code, offset: error.offset - BEFORE, status: error.status })
      this.done = true
    }
  }

  finish (): Result {
    if (this.result.trailers !== undefined) this.result.rest = Buffer.concat(this.input.rest()).toString('latin1')
    return this.result
  }
}

function decode (pieces: Uint8Array[], limits?: Partial<Limits>): Result {
  const feed = new Feed(limits)
  for (const piece of pieces) {
    if (feed.done && feed.result.error !== undefined) break
    feed.push(piece)
  }
  return feed.finish()
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const cut = (bytes: Uint8Array, at: number): Uint8Array[] => [bytes.subarray(0, at), bytes.subarray(at)]
const singles = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))

function expectEachWay (text: string, result: Result, limits?: Partial<Limits>): void {
  const bytes = bytesOf(text)
  expect(decode([bytes], limits)).toEqual(result)
  expect(decode(singles(bytes), limits)).toEqual(result)
  for (let at = 0; at <= bytes.length; at++) expect([at, decode(cut(bytes, at), limits)]).toEqual([at, result])
}

describe('accepted', () => {
  const NEXT = 'GET / HTTP/1.1\r\n'
  test.each<[row: string, wire: string, content: string, trailers: Array<[string, string]>]>([
    ['no content', '0\r\n\r\n', '', []],
    ['one chunk', '5\r\nhello\r\n0\r\n\r\n', 'hello', []],
    ['chunks that hold what looks like their ends', '9\r\n\r\n0\r\n\r\n\r\n\r\n1\r\n\n\r\n0\r\n\r\n', '\r\n0\r\n\r\n\r\n\n', []],
    ['hexadecimal digits of both cases, leading zeros', '0a\r\n0123456789\r\n0A\r\n0123456789\r\n000\r\n\r\n', '01234567890123456789', []],
    ['extensions', '1;a=b;c="d"\r\nZ\r\n0 ; a = "\\"\xFF"\r\n\r\n', 'Z', []],
    ['trailers', '0\r\nX-T: v\r\nx-t:\t w \xE4 \r\nE:\r\n\r\n', '', [['X-T', 'v'], ['x-t', 'w \xE4'], ['E', '']]]
  ])('%s', (_, wire, content, trailers) => {
    expectEachWay(wire, { content, trailers, rest: '' })
    expectEachWay(wire + NEXT, { content, trailers, rest: NEXT })
  })
})

describe('refused', () => {
  test.each<[row: string, wire: string, error: string, offset: number, content?: string]>([
    ['an empty size', '\r\n0\r\n\r\n', 'ERR_HTTP_BAD_CHUNK_SIZE', 0],
    ['a sign', '1\r\nZ\r\n+1\r\nZ\r\n', 'ERR_HTTP_BAD_CHUNK_SIZE', 6, 'Z'],
    ['a size with a prefix', '0x5\r\nhello\r\n', 'ERR_HTTP_BAD_CHUNK_SIZE', 1],
    ['17 digits', '00000000000000001\r\n', 'ERR_HTTP_BAD_CHUNK_SIZE', 16],
    ['2^53', '20000000000000\r\n', 'ERR_HTTP_BAD_CHUNK_SIZE', 13],
    ['2^64 + 5', '10000000000000005\r\nhello\r\n', 'ERR_HTTP_BAD_CHUNK_SIZE', 14],
    ['white space without an extension', '5 \r\nhello\r\n', 'ERR_HTTP_BAD_CHUNK_EXTENSION', 2],
    ['an extension without a name', '1;\r\nZ\r\n', 'ERR_HTTP_BAD_CHUNK_EXTENSION', 2],
    ['LF in an extension', '1;a\nb\r\nZ\r\n', 'ERR_HTTP_BARE_LF', 3],
    ['LF behind a size', '1\nZ\r\n', 'ERR_HTTP_BARE_LF', 1],
    ['CR without LF', '1\rZ\r\n', 'ERR_HTTP_BARE_CR', 1],
    ['a line too long', `1;a=${'x'.repeat(253)}`, 'ERR_HTTP_CHUNK_LINE_TOO_LONG', 256],
    ['any two bytes behind a chunk', '5\r\nhelloXX0\r\n\r\n', 'ERR_HTTP_BAD_CHUNK_END', 8, 'hello'],
    ['CR and another byte behind a chunk', '5\r\nhello\rX', 'ERR_HTTP_BAD_CHUNK_END', 9, 'hello'],
    ['a trailer without a colon', '0\r\nX: y\r\nfoo\r\n\r\n', 'ERR_HTTP_NO_COLON', 9],
    ['a trailer that ends with LF', '0\r\nX: y\n\r\n', 'ERR_HTTP_BARE_LF', 7],
    ['a trailer that frames', '1\r\nZ\r\n0\r\nX: y\r\ncontent-LENGTH: 9\r\n\r\n', 'ERR_HTTP_FORBIDDEN_TRAILER', 15, 'Z'],
    ['a condition in a trailer', '0\r\nIf-Anything: 9\r\n\r\n', 'ERR_HTTP_FORBIDDEN_TRAILER', 3]
  ])('%s', (_, wire, error, offset, content = '') => {
    expectEachWay(wire, { content, error, offset, status: 400 })
  })

  test('one byte in each chunk, sooner or later', () => {
    const wire = bytesOf('1\r\nx\r\n'.repeat(5000))
    const result = { content: 'x'.repeat(4096), error: 'ERR_HTTP_CHUNK_OVERHEAD', offset: 4096 * 6, status: 400 }
    expect(decode([wire])).toEqual(result)
    expect(decode(singles(wire))).toEqual(result)
  })
})

describe('limits', () => {
  test.each<[limit: keyof Limits, wire: string, fits: number, error: string, offset: number, status: number]>([
    ['maxContentBytes', '3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n', 6, 'ERR_HTTP_CONTENT_TOO_LARGE', 8, 413],
    ['maxChunkLineBytes', '5;a=bc\r\nhello\r\n0\r\n\r\n', 6, 'ERR_HTTP_CHUNK_LINE_TOO_LONG', 5, 400],
    ['maxChunkOverheadBytes', '1\r\nx\r\n0\r\n\r\n', 7, 'ERR_HTTP_CHUNK_OVERHEAD', 8, 400],
    ['maxTrailerBytes', '0\r\nA: b\r\nC: d\r\n\r\n', 12, 'ERR_HTTP_TRAILERS_TOO_LARGE', 14, 431],
    ['maxTrailerLines', '0\r\nA: b\r\nC: d\r\n\r\n', 2, 'ERR_HTTP_TOO_MANY_TRAILERS', 9, 431]
  ])('%s', (limit, wire, fits, error, offset, status) => {
    const accepted = decode([bytesOf(wire)])
    expect(accepted.trailers).toBeDefined()
    expectEachWay(wire, accepted, { [limit]: fits })
    const refused = decode([bytesOf(wire)], { [limit]: fits - 1 })
    expect(refused).toMatchObject({ error, offset, status })
    expectEachWay(wire, refused, { [limit]: fits - 1 })
  })

  test('of trailers may be as large as options allow', () => {
    const lines = Array.from({ length: 1000 }, (_, i): [string, string] => [`X-${i}`, 'x'.repeat(50)])
    const wire = bytesOf(`0\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
    const limits = { maxTrailerBytes: 65535, maxTrailerLines: 1000 }
    expect(decode([wire], limits)).toEqual({ content: '', trailers: lines, rest: '' })
    expect(decode(singles(wire), limits)).toEqual({ content: '', trailers: lines, rest: '' })
    expect(decode([wire])).toMatchObject({ error: 'ERR_HTTP_TOO_MANY_TRAILERS' })
  })
})

test('content is a view on the chunk that was pushed', () => {
  const input = new ChunkQueue()
  const decoder = new ChunkedContent(input, settingsOf(undefined))
  const first = bytesOf('5\r\nhel')
  const second = bytesOf('lo\r\n3\r\nabc\r\n')
  input.push(first)
  input.push(second)
  const pieces: Uint8Array[] = []
  for (let event = decoder.next(); event !== null; event = decoder.next()) {
    if (event.type === 'content') pieces.push(event.bytes)
  }
  expect(pieces.map(({ buffer, byteOffset, length }) => [buffer, byteOffset, length])).toEqual([
    [first.buffer, first.byteOffset + 3, 3],
    [second.buffer, second.byteOffset, 2],
    [second.buffer, second.byteOffset + 7, 3]
  ])
  expect(input.consumed).toBe(input.pushed)
})

test('decoders that take turns do not notice each other', () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 5 }), fc.nat(30)), { minLength: 2, maxLength: 4 }),
    fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 9 })), { maxLength: 60 }),
    (requests, turns) => {
      const feeds = requests.map(([chunks, most], i) => {
        const content = Buffer.concat(chunks).toString('latin1')
        const wire = chunks.map(chunk => `${chunk.length.toString(16)}\r\n${Buffer.from(chunk).toString('latin1')}\r\n`).join('')
        return { feed: new Feed({ maxTrailerLines: most + 1 }), left: bytesOf(`${wire}0\r\nX-I: ${i}\r\n\r\n`), content, i }
      })
      const push = (turn: typeof feeds[number], count: number): void => {
        turn.feed.push(turn.left.subarray(0, count))
        turn.left = turn.left.subarray(count)
        if (!turn.feed.done) expect(turn.feed.decoder.isCut()).toBe(true)
      }
      for (const [which, count] of turns) {
        const turn = feeds[which % feeds.length]!
        if (turn.left.length > 0 && !turn.feed.done) push(turn, count)
      }
      for (const turn of feeds) {
        if (turn.left.length > 0) push(turn, turn.left.length)
        expect(turn.feed.finish()).toEqual({ content: turn.content, trailers: [['X-I', String(turn.i)]], rest: '' })
      }
    }
  ))
})

describe('whether the end is among the bytes that have come', () => {
  const wire = bytesOf('5\r\nhello\r\n0\r\nA: b\r\n\r\n')

  test('is said without reading them', () => {
    for (let read = 0; read <= wire.length; read++) {
      for (let come = read; come <= wire.length; come++) {
        const feed = new Feed()
        feed.push(wire.subarray(0, read))
        if (feed.done) continue
        feed.input.push(wire.subarray(read, come))
        expect([read, come, feed.decoder.isCut()]).toEqual([read, come, come < wire.length])
        feed.push(wire.subarray(come))
        expect(feed.finish()).toEqual({ content: 'hello', trailers: [['A', 'b']], rest: '' })
      }
    }
  })

  test('what will be refused is not cut', () => {
    const feed = new Feed()
    feed.input.push(bytesOf('5\r\nhelloX'))
    expect(feed.decoder.isCut()).toBe(false)
    feed.push(new Uint8Array(0))
    expect(feed.finish()).toEqual({ content: 'hello', error: 'ERR_HTTP_BAD_CHUNK_END', offset: 8, status: 400 })
  })
})

describe('bytes that cannot be read', () => {
  test('detached since they were pushed', () => {
    const feed = new Feed()
    feed.push(bytesOf('5\r\nhe'))
    const bytes = new Uint8Array(bytesOf('llo\r\n'))
    feed.input.push(bytes)
    structuredClone(bytes, { transfer: [bytes.buffer] })
    expect(() => feed.decoder.next()).toThrow(expect.objectContaining({ code: 'ERR_DETACHED_BYTES' }))
  })
})

describe('native code, whatever the slab says', () => {
  const first = layout.WORD_CHUNKED_PHASE
  const last = layout.WORD_CHUNKED_TRAILER_COUNT

  test('states that no call has left are refused or harmless', () => {
    const { slab } = binding
    const bytes = bytesOf('5\r\nhello\r\n0\r\nA: b\r\n\r\n')
    const saved = slab.slice()
    const anyWord = fc.oneof(fc.constantFrom(0, 1, 2, 14, 15, 16, 17, 0x7FFFFFFF, 0xFFFFFFFF), fc.nat(64))
    fc.assert(fc.property(fc.array(anyWord, { minLength: last - first + 1, maxLength: last - first + 1 }), anyWord, fc.nat(21), (words, at, size) => {
      slab.set(words, first)
      slab[layout.WORD_PARTS_AT] = at
      slab[layout.WORD_OUTCOME] = 99
      binding.decodeChunked(bytes.subarray(0, size))
      expect(slab[layout.WORD_OUTCOME]).toBeLessThanOrEqual(layout.OUTCOME_UNUSABLE)
      if (slab[layout.WORD_OUTCOME]! < 2) expect(slab[layout.WORD_CHUNKED_USED]).toBeLessThanOrEqual(size)
    }), { numRuns: 2000 })
    slab.set(saved)
  })

  test('no bytes are an outcome of their own', () => {
    binding.decodeChunked('5\r\n' as unknown as Uint8Array)
    expect(binding.slab[layout.WORD_OUTCOME]).toBe(layout.OUTCOME_UNUSABLE)
  })
})

describe('on an HTTP connection', () => {
  const HEAD = 'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
  const wire = bytesOf(`${HEAD}5\r\nhello\r\n0\r\nX-T: v\r\n\r\n${HEAD}0\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n`)

  /** Events in order, content of one request together. */
  function eventsOf (bytes: Uint8Array, cuts: readonly number[], close = true): string[] {
    const { order, heads, content, error } = stream(new RequestDecoder({ protocol: 'http' }), bytes, cuts, close)
    return [order, heads.map(head => head.get('PATH_INFO')).join(), content.toString('latin1'), ...error === undefined ? [] : [(error as ProtocolError).code]]
  }

  test('requests follow each other, however they are cut', () => {
    const events = ['head content end head end head end', '/a,/a,/b', 'hello']
    expect(eventsOf(wire, [])).toEqual(events)
    expect(eventsOf(wire, everyByte(wire.length))).toEqual(events)
    for (let at = 1; at < wire.length; at++) expect([at, eventsOf(wire, [at])]).toEqual([at, events])
  })

  test('trailers come with the end', () => {
    const decoder = new RequestDecoder({ protocol: 'http' })
    decoder.push(wire)
    expect([...decoder].flatMap(event => event.type === 'end' ? [event.trailers] : [])).toEqual([[['X-T', 'v']], [], []])
  })

  test('a peer that closes inside the content has not sent all of it', () => {
    const first = wire.subarray(0, HEAD.length + '5\r\nhello\r\n0\r\nX-T: v\r\n\r\n'.length)
    for (let size = HEAD.length; size < first.length; size++) {
      for (const cuts of [[], [HEAD.length - 1], everyByte(size)]) {
        const events = eventsOf(first.subarray(0, size), cuts)
        expect([size, events.at(-1)]).toEqual([size, 'ERR_HTTP_CONTENT_TRUNCATED'])
        expect(events[0]).not.toContain('end')
      }
    }
    expect(eventsOf(first, [])).toEqual(['head content end', '/a', 'hello'])
  })

  test('a peer that closes before anything was read has sent what can be read', () => {
    const decoder = new RequestDecoder({ protocol: 'http' })
    decoder.push(wire)
    decoder.end()
    expect([...decoder].map(({ type }) => type).join(' ')).toBe('head content end head end head end')
  })

  test('what has come of a trailer section is not parsed, once it is complete it is', () => {
    const decoder = new RequestDecoder({ protocol: 'http' })
    decoder.push(bytesOf(`${HEAD}0\r\nX-`))
    expect([...decoder].length).toBe(1)
    decoder.push(bytesOf('T: v\r'))
    expect([...decoder].length).toBe(0)
    expect(Buffer.from(decoder.rest()).toString()).toBe('X-T: v\r')
    decoder.push(bytesOf('\n\r\n'))
    expect([...decoder]).toEqual([{ type: 'end', trailers: [['X-T', 'v']] }])
    expect(decoder.rest().length).toBe(0)
  })

  test('offsets count from the first byte of the connection', () => {
    const bad = Buffer.concat([wire, bytesOf(`${HEAD}5\r\nhelloXX`)])
    for (const cuts of [[], everyByte(bad.length)]) {
      const { order, error } = stream(new RequestDecoder({ protocol: 'http' }), bad, cuts, true)
      expect(order).toBe('head content end head end head end head content')
      expect(error).toMatchObject({ code: 'ERR_HTTP_BAD_CHUNK_END', offset: bad.length - 2 })
    }
  })

  test('what is left of a refused request is never read as another one', () => {
    const decoder = new RequestDecoder({ protocol: 'http' })
    decoder.push(bytesOf(`${HEAD}5\r\nhello\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`))
    const seen: string[] = []
    expect(() => { for (const event of decoder) seen.push(event.type) }).toThrow('not followed by CR LF')
    expect(seen).toEqual(['head', 'content'])
    decoder.push(bytesOf('GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'))
    expect(() => decoder.next()).toThrow('not followed by CR LF')
  })
})
