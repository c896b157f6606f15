// What holds for any input and any options, for every function: an answer, "incomplete", or an error with a code; one story however bytes
// are cut, whenever somebody asks and whenever the peer closes; what is encoded is decoded again. GATEWIRE_SEED=n repeats a run: seed.ts.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeHttp, type DecodeOptions, decodeUwsgi, decodeUwsgiArray, encodeResponseHead, encodeUwsgi, ProtocolError, RequestDecoder,
  type RequestHead, ResponseDecoder, type ResponseHeaders, transcodeHttpToUwsgi, type Vars, wsgiEnviron, type WsgiServer
} from '../src/index.js'
import { anyOptions, cuts, encodeOptions, httpBytes, httpStream, latin1Text, options, responseBytes, roomyOptions,
  uwsgiBytes } from './any_input.js'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const told = (head: RequestHead): unknown => ({
  environ: Object.entries(head.environ), fields: head.fields(), framing: head.framing, byteLength: head.byteLength,
    modifiers: [head.modifier1, head.modifier2],
  connection: [head.keepAlive, head.expectContinue, head.upgrade]
})
/** What a call says: an answer, null, or an error with its code. Anything else fails. */
function said (call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    if (error instanceof ProtocolError) return { code: error.code, offset: error.offset, status: error.status }
    expect(error).toMatchObject({ name: expect.stringMatching(/^(Type|Range)Error$/), code: expect.stringMatching(/^ERR_[A-Z0-9_]+$/) })
    return { code: (error as { code: string }).code }
  }
}
const sayHead = (decode: () => RequestHead | null): unknown => said(() => {
  const head = decode()
  return head && told(head)
})

const functions: Array<[string, fc.Arbitrary<Buffer>, (bytes: Uint8Array, options?: DecodeOptions) => unknown]> = [
  ['decodeUwsgi', uwsgiBytes, (bytes, options) => sayHead(() => decodeUwsgi(bytes, options))],
  ['decodeUwsgiArray', uwsgiBytes, (bytes, options) => said(() => {
    const array = decodeUwsgiArray(bytes, options)
    return array && { ...array, items: array.items.map(text) }
  })],
  ['decodeHttp', httpBytes, (bytes, options) => sayHead(() => decodeHttp(bytes, options))],
  ['transcodeHttpToUwsgi', httpBytes, (bytes, options) => said(() => {
    const result = transcodeHttpToUwsgi(bytes, options)
    return result && [text(result.packet), told(result.head)]
  })]
]

describe.each(functions)('%s', (_, bytes, call) => {
  it('gives an answer, null or an error with a code, whatever the options', () => {
    fc.assert(fc.property(bytes, fc.oneof(options, anyOptions as fc.Arbitrary<DecodeOptions>), (bytes, options) => {
      const outcome = call(bytes, options) as { code?: string, offset?: number, status?: number } | null
      if (outcome?.offset === undefined) return
      expect(outcome.offset).toBeLessThanOrEqual(bytes.length)
      expect([400, 404, 413, 414, 417, 431, 501, 505]).toContain(outcome.status)
    }), { numRuns: 1000 })
  })

  it('says the same each time, of views and copies, whatever stands behind', () => {
    fc.assert(fc.property(bytes, options, fc.uint8Array({ maxLength: 9 }), (bytes, options, behind) => {
      const outcome = call(bytes, options)
      for (let again = 0; again < 3; again++) expect(call(Uint8Array.from(bytes), { ...options })).toEqual(outcome)
      // An incomplete head may be completed, or spoilt, by what follows; all else is decided.
      if (outcome !== null) expect(call(Buffer.concat([bytes, behind]).subarray(), options)).toEqual(outcome)
    }), { numRuns: 400 })
  })

  it('accepts nothing with lower limits that it says otherwise of with higher ones', () => {
    fc.assert(fc.property(bytes, options, (bytes, { limits, ...rest }) => {
      const outcome = call(bytes, { ...rest, limits: { ...limits } }) as { code?: string } | null
      if (outcome === null || outcome.code !== undefined) return
      const most = { maxVars: 13107, maxRequestLineBytes: 65535, maxFieldLineBytes: 65535, maxFieldLines: 1000, maxHeadBytes: 65535 }
      expect(call(bytes, { ...rest, limits: most })).toEqual(outcome)
    }), { numRuns: 400 })
  })
})

type Decoder = RequestDecoder | ResponseDecoder
/** When events are asked for: after each piece; after all of them; after the peer has closed. */
type Asking = 'each' | 'late' | 'closed'

