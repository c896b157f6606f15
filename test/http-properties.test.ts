// What holds for any HTTP head that is accepted: its environ is that of the second opinion in http_reference.ts, however the head is asked,
// cut, kept or sent on, and whatever was decoded before it.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DecodeOptions, decodeHttp, decodeUwsgi, encodeUwsgi, ProtocolError, RequestDecoder, type RequestHead, transcodeHttpToUwsgi } from '../src/index.js'
import { environOf, headBytes, requests } from './http_reference.js'
import { everyByte, stream } from './stream.js'

interface Setting {
  options: DecodeOptions
  mount: string
  keep: boolean
  constants: Array<[string, string]>
}

const constants = (mount: string, ...rest: Array<[string, string]>): Array<[string, string]> => [['SCRIPT_NAME', mount], ...rest]
const plain: Array<[string, string]> = [['SERVER_NAME', 'localhost'], ['SERVER_PORT', '80'], ['REMOTE_ADDR', ''], ['REQUEST_SCHEME', 'http']]
const settings: Setting[] = [
  { options: {}, mount: '', keep: false, constants: constants('', ...plain) },
  { options: { mount: '/app' }, mount: '/app', keep: false, constants: constants('/app', ...plain) },
  { options: { underscores: 'keep' }, mount: '', keep: true, constants: constants('', ...plain) },
  {
    options: { connection: { remoteAddress: '2001:db8::7', remotePort: 4000, localAddress: '::ffff:192.0.2.1', localPort: 8443, scheme: 'https' } },
    mount: '',
    keep: false,
    constants: constants('', ['SERVER_NAME', '192.0.2.1'], ['SERVER_PORT', '8443'], ['REMOTE_ADDR', '2001:db8::7'], ['REMOTE_PORT', '4000'],
      ['REQUEST_SCHEME', 'https'], ['HTTPS', 'on'])
  },
  {
    options: { underscores: 'keep', mount: '/app', connection: { serverName: '::1', remotePort: 0 } },
    mount: '/app',
    keep: true,
    constants: constants('/app', ['SERVER_NAME', '[::1]'], ['SERVER_PORT', '80'], ['REMOTE_ADDR', ''], ['REMOTE_PORT', '0'], ['REQUEST_SCHEME', 'http'])
  }
]
const cases = fc.tuple(requests, fc.constantFrom(...settings))

/** The head, or undefined when its path is not below the mount point, as the second opinion has to say, too. */
function decode (bytes: Uint8Array, options: DecodeOptions): RequestHead | undefined {
  try {
    return decodeHttp(bytes, options)!
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError)
    expect(error).toMatchObject({ code: 'ERR_HTTP_OUTSIDE_MOUNT', status: 404 })
    return undefined
  }
}

describe('any HTTP head', () => {
  it('becomes the environ of the second opinion, in its order', () => {
    fc.assert(fc.property(cases, ([request, setting]) => {
      const bytes = headBytes(request)
      const expected = environOf(request, setting)
      // Several times: the first heads of a shape take the loop, later ones its constructor.
      for (let i = 0; i < 6; i++) expect(decode(bytes, setting.options) === undefined ? undefined : Object.entries(decode(bytes, setting.options)!.environ)).toEqual(expected)
    }), { numRuns: 400 })
  })

  it('gives the same values one by one, before and after its environ, attached and detached', () => {
    fc.assert(fc.property(cases, ([request, setting]) => {
      const bytes = headBytes(request)
      const head = decode(bytes, setting.options)
      const expected = environOf(request, setting)
      if (head === undefined || expected === undefined) return
      for (const each of [head, head.detach(), decodeHttp(bytes, setting.options)!]) {
        for (const [name, value] of expected) {
          expect(each.get(name)).toBe(value)
          expect(each.has(name)).toBe(true)
          expect(Buffer.from(each.getBytes(name)!).toString('latin1')).toBe(value)
        }
        expect([each.get('HTTP_PROXY'), each.has('HTTP_CONTENT_LENGTH'), each.getBytes('NO')]).toEqual([undefined, false, undefined])
        expect(Object.keys(each.environ)).toHaveLength(expected.length)
        expect(each.fields()).toEqual(request.fields.map(([name, value]) => [name, value]))
      }
    }), { numRuns: 200 })
  })

  it('is incomplete at every cut, and the same when it comes in pieces with others around it', () => {
    fc.assert(fc.property(cases, requests, ([request, setting], other) => {
      const bytes = headBytes(request)
      const expected = environOf(request, setting)
      if (expected === undefined) return
      for (let n = 0; n < bytes.length; n++) expect(decodeHttp(bytes.subarray(0, n), setting.options)).toBeNull()
      const content = decodeHttp(bytes, setting.options)!.framing.kind === 'none' ? Buffer.alloc(0) : undefined
      if (content === undefined) return
      const both = Buffer.concat([bytes, headBytes({ ...other, version: 'HTTP/1.1', fields: [['Host', 'h', '', '']] })])
      const cuts = everyByte(both.length)
      const { heads, error } = stream(new RequestDecoder({ ...setting.options, protocol: 'http' }), both, cuts, false)
      expect(Object.entries(heads[0]!.environ)).toEqual(expected)
      if (error === undefined) expect(heads).toHaveLength(heads[0]!.keepAlive ? 2 : 1)
    }), { numRuns: 60 })
  })

  it('becomes a packet with the same environ', () => {
    fc.assert(fc.property(cases, ([request, setting]) => {
      const bytes = headBytes(request)
      const expected = environOf(request, setting)
      if (expected === undefined) return
      const { packet, head } = transcodeHttpToUwsgi(bytes, { ...setting.options, modifier1: 5, modifier2: 1 })!
      const decoded = decodeUwsgi(packet)!
      expect(decoded.fields()).toEqual(expected)
      expect([decoded.modifier1, decoded.modifier2, decoded.byteLength]).toEqual([5, 1, packet.length])
      expect(Object.entries(head.environ)).toEqual(expected)
      expect(Buffer.compare(encodeUwsgi(head, { modifier1: 5, modifier2: 1 }), packet)).toBe(0)
    }), { numRuns: 400 })
  })

  it('becomes, with variables to replace, what the encoder makes of it', () => {
    const names = fc.constantFrom('HTTP_HOST', 'REMOTE_ADDR', 'HTTP_X_A', 'HTTP_COOKIE', 'PATH_INFO', 'RAW_URI', 'NEW', 'HTTP_X_FORWARDED_FOR', 'CONTENT_LENGTH')
    const set = fc.dictionary(names, fc.option(fc.string({ unit: 'binary-ascii', maxLength: 50 }), { nil: undefined }))
    fc.assert(fc.property(cases, set, ([request, setting], set) => {
      const bytes = headBytes(request)
      if (environOf(request, setting) === undefined) return
      const { packet, head } = transcodeHttpToUwsgi(bytes, { ...setting.options, set })!
      expect(packet.toString('latin1')).toBe(encodeUwsgi(head, { set }).toString('latin1'))
    }), { numRuns: 300 })
  })
})
