// What holds for any input: encoding and decoding undo one another, cuts do not matter, and every packet is judged as the short walk
// below judges it, which was written from the format (uwsgi docs, Protocol) alone.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeUwsgi, decodeUwsgiArray, encodeUwsgi, ProtocolError, RequestDecoder, requestModifiers } from '../src/index.js'
import { packetCases } from './corpus/cases.js'
import { item, packet, packetOf, type Var } from './packet.js'
import { stream } from './stream.js'

const byteText = (constraints: { minLength?: number, maxLength: number }): fc.Arbitrary<string> =>
  fc.uint8Array(constraints).map(bytes => Buffer.from(bytes).toString('latin1'))
const wellKnown = fc.constantFrom('REQUEST_METHOD', 'PATH_INFO', 'QUERY_STRING', 'HTTP_HOST', 'HTTP_COOKIE', 'HTTP_ACCEPT', 'HTTP_X_A',
  'HTTPS', '__proto__', 'constructor', '0', '7')
const key = fc.oneof(wellKnown, byteText({ minLength: 1, maxLength: 20 }), byteText({ minLength: 1, maxLength: 300 }))
  .filter(key => key !== 'CONTENT_LENGTH')
const vars = fc.array(fc.tuple(key, byteText({ maxLength: 80 })), { maxLength: 60 })
const packets = fc.tuple(vars, fc.option(fc.nat(2000), { nil: undefined })).map(([vars, length]): { vars: Var[], content: Buffer } =>
  ({ vars: length === undefined ? vars : [...vars, ['CONTENT_LENGTH', String(length)]], content: Buffer.alloc(length ?? 0, 'content') }))

type Judged =
  | { outcome: 'incomplete' }
  | { outcome: 'refused', code: string, offset: number }
  | { outcome: 'complete', byteLength: number, vars: Var[] }
const refuse = (code: string, offset: number): Judged => ({ outcome: 'refused', code: `ERR_UWSGI_${code}`, offset })

/** The format and nothing else. CONTENT_LENGTH is judged as RFC 3875 section 4.1.2 has it, with 19 digits and 2^53-1 at most. */
function walk (bytes: Uint8Array): Judged {
  const u16 = (at: number): number => bytes[at]! + 256 * bytes[at + 1]!
  const text = (from: number, to: number): string => Buffer.from(bytes.subarray(from, to)).toString('latin1')
  if (bytes.length < 4 || bytes.length < 4 + u16(1)) return { outcome: 'incomplete' }
  const end = 4 + u16(1)
  const vars: Var[] = []
  let length: bigint | undefined
  let lengthFault: Judged | undefined
  for (let at = 4; at < end;) {
    const keyAt = at + 2
    if (keyAt > end) return refuse('KEY_LENGTH_TRUNCATED', at)
    const keyEnd = keyAt + u16(at)
    if (keyEnd === keyAt) return refuse('EMPTY_KEY', at)
    if (keyEnd > end) return refuse('KEY_OVERRUN', at)
    if (keyEnd + 2 > end) return refuse('VALUE_LENGTH_TRUNCATED', keyEnd)
    const valueAt = keyEnd + 2
    const valueEnd = valueAt + u16(keyEnd)
    if (valueEnd > end) return refuse('VALUE_OVERRUN', keyEnd)
    if (vars.length === 1000) return refuse('TOO_MANY_VARS', at)
    vars.push([text(keyAt, keyEnd), text(valueAt, valueEnd)])
    at = valueEnd
    const [name, value] = vars.at(-1)!
    if (name !== 'CONTENT_LENGTH' || lengthFault !== undefined || !requestModifiers.has(bytes[0]!)) continue
    const digits = /^[0-9]{0,19}/.exec(value)![0]
    if (digits.length < value.length) lengthFault = refuse('BAD_CONTENT_LENGTH', valueAt + digits.length)
    else if (BigInt(digits) >= 2n ** 53n) lengthFault = refuse('BAD_CONTENT_LENGTH', valueAt)
    else if (length !== undefined && length !== BigInt(digits)) lengthFault = refuse('CONTENT_LENGTH_CONFLICT', valueAt)
    length = BigInt(digits)
  }
  return lengthFault ?? { outcome: 'complete', byteLength: end, vars }
}

