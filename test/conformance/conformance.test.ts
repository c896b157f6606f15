// Conformance: every recorded packet of every peer through the built package, as an application gets it. `npm run conformance` runs
// this file alone. Each packet decodes to what an independent decoder found in it, is incomplete at every cut, encodes back to the
// same bytes and streams the same however it is cut; each faulty one is refused for the right reason at the right byte.
import { describe, expect, it } from 'vitest'
import { arrayCases, faultyCases, packetCases, type PacketCase } from '../corpus/cases.js'
import { built } from '../built.js'
import { everyByte, stream } from '../stream.js'

const { decodeUwsgi, decodeUwsgiArray, encodeUwsgi, ProtocolError, RequestDecoder } = await built()

const isRefused = (code: unknown, offset: unknown, status = 400): unknown =>
  expect.objectContaining({ name: 'ProtocolError', code, offset, status })

/** Small packets are cut everywhere, large ones where buffers and length fields end. */
function cutsOf (length: number): number[] {
  if (length <= 2500) return everyByte(length)
  return [1, 2, 3, 4, 5, 7, 64, 65, 255, 256, 257, 1000, 4095, 4096, 4097, length - 2, length - 1].filter(cut => cut < length)
}

function distinct (vars: PacketCase['vars']): Array<[string, string]> {
  return vars.filter(([key]) => vars.filter(([other]) => other === key).length === 1)
}

describe.each(packetCases.filter(({ contentLength }) => contentLength !== undefined))('$file', test => {
  const { bytes, vars, byteLength, modifier1, modifier2, isRequest } = test
  const contentLength = test.contentLength!

  it('decodes', () => {
    const head = decodeUwsgi(bytes)!
    expect([head.byteLength, head.modifier1, head.modifier2]).toEqual([byteLength, modifier1, modifier2])
    expect(head.fields()).toEqual(vars)
    expect(head.framing).toEqual(contentLength > 0 ? { kind: 'length', length: contentLength } : { kind: 'none' })
    expect(Object.keys(head.environ).sort()).toEqual([...new Set(vars.map(([key]) => key))].sort())
    expect(Object.getPrototypeOf(Object.getPrototypeOf(head.environ))).toBeNull()
    expect([head.get('NO_SUCH_VAR'), head.has('NO_SUCH_VAR'), head.getBytes('NO_SUCH_VAR')]).toEqual([undefined, false, undefined])
    expect(distinct(vars).map(([key]) =>
      [head.get(key), head.environ[key], Buffer.from(head.getBytes(key)!).toString('latin1'), head.has(key)]))
      .toEqual(distinct(vars).map(([, value]) => [value, value, value, true]))
  })

  it('is incomplete at every cut', () => {
    expect([0, ...cutsOf(byteLength)].filter(cut => decodeUwsgi(bytes.subarray(0, cut)) !== null)).toEqual([])
  })

  it('encodes back to the same bytes', () => {
    expect(encodeUwsgi(vars, { modifier1, modifier2 }).equals(bytes.subarray(0, byteLength))).toBe(true)
  })

  it(`${isRequest ? 'streams the same' : 'is refused by a stream'} whole, cut and byte by byte`, () => {
    const recorded = bytes.length - byteLength
    const content = bytes.subarray(byteLength, byteLength + Math.min(contentLength, recorded))
    const short = recorded < contentLength
    const somewhere = [1, 3, 4, 5, 6, 20, byteLength - 1, byteLength, byteLength + 1].filter(cut => cut < bytes.length)
    for (const cuts of [[], ...somewhere.map(cut => [cut]), cutsOf(bytes.length)]) {
      const out = stream(new RequestDecoder({ protocol: 'uwsgi' }), bytes, cuts, true)
      if (!isRequest) {
        expect(out).toMatchObject({ order: '', error: isRefused('ERR_UWSGI_MODIFIER_NOT_A_REQUEST', 0, 501) })
        continue
      }
      expect(out.error).toEqual(short ? isRefused('ERR_UWSGI_CONTENT_TRUNCATED', bytes.length) : undefined)
      expect(out.heads[0]!.fields()).toEqual(vars)
      expect(out.order).toBe(['head', ...content.length > 0 ? ['content'] : [], ...short ? [] : ['end']].join(' '))
      expect(out.content.equals(content)).toBe(true)
    }
  })
})