function story (decoder: Decoder, bytes: Buffer, places: number[], asking: Asking): unknown[] {
  const events: unknown[] = []
  const drain = (): void => {
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      const last = events.at(-1)
      if (event.type === 'content') {
        expect(event.bytes.length).toBeGreaterThan(0)
        if (typeof last === 'string') events[events.length - 1] = last + text(event.bytes)
        else events.push(text(event.bytes))
      } else {
        events.push(event.type === 'head' && 'fields' in event.head ? told(event.head) : event)
      }
    }
  }
  const close = (): void => { if (asking === 'closed') said(() => { decoder.end() }) }
  const outcome = said(() => {
    let from = 0
    for (const to of [...places, bytes.length]) {
      decoder.push(Uint8Array.from(bytes.subarray(from, to)))
      from = to
      if (asking === 'each') drain()
    }
    close()
    drain()
    decoder.end()
    drain()
  }) as object | undefined
  // For ever.
  if (outcome !== undefined) {
    for (let again = 0; again < 2; again++) expect(said(() => decoder.next())).toEqual(outcome)
    expect(said(() => { decoder.end() })).toEqual(outcome)
    expect(said(() => { decoder.push(Buffer.from('GET / HTTP/1.1\r\n\r\n')) })).toBeUndefined()
    expect(said(() => decoder.next())).toEqual(outcome)
  } else {
    decoder.push(Buffer.from('late'))
    expect(decoder.next()).toBeNull()
  }
  return [...events, outcome]
}

const streams: Array<[string, fc.Arbitrary<Buffer>, fc.Arbitrary<() => Decoder>]> = [
  ['uwsgi requests', uwsgiBytes, options.map(options => () => new RequestDecoder({ ...options, protocol: 'uwsgi' }))],
  ['HTTP requests', httpStream, options.map(options => () => new RequestDecoder({ ...options, protocol: 'http' }))],
  ['HTTP requests with roomy limits', httpStream, roomyOptions.map(options => () => new RequestDecoder({ ...options, protocol: 'http' }))],
  ['responses', responseBytes, fc.constantFrom('GET', 'HEAD').map(method => () => new ResponseDecoder({ method }))]
]

describe.each(streams)('a stream of %s', (_, bytes, decoders) => {
  it('tells one story, however it is cut, whenever somebody asks and whenever the peer closes', () => {
    fc.assert(fc.property(bytes, decoders, cuts, fc.constantFrom<Asking>('each', 'late', 'closed'), (bytes, make, cuts, asking) => {
      expect(story(make(), bytes, cuts(bytes.length), asking)).toEqual(story(make(), bytes, [], 'each'))
    }), { numRuns: 1200 })
  })
})

interface Transcoded { packet: Buffer, head: RequestHead }

describe('a head with any options', () => {
  it('becomes the packet that the encoder makes of it', () => {
    fc.assert(fc.property(httpBytes, options, encodeOptions, (bytes, options, encoding) => {
      const decoded = said(() => decodeHttp(bytes, options)) as RequestHead | null | { code: string }
      const made = said(() => transcodeHttpToUwsgi(bytes, { ...options, ...encoding })) as Transcoded | null | { code: string }
      if (decoded === null || !('get' in decoded)) {
        expect(made).toEqual(decoded)
        return
      }
      const packet = said(() => encodeUwsgi(decoded, { modifier1: 0, modifier2: 0, ...encoding })) as Buffer
      if (!(packet instanceof Uint8Array)) {
        expect(packet).toMatchObject({ code: 'ERR_PACKET_TOO_LARGE' })
        expect(made).toMatchObject({ code: expect.stringMatching(/^ERR_(HTTP_)?PACKET_TOO_LARGE$/) })
        return
      }
      const transcoded = made as Transcoded
      expect(text(transcoded.packet)).toBe(text(packet))
      expect(told(transcoded.head)).toEqual(told(decoded))
    }), { numRuns: 1200 })
  })

  it('has every key that PEP 3333 requires, and none of the server\'s from the peer', () => {
    const heads = fc.oneof(fc.tuple(httpBytes, options).map(([bytes, options]) => said(() => decodeHttp(bytes, options))),
      fc.tuple(uwsgiBytes, options).map(([bytes, options]) => said(() => decodeUwsgi(bytes, options))))
    fc.assert(fc.property(heads, fc.boolean(), (head, multithread) => {
      if (head === null || !('environ' in (head as object))) return
      const environ = wsgiEnviron(head as RequestHead, { input: 'in', errors: 'err', multithread })
      expect(typeof environ['QUERY_STRING']).toBe('string')
      for (const name of ['SERVER_NAME', 'SERVER_PORT']) expect(environ[name]).toMatch(/./s)
      for (const name of ['SCRIPT_NAME', 'PATH_INFO']) expect(environ[name]).toMatch(/^(\/|$)/)
      expect(environ).toMatchObject({ 'wsgi.input': 'in', 'wsgi.errors': 'err', 'wsgi.multithread': multithread, 'wsgi.version': [1, 0] })
      expect(Object.keys(environ).filter(name => name.startsWith('wsgi.'))).toHaveLength(8)
      expect('HTTP_CONTENT_LENGTH' in environ || 'HTTP_CONTENT_TYPE' in environ).toBe(false)
      for (const [name, value] of Object.entries(environ)) if (!name.startsWith('wsgi.')) expect(typeof value).toBe('string')
    }), { numRuns: 600 })
  })
})