function judge (bytes: Uint8Array): Judged {
  try {
    const head = decodeUwsgi(bytes)
    return head === null ? { outcome: 'incomplete' } : { outcome: 'complete', byteLength: head.byteLength, vars: head.fields() }
  } catch (error) {
    if (error instanceof ProtocolError) return { outcome: 'refused', code: error.code, offset: error.offset }
    throw error
  }
}

describe('any variables', () => {
  it('come back as they were encoded, by every accessor', () => {
    fc.assert(fc.property(vars, fc.nat(255), fc.nat(255), (vars, modifier1, modifier2) => {
      const bytes = encodeUwsgi(vars, { modifier1, modifier2 })
      const head = decodeUwsgi(bytes, { duplicates: 'last' })!
      expect(bytes.equals(packet(vars, modifier1, modifier2))).toBe(true)
      expect([head.modifier1, head.modifier2, head.byteLength]).toEqual([modifier1, modifier2, bytes.length])
      expect(head.fields()).toEqual(vars)
      const last = new Map(vars)
      expect(new Map(Object.entries(head.environ))).toEqual(last)
      for (const [key, value] of last) {
        expect([head.get(key), Buffer.from(head.getBytes(key)!).toString('latin1'), head.has(key)]).toEqual([value, value, true])
      }
      expect(decodeUwsgi(encodeUwsgi(head.environ))!.environ).toEqual(head.environ)
    }), { numRuns: 400 })
  })

  it('agree among get, getBytes, has, fields and environ under each policy', () => {
    const few = fc.array(fc.tuple(wellKnown, byteText({ maxLength: 3 })), { maxLength: 12 })
    fc.assert(fc.property(few, fc.constantFrom('join' as const, 'last' as const), (vars, duplicates) => {
      for (let seen = 0; seen < 8; seen++) {
        const head = decodeUwsgi(packet(vars), { duplicates })!
        const names = new Set([...vars.map(([key]) => key), 'HTTP_HOST', 'constructor'])
        const { environ } = head
        for (const name of names) {
          const own = Object.getOwnPropertyDescriptor(environ, name)?.value as string | undefined
          const bytes = head.getBytes(name)
          expect([head.get(name), bytes && Buffer.from(bytes).toString('latin1'), head.has(name)]).toEqual([own, own, own !== undefined])
        }
        expect(head.fields()).toEqual(vars)
        expect(Object.keys(environ).sort()).toEqual([...new Set(vars.map(([key]) => key))].sort())
      }
    }), { numRuns: 300 })
  })
})

describe('any cuts', () => {
  it('of any request give what the whole gives', () => {
    fc.assert(fc.property(packets, fc.array(fc.nat(6000), { maxLength: 30 }), fc.uint8Array({ maxLength: 20 }),
      ({ vars, content }, anywhere, behind) => {
      const bytes = Buffer.concat([packet(vars), content, behind])
      const cuts = anywhere.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b)
      const decoder = new RequestDecoder({ protocol: 'uwsgi', duplicates: 'last' })
      const out = stream(decoder, bytes, cuts, true)
      expect([out.error, out.order]).toEqual([undefined, content.length > 0 ? 'head content end' : 'head end'])
      expect(out.heads[0]!.fields()).toEqual(vars)
      expect(out.content.equals(content)).toBe(true)
      expect(Buffer.from(decoder.rest()).equals(Buffer.from(behind))).toBe(true)
    }), { numRuns: 400 })
  })

  it('of any bytes give the refusal that the whole gives', () => {
    const noise = fc.tuple(fc.constantFrom(0, 0, 5, 30, 111), fc.uint8Array({ maxLength: 60 }))
      .map(([modifier1, payload]) => packetOf(payload, modifier1))
    fc.assert(fc.property(noise, fc.array(fc.nat(64), { maxLength: 6 }), (bytes, anywhere) => {
      const whole = stream(new RequestDecoder({ protocol: 'uwsgi' }), bytes, [], true)
      const cuts = anywhere.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b)
      const cut = stream(new RequestDecoder({ protocol: 'uwsgi' }), bytes, cuts, true)
      expect([cut.order, cut.error]).toEqual([whole.order, whole.error])
      const alone = judge(bytes)
      if (!requestModifiers.has(bytes[0]!) || alone.outcome !== 'refused') return
      expect(whole.error).toMatchObject({ code: alone.code, offset: alone.offset })
    }), { numRuns: 600 })
  })
})

