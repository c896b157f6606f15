// The addon and its WebAssembly twin side by side, in one process: any input, any options, however it is cut, and they say the same.
// GATEWIRE_SEED=n repeats a run: seed.ts.
import fc from 'fast-check'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { DecodeOptions, DecoderEvent, EncodeOptions, RequestHead, ResponseEvent, Vars } from '../src/index.js'
import { cuts, encodeOptions, httpBytes, httpStream, latin1Text, options, responseBytes, uwsgiBytes } from './any_input.js'
import { type Engine, engines } from './engines.js'

type Codec = typeof import('../src/index.js')

/** A copy of the codec of its own, which runs by one engine. */
async function codecBy (engine: Engine): Promise<Codec> {
  vi.stubEnv('GATEWIRE_ENGINE', engine)
  vi.resetModules()
  const codec = await import('../src/index.js')
  vi.unstubAllEnvs()
  expect(codec.engine).toBe(engine)
  return codec
}

const codecs: Codec[] = []
for (const engine of engines) codecs.push(await codecBy(engine))
const [native] = codecs
afterAll(() => { vi.resetModules() })

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const told = (head: RequestHead): unknown => ({
  environ: Object.entries(head.environ), fields: head.fields(), framing: head.framing, byteLength: head.byteLength,
  modifiers: [head.modifier1, head.modifier2], connection: [head.keepAlive, head.expectContinue, head.upgrade],
  asked: ['REQUEST_METHOD', 'PATH_INFO', 'HTTP_HOST'].map(name => [head.get(name), head.has(name), text(head.getBytes(name) ?? Buffer.of())])
})
const event = (event: DecoderEvent | ResponseEvent): unknown => event.type === 'content' ? text(event.bytes)
  : event.type === 'head' && 'fields' in event.head ? told(event.head) : event

/** What a call says: an answer, null, or an error. */
function said (call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    const { name, code, offset, status, message } = error as Error & Record<'code' | 'offset' | 'status', unknown>
    return { name, code, offset, status, message }
  }
}

/** Has each engine do the same, and compares. */
function agree (work: (codec: Codec) => unknown): unknown {
  const [first, ...rest] = codecs.map(codec => said(() => work(codec)))
  for (const one of rest) expect(one).toEqual(first)
  return first
}

const answers: Record<string, (codec: Codec, bytes: Uint8Array, options?: DecodeOptions & EncodeOptions) => unknown> = {
  decodeUwsgi ({ decodeUwsgi }, bytes, options) {
    const head = decodeUwsgi(bytes, options)
    return head && told(head)
  },
  decodeUwsgiArray ({ decodeUwsgiArray }, bytes, options) {
    const array = decodeUwsgiArray(bytes, options)
    return array && { ...array, items: array.items.map(text) }
  },
  decodeHttp ({ decodeHttp }, bytes, options) {
    const head = decodeHttp(bytes, options)
    return head && told(head)
  },
  transcodeHttpToUwsgi ({ transcodeHttpToUwsgi }, bytes, options) {
    const result = transcodeHttpToUwsgi(bytes, options)
    return result && [text(result.packet), told(result.head)]
  }
}

const streams: Record<string, [bytes: fc.Arbitrary<Buffer>, decode: (codec: Codec, options: DecodeOptions) => { push: (bytes: Uint8Array) => void, next: () => DecoderEvent | ResponseEvent | null, end: () => void }]> = {
  'uwsgi requests': [uwsgiBytes, ({ RequestDecoder }, options) => new RequestDecoder({ ...options, protocol: 'uwsgi' })],
  'HTTP requests': [httpStream, ({ RequestDecoder }, options) => new RequestDecoder({ ...options, protocol: 'http' })],
  'responses': [responseBytes, ({ ResponseDecoder }) => new ResponseDecoder()]
}

function story (decoder: ReturnType<(typeof streams)[string][1]>, bytes: Uint8Array, places: readonly number[]): unknown[] {
  const events: unknown[] = []
  const outcome = said(() => {
    let from = 0
    for (const to of [...places, bytes.length]) {
      decoder.push(bytes.subarray(from, to))
      from = to
      for (let next = decoder.next(); next !== null; next = decoder.next()) events.push(event(next))
    }
    decoder.end()
  })
  return [...events, outcome]
}

describe('the engines agree', () => {
  it.each([['decodeUwsgi', uwsgiBytes], ['decodeUwsgiArray', uwsgiBytes], ['decodeHttp', httpBytes], ['transcodeHttpToUwsgi', httpBytes]])('on %s', (name, bytes) => {
    fc.assert(fc.property(bytes, options, encodeOptions, fc.uint8Array({ maxLength: 9 }), (bytes, options, encoding, behind) => {
      agree(codec => answers[name]!(codec, Buffer.concat([bytes, behind]), { ...options, ...encoding }))
    }), { numRuns: 1000 })
  })

  it.each(Object.entries(streams))('on %s, piece by piece', (_, [bytes, decode]) => {
    fc.assert(fc.property(bytes, options, cuts, (bytes, options, cuts) => {
      agree(codec => story(decode(codec, options), bytes, cuts(bytes.length)))
    }), { numRuns: 800 })
  })

  it('on encodeUwsgi', () => {
    const anyText = fc.oneof(latin1Text(30), fc.string())
    const vars = fc.oneof(fc.array(fc.tuple(anyText, fc.oneof(anyText, fc.uint8Array()))), fc.dictionary(anyText, anyText))
    fc.assert(fc.property(vars, encodeOptions, (vars, options) => { agree(codec => text(codec.encodeUwsgi(vars as Vars, options))) }), { numRuns: 1000 })
  })

  it('on encodeResponseHead', () => {
    const name = fc.oneof(fc.constantFrom('A', 'Content-Length', 'X-B', 'C\r\nD'), latin1Text(9))
    const value = fc.oneof(fc.constantFrom('5', ' x '), latin1Text(30), fc.string())
    const status = fc.oneof(fc.integer({ min: 90, max: 1100 }), fc.constantFrom('200 OK', '404', 'x'), latin1Text(8))
    fc.assert(fc.property(status, fc.array(fc.tuple(name, value)), (status, headers) => { agree(codec => text(codec.encodeResponseHead(status, headers))) }), { numRuns: 1000 })
  })
})

