// What callers may do to memory that they were given or have given: transfer it, change it, shrink it. It may cost them their own answers,
// with a code, and never those of others or the process.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeHttp, decodeUwsgi, decodeUwsgiArray, encodeResponseHead, encodeUwsgi, RequestDecoder, type RequestHead, ResponseDecoder,
  transcodeHttpToUwsgi
} from '../src/index.js'
import { arrayPacket, packet } from './packet.js'
import { mistake } from './verdicts.js'

const request = Buffer.from('GET /a?b=c HTTP/1.1\r\nHost: h\r\nX-A: 1\r\n\r\n')
const upload = Buffer.from('POST /%41 HTTP/1.1\r\nHost: h\r\nCookie: a\r\nCookie: b\r\nTransfer-Encoding: chunked\r\n\r\n' +
  '5;x=y\r\nabcde\r\n3\r\nfgh\r\n0\r\nA: b\r\nC: d\r\n\r\n')
const posted = Buffer.from('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /next HTTP/1.1\r\nHost: h\r\n\r\n')
const vars: Array<[string, string]> = [['REQUEST_METHOD', 'POST'], ['CONTENT_LENGTH', '5'], ['HTTP_A', '1'], ['HTTP_A', '2']]
const sent = Buffer.concat([packet(vars), Buffer.from('hello')])
const answer = Buffer.from('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n\r\nhello')
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const detach = (bytes: Uint8Array): void => { structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] }) }

const told = (head: RequestHead): unknown =>
  [head.fields(), head.environ, head.framing, head.keepAlive, head.get('HTTP_A'), head.byteLength]
type Decoder = RequestDecoder | ResponseDecoder
/** The next event as a value, or null. */
function step (decoder: Decoder): unknown {
  const event = decoder.next()
  if (event === null) return null
  if (event.type === 'head') return 'fields' in event.head ? told(event.head) : event.head
  return event.type === 'content' ? text(event.bytes) : event
}
function drained (decoder: Decoder): unknown[] {
  const seen: unknown[] = []
  for (let event = step(decoder); event !== null; event = step(decoder)) seen.push(event)
  return seen
}
const shown = (events: unknown[]): string => events.map(event => JSON.stringify(event)).join()
/** Events with pieces of content in a row as one. */
const joined = (events: unknown[]): unknown[] => events.reduce<unknown[]>((all, event) => {
  const last = all.at(-1)
  return typeof event === 'string' && typeof last === 'string' ? [...all.slice(0, -1), last + event] : [...all, event]
}, [])
const streams: Array<[string, () => Decoder, Buffer]> = [
  ['uwsgi', () => new RequestDecoder({ protocol: 'uwsgi' }), sent],
  ['HTTP with a length', () => new RequestDecoder({ protocol: 'http' }), posted],
  ['chunked HTTP', () => new RequestDecoder({ protocol: 'http' }), upload],
  ['responses', () => new ResponseDecoder(), answer]
]
/** Everything else goes on working: fresh calls of each kind, compared with what they gave before. */
const others = (): unknown => [
  told(decodeUwsgi(sent)!), told(decodeHttp(upload)!), decodeUwsgiArray(arrayPacket(['a', '', 'b']))!.items.map(text),
  text(transcodeHttpToUwsgi(upload)!.packet),
  ...streams.map(([, make, bytes]) => {
    const decoder = make()
    decoder.push(bytes)
    return drained(decoder)
  })
]
const usual = others()
const usualHeads = new Map([request, upload, posted].map(bytes => [bytes, told(decodeHttp(bytes)!)]))

describe('the memory of what was given out', () => {
  const made: Array<[string, () => Buffer]> = [
    ['transcodeHttpToUwsgi', () => transcodeHttpToUwsgi(request)!.packet],
    ['encodeUwsgi', () => encodeUwsgi([['A', 'b']])],
    ['encodeResponseHead', () => encodeResponseHead(200, [['a', 'b']])]
  ]

  it.each(made)('of %s cannot be transferred together with that of others', (_, make) => {
    const all = Array.from({ length: 50 }, make)
    const before = all.map(bytes => bytes.toString('latin1'))
    const { buffer } = all[20]!
    // Up to Node 20, memory that is not to be transferred is copied; from 21 on, the attempt is an error.
    try { structuredClone(buffer, { transfer: [buffer as ArrayBuffer] }) } catch {}
    expect(all.map(bytes => bytes.toString('latin1'))).toEqual(before)
    expect(make().toString('latin1')).toBe(before[0])
  })

  it('may be written to: no answer depends on it', () => {
    const { packet, head } = transcodeHttpToUwsgi(request)!
    packet.fill(0xFF)
    new Uint8Array(packet.buffer).fill(0xFF)
    expect(head.get('HTTP_X_A')).toBe('1')
    expect(decodeUwsgi(transcodeHttpToUwsgi(request)!.packet)!.environ).toEqual(head.environ)
  })
})