describe.each(packetCases.filter(({ contentLength }) => contentLength === undefined))('$file', ({ bytes, vars }) => {
  it('is refused for its CONTENT_LENGTH', () => {
    const refused = isRefused('ERR_UWSGI_BAD_CONTENT_LENGTH', expect.any(Number))
    expect(() => decodeUwsgi(bytes)).toThrow(ProtocolError)
    expect(stream(new RequestDecoder({ protocol: 'uwsgi' }), bytes, everyByte(bytes.length), true))
      .toMatchObject({ order: '', error: refused })
    const value = vars.find(([key]) => key === 'CONTENT_LENGTH')![1]
    const stands = bytes.indexOf(Buffer.from(`CONTENT_LENGTH${String.fromCharCode(value.length)}\0${value}`, 'latin1')) + 16
    expect(stream(new RequestDecoder({ protocol: 'uwsgi' }), bytes, [], true).error)
      .toMatchObject({ offset: stands + value.search(/[^0-9]/) })
  })
})

describe.each(faultyCases.filter(({ refusal }) => refusal !== undefined))('$file', ({ bytes, refusal }) => {
  it('is refused, whole and in a stream', () => {
    const refused = isRefused(refusal!.code, refusal!.offset)
    for (const cuts of [[], everyByte(bytes.length)]) {
      expect(stream(new RequestDecoder({ protocol: 'uwsgi' }), bytes, cuts, false)).toMatchObject({ order: '', error: refused })
    }
    expect(() => decodeUwsgi(bytes)).toThrow(expect.objectContaining(refusal))
  })
})

describe.each(faultyCases.filter(({ refusal }) => refusal === undefined))('$file', ({ bytes }) => {
  it('is incomplete until the peer closes', () => {
    // One of them is not uwsgi at all: its first byte announces no request, which a stream says at once.
    const foreign = bytes[0] === 0 ? undefined : isRefused('ERR_UWSGI_MODIFIER_NOT_A_REQUEST', 0, 501)
    expect(decodeUwsgi(bytes)).toBeNull()
    for (const cuts of [[], everyByte(bytes.length)]) {
      expect(stream(new RequestDecoder({ protocol: 'uwsgi' }), bytes, cuts, false)).toMatchObject({ order: '', error: foreign })
      expect(stream(new RequestDecoder({ protocol: 'uwsgi' }), bytes, cuts, true))
        .toMatchObject({ order: '', error: foreign ?? isRefused('ERR_UWSGI_PACKET_TRUNCATED', bytes.length) })
    }
  })
})

describe.each(arrayCases)('$file', ({ bytes, byteLength, items }) => {
  it('decodes as an array, and is incomplete at every cut', () => {
    const array = decodeUwsgiArray(bytes)!
    expect(array.byteLength).toBe(byteLength)
    expect(array.items.map(bytes => Buffer.from(bytes).toString('latin1'))).toEqual(items)
    expect([0, ...cutsOf(byteLength)].filter(cut => decodeUwsgiArray(bytes.subarray(0, cut)) !== null)).toEqual([])
  })
})

it('knows recordings of all four peers', () => {
  const peers = new Set(packetCases.map(({ file }) => file.split('-')[0]))
  expect([...peers].sort()).toEqual(['apache', 'lighttpd', 'nginx', 'uwsgi'])
  expect([packetCases.length, arrayCases.length, faultyCases.length]).toEqual([112, 9, 9])
})