describe('the engines agree on what is large', () => {
  const head = (size: number): string => `GET /${'p'.repeat(100)} HTTP/1.1\r\nHost: h\r\n${'X: '.padEnd(998, 'v').concat('\r\n').repeat(size)}\r\n`
  const roomy: DecodeOptions = { limits: { maxHeadBytes: 65535, maxFieldLineBytes: 65535, maxFieldLines: 1000, maxChunkLineBytes: 65535, maxTrailerBytes: 65535, maxChunkOverheadBytes: 200_000 } }

  it.each([3, 4, 5, 31, 33, 64, 65])('heads of %s kB, with much behind them', size => {
    for (const options of [undefined, roomy]) {
      for (const behind of [0, 1, 300_000]) {
        const bytes = Buffer.from(head(size) + 'b'.repeat(behind), 'latin1')
        for (const call of ['decodeHttp', 'transcodeHttpToUwsgi']) agree(codec => answers[call]!(codec, bytes, options))
        for (const cut of [4095, 4096, 4097]) agree(codec => answers['decodeHttp']!(codec, bytes.subarray(0, cut), options))
      }
    }
  })

  it.each([4090, 4096, 4100, 65_520])('packets of %s bytes', size => {
    const packet = native!.encodeUwsgi({ A: 'v'.repeat(size) })
    const bytes = Buffer.concat([packet, Buffer.alloc(200_000, 'b')])
    for (const end of [packet.length - 1, packet.length, bytes.length]) {
      for (const call of ['decodeUwsgi', 'decodeUwsgiArray']) agree(codec => answers[call]!(codec, bytes.subarray(0, end)))
    }
    agree(codec => text(codec.encodeUwsgi({ A: 'v'.repeat(size) })))
  })

  it.each([4096, 65_536, 131_000, 131_200, 1_000_000])('chunks of %s bytes, which are told in pieces of the same size', size => {
    const chunk = `${size.toString(16)}\r\n${'c'.repeat(size)}\r\n`
    const bytes = Buffer.from(`POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}0\r\nT: ${'t'.repeat(5000)}\r\n\r\n`)
    const [, decode] = streams['HTTP requests']!
    for (const places of [[], [60], [61], [60 + size], [65, 66], [131_078 + 61, 400_000], [bytes.length - 4000]]) {
      agree(codec => story(decode(codec, {}), bytes, places))
    }
  })

  it('where content of more than 4 GiB is refused', () => {
    const piece = new Uint8Array(2 ** 28)
    const [, decode] = streams['HTTP requests']!
    const outcome = agree(codec => {
      const decoder = decode(codec, {})
      decoder.push(Buffer.from(`POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${(2 ** 32).toString(16)}\r\n`))
      for (let i = 0; i < 16; i++) {
        decoder.push(piece)
        while (decoder.next() !== null) { /* nobody looks at it */ }
      }
      decoder.push(Buffer.from('x'))
      decoder.next()
    })
    expect(outcome).toMatchObject({ code: 'ERR_HTTP_BAD_CHUNK_END', offset: 2 ** 32 + 67 })
  })

  it('the longest last chunk line and trailer section', () => {
    const line = `0;e=${'v'.repeat(65_520)}\r\n`
    const [, decode] = streams['HTTP requests']!
    for (const size of [65_000, 65_526, 65_527, 65_528, 70_000]) {
      const bytes = Buffer.from(`POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n${line}T: ${'t'.repeat(size)}\r\n\r\n${'b'.repeat(200_000)}`)
      for (const places of [[], [70_000], [120_000, 125_000]]) agree(codec => story(decode(codec, roomy), bytes, places))
    }
  })

  it('response heads up to what is allowed', () => {
    const [, decode] = streams['responses']!
    for (const size of [4000, 60_000, 65_500, 70_000]) {
      const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nA: ${'v'.repeat(size)}\r\n\r\n${'b'.repeat(200_000)}`)
      for (const places of [[], [4096], [30_000, 65_536]]) agree(codec => story(decode(codec, {}), bytes, places))
    }
    agree(codec => text(codec.encodeResponseHead(200, Array.from({ length: 32_000 }, () => ['a', 'b'] as const))))
    agree(codec => text(codec.encodeResponseHead(200, Array.from({ length: 65_000 }, () => ['a', ''] as const))))
  })
})