describe('encoders', () => {
  const oddPair = fc.tuple(fc.string(), fc.oneof(fc.string(), fc.uint8Array(), fc.anything()))
  const anyPairs = fc.array(fc.oneof(fc.tuple(latin1Text(12), latin1Text(30)), oddPair, fc.anything()), { maxLength: 9 })
  const anyVars = fc.oneof(anyPairs, fc.dictionary(latin1Text(9), fc.oneof(latin1Text(9), fc.anything())), fc.anything())

  it('encodeUwsgi gives a packet with what it was given, or an error with a code', () => {
    fc.assert(fc.property(anyVars, fc.oneof(encodeOptions, anyOptions), (vars, options) => {
      const packet = said(() => encodeUwsgi(vars as Vars, options as object)) as Buffer
      if (!(packet instanceof Uint8Array)) return
      // As no request, so that CONTENT_LENGTH may be anything.
      const head = decodeUwsgi(Uint8Array.of(255, ...packet.subarray(1)), { limits: { maxVars: 13107 } })
      expect(head?.byteLength).toBe(packet.length)
      expect(text(encodeUwsgi(head!.fields(), { modifier1: packet[0]!, modifier2: packet[3]! }))).toBe(text(packet))
      if (!Array.isArray(vars) || (options as { set?: unknown } | undefined)?.set !== undefined) return
      const given = vars as Array<[string, string | Uint8Array]>
      expect(head!.fields()).toEqual(given.map(([name, value]) => [name, typeof value === 'string' ? value : text(value)]))
    }), { numRuns: 1500 })
  })

  const code = fc.integer({ min: 0, max: 1100 })
  const status = fc.oneof(code, latin1Text(8), fc.tuple(code, latin1Text(9)).map(([code, reason]) => `${code} ${reason}`), fc.anything())
  const name = fc.constantFrom('A', 'content-length', 'X-B', 'Set-Cookie', 'C\r\nD')
  const value = fc.oneof(fc.constantFrom('5', ' x ', ''), latin1Text(9))
  const odd = fc.dictionary(name, fc.oneof(value, fc.array(value), fc.anything()))
  const anyHeaders = fc.oneof(anyPairs, fc.array(fc.tuple(name, value)), odd, fc.anything())
  const trimmed = (value: string): string => value.replace(/^[ \t]+|[ \t]+$/g, '')

  it('encodeResponseHead gives a head of as many lines as it was given, or an error with a code', () => {
    fc.assert(fc.property(status, anyHeaders, (status, headers) => {
      const head = said(() => encodeResponseHead(status as number, headers as ResponseHeaders)) as Buffer
      if (!(head instanceof Uint8Array)) return
      const lines = text(head).split('\r\n')
      expect(lines.splice(-2)).toEqual(['', ''])
      expect(lines.every(line => !/[\r\n\0]/.test(line))).toBe(true)
      const object = headers as Record<string, string | string[]>
      const given = Array.isArray(headers) ? headers as Array<[string, string]>
        : Object.entries(object).flatMap(([name, value]) => [value].flat().map(one => [name, one] as const))
      expect(lines.slice(1)).toEqual(given.map(([name, value]) => `${name}: ${trimmed(value)}`))
      const decoder = new ResponseDecoder({ method: 'HEAD' })
      decoder.push(head)
      const event = said(() => decoder.next()) as { head?: { status: number, headers: unknown } } | null
      // What a server may write and a client of uwsgi servers does not take: interim responses, codings, a Status field.
      if (event?.head === undefined) return
      expect(String(event.head.status)).toBe(lines[0]!.slice(9, 12))
      const fields = given.filter(([name]) => !/^status$/i.test(name))
      expect(event.head.headers).toEqual(fields.map(([name, value]) => [name, trimmed(value)]))
    }), { numRuns: 1500 })
  })

  it('wsgiEnviron gives an environ or an error with a code', () => {
    const head = decodeHttp(Buffer.from('GET / HTTP/1.0\r\n\r\n'))!
    const servers = fc.oneof(fc.record({ input: fc.anything(), errors: fc.anything() }), fc.anything())
    fc.assert(fc.property(fc.oneof(fc.constant(head), fc.anything()), servers, (head, server) => {
      const environ = said(() => wsgiEnviron(head as RequestHead, server as WsgiServer)) as Record<string, unknown>
      if (environ['code'] === undefined) expect(environ['wsgi.input']).toBe((server as { input?: unknown }).input)
    }), { numRuns: 300 })
  })
})

describe('constructors of decoders', () => {
  it('give a decoder or an error with a code', () => {
    fc.assert(fc.property(anyOptions, fc.constantFrom(RequestDecoder, ResponseDecoder), (options, Class) => {
      const decoder = said(() => new Class(options as never)) as Decoder
      if ('next' in decoder) expect(decoder.next()).toBeNull()
    }), { numRuns: 600 })
  })
})