describe('views at any offset of larger memory', () => {
  const calls: Array<[string, Buffer, (bytes: Uint8Array) => unknown]> = [
    ['decodeUwsgi', sent, bytes => told(decodeUwsgi(bytes)!)],
    ['decodeUwsgiArray', arrayPacket(['a', '', 'bcd']), bytes => decodeUwsgiArray(bytes)!.items.map(text)],
    ['decodeHttp', upload, bytes => told(decodeHttp(bytes)!)],
    ['transcodeHttpToUwsgi', upload, bytes => text(transcodeHttpToUwsgi(bytes)!.packet)],
    ['encodeUwsgi', Buffer.from('a value'), bytes => text(encodeUwsgi([['A', bytes]]))],
    ...streams.map(([name, make, bytes]): [string, Buffer, (bytes: Uint8Array) => unknown] => [name, bytes, given => {
      const decoder = make()
      decoder.push(given)
      return drained(decoder)
    }])
  ]

  it.each(calls)('%s', (_, bytes, call) => {
    const expected = call(Uint8Array.from(bytes))
    for (let offset = 0; offset < 33; offset++) {
      for (const behind of [0, 1, 40]) {
        const memory = new Uint8Array(offset + bytes.length + behind).fill(0x31)
        memory.set(bytes, offset)
        expect(call(new Uint8Array(memory.buffer, offset, bytes.length))).toEqual(expected)
        expect(call(Buffer.from(memory.buffer, offset, bytes.length))).toEqual(expected)
      }
    }
  })

  it.each(streams)('%s, with views of no bytes before, between and behind', (_, make, bytes) => {
    const decoder = make()
    const nothing = (): Uint8Array => new Uint8Array(new ArrayBuffer(9), 7, 0)
    const seen: unknown[] = []
    for (let at = 0; at < bytes.length; at += 3) {
      decoder.push(nothing())
      decoder.push(bytes.subarray(at, at + 3))
      decoder.push(nothing())
      seen.push(...drained(decoder))
    }
    const whole = make()
    whole.push(bytes)
    expect(joined(seen)).toEqual(joined(drained(whole)))
  })
})

describe('what rest() gives', () => {
  // From Node 21 on, Buffers that share memory cannot be transferred, and some of these do.
  const transfer = (rest: Uint8Array): void => { try { detach(rest) } catch {} }
  const ways: Array<[string, (rest: Uint8Array) => void]> = [['overwritten', rest => { rest.fill(0) }], ['transferred', transfer]]
  it.each(ways)('is the caller\'s, to be %s, while the decoder goes on', (_, spoil) => {
    for (const [, make, bytes] of streams) {
      const whole = make()
      whole.push(bytes)
      const expected = joined(drained(whole))
      for (let cut = 2; cut < bytes.length; cut++) {
        const decoder = make()
        const seen: unknown[] = []
        for (const piece of [bytes.subarray(0, 1), bytes.subarray(1, cut), bytes.subarray(cut)]) {
          decoder.push(piece)
          seen.push(...drained(decoder))
          if (decoder instanceof RequestDecoder && decoder.rest().length > 0) spoil(decoder.rest())
        }
        expect(joined(seen)).toEqual(expected)
      }
    }
  })
})