describe('any packet is judged as the reference walk judges it', () => {
  it('when it is noise', () => {
    const small = fc.array(fc.oneof(fc.constantFrom(0, 1, 2, 3), fc.nat(255)), { maxLength: 60 })
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), small.map(payload => packetOf(payload))), bytes => {
      expect(judge(bytes)).toEqual(walk(bytes))
    }), { numRuns: 3000 })
  })

  it('when it is made of pieces that fit more or less', () => {
    const piece = fc.oneof(
      fc.tuple(key, byteText({ maxLength: 9 })).map(([key, value]) => Buffer.concat([item(key), item(value)])),
      fc.constantFrom('', '0', '5', '05', '6', '+5', '5x', '9007199254740992', '0'.repeat(20), 'x'.repeat(25), '1'.repeat(19) + 'x')
        .map(value => Buffer.concat([item('CONTENT_LENGTH'), item(value)])),
      fc.uint8Array({ maxLength: 3 }).map(bytes => Buffer.from(bytes))
    )
    fc.assert(fc.property(fc.array(piece, { maxLength: 6 }), fc.constantFrom(0, 30, 111), fc.uint8Array({ maxLength: 9 }),
      (pieces, modifier1, behind) => {
      const bytes = Buffer.concat([packetOf(Buffer.concat(pieces), modifier1), behind])
      expect(judge(bytes)).toEqual(walk(bytes))
    }), { numRuns: 3000 })
  })

  it('when it is a recorded one with some bytes changed, cut or added', () => {
    const small = packetCases.filter(({ byteLength }) => byteLength < 4000)
    const recorded = fc.constantFrom(...small.map(({ bytes, byteLength }) => bytes.subarray(0, byteLength)))
    const change = fc.tuple(fc.nat(4000), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 255)))
    fc.assert(fc.property(recorded, fc.array(change, { maxLength: 4 }), fc.integer({ min: -9, max: 9 }), (original, changes, size) => {
      const bytes = Buffer.concat([original, Buffer.alloc(Math.max(0, size))]).subarray(0, original.length + size)
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      expect(judge(bytes)).toEqual(walk(bytes))
    }), { numRuns: 3000 })
  })
})

describe('any array', () => {
  it('has the items that were put into it', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 50 }), fc.uint8Array({ maxLength: 9 }),
      (items, behind) => {
      const payload = Buffer.concat(items.map(bytes => item(Buffer.from(bytes).toString('latin1'))))
      const array = decodeUwsgiArray(Buffer.concat([packetOf(payload, 173), behind]))!
      expect([array.byteLength, array.items.map(bytes => Buffer.from(bytes).toString('latin1'))])
        .toEqual([4 + payload.length, items.map(bytes => Buffer.from(bytes).toString('latin1'))])
    }), { numRuns: 300 })
  })

  it('of noise is decoded, incomplete or refused', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), bytes => {
      try {
        const array = decodeUwsgiArray(bytes)
        if (array !== null) expect(array.items.reduce((sum, item) => sum + 2 + item.length, 4)).toBe(array.byteLength)
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError)
      }
    }), { numRuns: 1000 })
  })
})