describe('a chunk that is detached between push and next', () => {
  it.each(streams)('of %s is told each time, and no byte is skipped', (_, make, bytes) => {
    const whole = make()
    whole.push(bytes)
    const expected = joined(drained(whole))
    for (let cut = 0; cut < bytes.length; cut++) {
      const decoder = make()
      decoder.push(bytes.subarray(0, cut))
      const seen = drained(decoder)
      const waiting = Uint8Array.from(bytes.subarray(cut))
      decoder.push(waiting)
      decoder.push(Buffer.from('more'))
      detach(waiting)
      for (let again = 0; again < 2; again++) {
        expect(mistake(() => { drained(decoder) })).toBe('TypeError ERR_DETACHED_BYTES')
        if (decoder instanceof RequestDecoder) expect(mistake(() => decoder.rest())).toBe('TypeError ERR_DETACHED_BYTES')
      }
      expect(shown(expected)).toContain(shown(joined(seen)).replace(/"$/, ''))
    }
    expect(others()).toEqual(usual)
  })

  it.each(streams)('of %s, in the middle of its events, is told', (_, make, bytes) => {
    const count = (() => { const decoder = make(); decoder.push(bytes); return drained(decoder).length })()
    for (let asked = 0; asked < count - 1; asked++) {
      const decoder = make()
      const chunk = Uint8Array.from(bytes)
      decoder.push(chunk)
      for (let i = 0; i < asked; i++) decoder.next()
      detach(chunk)
      const seen: unknown[] = []
      try {
        for (let event = step(decoder); event !== null; event = step(decoder)) seen.push(event)
      } catch (error) {
        expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_DETACHED_BYTES' })
      }
      // At most the end of what had come before.
      expect(seen.length).toBeLessThanOrEqual(1)
    }
  })
})

const codes = /^ERR_(HTTP_|UWSGI_|RESPONSE_|BYTES_CHANGED$|DETACHED_BYTES$)/
const isTold = (error: unknown): boolean => codes.test(String((error as { code?: unknown }).code))

describe('a chunk that its owner changes', () => {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 13, 32, 48, 58, 255))
  })
  const plan = fc.record({
    cuts: fc.array(fc.nat(200), { maxLength: 5 }),
    changes: fc.array(fc.array(change, { maxLength: 4 }), { minLength: 1, maxLength: 8 }),
    detaches: fc.nat(20)
  })

  it.each(streams)('between push and next, of %s: other events or an error, and nothing for anybody else', (_, make, bytes) => {
    fc.assert(fc.property(plan, ({ cuts, changes, detaches }) => {
      const decoder = make()
      const chunks: Uint8Array[] = []
      const ends = [...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
      ends.forEach((end, i) => chunks.push(Uint8Array.from(bytes.subarray(ends[i - 1] ?? 0, end))))
      try {
        for (const [i, chunk] of chunks.entries()) {
          decoder.push(chunk)
          for (let asked = 0; asked < 3; asked++) {
            for (const { at, byte } of changes[(i + asked) % changes.length]!) {
              const any = chunks[Math.floor(at * (i + 1))]!
              any[Math.floor(at * 7919) % (any.length || 1)] = byte
            }
            if (detaches === i + asked) detach(chunk)
            if (step(decoder) === null) break
          }
        }
        drained(decoder)
        decoder.end()
      } catch (error) {
        if (!isTold(error)) throw error
      }
    }), { numRuns: 500 })
    expect(others()).toEqual(usual)
  })

  const questions: Array<(head: RequestHead) => unknown> = [
    head => head.get('HTTP_COOKIE'), head => head.get('PATH_INFO'), head => head.get('NO'), head => head.has('HTTP_HOST'),
    head => head.fields(), head => head.environ, head => head.getBytes('HTTP_COOKIE'), head => head.getBytes('HTTP_HOST'),
    head => head.detach().environ, head => head.upgrade, head => encodeUwsgi(head)
  ]

  it('behind an HTTP head: strings or ERR_BYTES_CHANGED, and nothing for later heads of its shape', () => {
    const many = packet(Array.from({ length: 900 }, (_, i): [string, string] => [`K${i}`, '']))
    const heads = fc.constantFrom(request, upload, posted)
    const asked = fc.shuffledSubarray(questions, { minLength: 1 })
    fc.assert(fc.property(heads, fc.array(change, { maxLength: 6 }), fc.boolean(), fc.boolean(), asked,
      (bytes, changes, lapped, gone, asked) => {
        const given = Uint8Array.from(bytes)
        const head = (changes.length % 2 === 0 ? decodeHttp(given) : transcodeHttpToUwsgi(given)?.head)!
        for (const { at, byte } of changes) given[Math.floor(at * given.length)] = byte
        if (lapped) for (let i = 0; i < 80; i++) decodeUwsgi(many)
        if (gone) detach(given)
        for (const question of asked) {
          try { question(head) } catch (error) {
            if (!isTold(error)) throw error
          }
        }
        expect(told(decodeHttp(bytes)!)).toEqual(usualHeads.get(bytes))
      }), { numRuns: 600 })
    expect(others()).toEqual(usual)
  })
})
