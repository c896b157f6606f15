// Code of the caller that runs inside a call: getters of options, environs and headers, iterators, proxies, classes of bytes with code of
// their own. It may call anything again, and take memory away: the call around it answers as it would have, or says what is missing.
import { describe, expect, it } from 'vitest'
import {
  decodeHttp, type DecodeOptions, decodeUwsgi, decodeUwsgiArray, encodeResponseHead, encodeUwsgi, ProtocolError, RequestDecoder,
  type RequestDecoderOptions, ResponseDecoder, transcodeHttpToUwsgi, type TranscodeOptions, wsgiEnviron
} from '../src/index.js'
import { arrayPacket, packet } from './packet.js'

type Act = () => void
const none: Act = () => {}
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
const request = 'POST /app/a%20b?c HTTP/1.1\r\nHost: h\r\nX_Y: 1\r\nA: b\r\nA: c\r\nContent-Length: 3\r\n\r\n'
const many = packet(Array.from({ length: 900 }, (_, i): [string, string] => [`K${i}`, '']))
const text = (given: Uint8Array): string => Buffer.from(given).toString('latin1')
/** What a call gave, or the code of what it threw. */
const outcome = (call: () => unknown): unknown => {
  try {
    return call()
  } catch (error) {
    const { name, code } = error as { name: string, code?: string }
    if (code === undefined) throw error
    return `${name} ${code}`
  }
}
const read = (head: { environ: Record<string, string>, fields: () => unknown } | null): unknown => head && [head.environ, head.fields()]

/** Decoders that are under way all the time: what runs inside others must not mix up with them. */
const underWay = new RequestDecoder({ protocol: 'http' })
underWay.push(bytes('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n'))
underWay.next()
const answers = new ResponseDecoder()

const acts: Array<[string, Act]> = [
  ['nothing', none],
  ['encodes a packet', () => { expect(text(encodeUwsgi([['INNER', 'x'.repeat(300)]]))).toBe(text(packet([['INNER', 'x'.repeat(300)]]))) }],
  ['encodes a response head', () => {
    expect(encodeResponseHead(204, { inner: 'a' }).toString()).toBe('HTTP/1.1 204 No Content\r\ninner: a\r\n\r\n')
  }],
  ['fails to encode', () => {
    expect(outcome(() => encodeUwsgi([['A', 'b'], ['', 'c']]))).toBe('RangeError ERR_EMPTY_KEY')
    expect(outcome(() => encodeResponseHead(200, { 'a b': 'c' }))).toBe('RangeError ERR_INVALID_FIELD_NAME')
  }],
  ['decodes by other rules', () => {
    const limits = { maxVars: 1, maxPacketBytes: 12 }
    expect(outcome(() => decodeUwsgi(packet([['A', 'b'], ['C', 'd']]), { limits }))).toBe('ProtocolError ERR_UWSGI_TOO_MANY_VARS')
    const head = decodeHttp(bytes('GET /other/x HTTP/1.0\r\nA_B: 1\r\n\r\n'), { mount: '/other', underscores: 'keep' })!
    expect(head.get('HTTP_A_B')).toBe('1')
  }],
  ['makes packets of heads', () => {
    const set = { INNER: '1', SERVER_NAME: undefined }
    const { packet: made } = transcodeHttpToUwsgi(bytes('GET / HTTP/1.0\r\n\r\n'), { modifier1: 7, set })!
    expect([made[0], decodeUwsgi(made)!.get('INNER'), decodeUwsgi(made)!.has('SERVER_NAME')]).toEqual([7, '1', false])
  }],
  ['decodes an array', () => {
    expect(decodeUwsgiArray(arrayPacket(['a', '', 'b'.repeat(500)]))!.items.map(item => item.length)).toEqual([1, 0, 500])
  }],
  ['goes round the ring', () => { for (let i = 0; i < 80; i++) decodeUwsgi(many) }],
  ['reads on in other streams', () => {
    underWay.push(bytes('3\r\nabc\r\n'))
    expect(text((underWay.next() as { bytes: Uint8Array }).bytes)).toBe('abc')
    const decoder = new ResponseDecoder()
    decoder.push(bytes('HTTP/1.1 404 No\r\nA: b\r\nContent-Le'))
    expect([decoder.next(), answers.next()]).toEqual([null, null])
    decoder.push(bytes('ngth: 1\r\n\r\n1'))
    expect(decoder.next()).toMatchObject({ type: 'head', head: { status: 404, headers: [['A', 'b'], ['Content-Length', '1']] } })
  }]
]

/** The same object, with a getter in place of each property that runs `act` first. */
function withGetters<T extends object> (given: T, act: Act): T {
  const made: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(given)) {
    const plain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
    const get = (): unknown => {
      act()
      return plain ? withGetters(value as object, act) : value as unknown
    }
    Object.defineProperty(made, key, { enumerable: true, get })
  }
  return made as T
}
/** The same object, behind a proxy that runs `act` in each trap. */
function proxied<T extends object> (given: T, act: Act): T {
  const traps = ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf'] as const
  return new Proxy(given, Object.fromEntries(traps.map(trap => [trap, (...args: unknown[]) => {
    act()
    return (Reflect[trap] as (...args: unknown[]) => unknown)(...args)
  }])))
}
function * iterated<T> (values: readonly T[], act: Act): Generator<T> {
  for (const value of values) {
    act()
    yield value
  }
}

const decoding: DecodeOptions = { mount: '/app', underscores: 'keep', duplicates: 'last', limits: { maxVars: 9, maxHeadBytes: 900 },
  connection: { remoteAddress: '1.2.3.4', remotePort: 5, localPort: 6, serverName: 's', scheme: 'https' } }
const encoding = { modifier1: 3, modifier2: 4, set: { A: 'replaced', NEW: 'n', REMOTE_PORT: undefined } }
const vars: Array<[string, string]> = [['A', 'b'], ['C', 'd'], ['__proto__', 'e']]
const environ = { A: 'b', C: 'd', 'X-Y': '' }
const headers = { a: 'b', 'Set-Cookie': ['c', 'd'], e: '' }
const ways = [withGetters, proxied]
const hosts: Array<[string, (act: Act) => unknown]> = ways.flatMap((way): Array<[string, (act: Act) => unknown]> => [
  [`decodeUwsgi, options ${way.name}`, act => read(decodeUwsgi(packet(vars), way(decoding, act)))],
  [`decodeUwsgiArray, options ${way.name}`, act => decodeUwsgiArray(arrayPacket(['a', 'bc']), way(decoding, act))!.items.map(text)],
  [`decodeHttp, options ${way.name}`, act => read(decodeHttp(bytes(request), way(decoding, act)))],
  [`transcodeHttpToUwsgi, options ${way.name}`, act => {
    const options: TranscodeOptions = way({ ...decoding, ...encoding }, act)
    const { packet, head } = transcodeHttpToUwsgi(bytes(request), options)!
    return [text(packet), read(head)]
  }],
  [`transcodeHttpToUwsgi, set ${way.name}`, act => text(transcodeHttpToUwsgi(bytes(request), { set: way(encoding.set, act) })!.packet)],
  [`encodeUwsgi, options ${way.name}`, act => text(encodeUwsgi(vars, way(encoding, act)))],
  [`encodeUwsgi, environ ${way.name}`, act => text(encodeUwsgi(way(environ, act), { set: way(encoding.set, act) }))],
  [`encodeResponseHead, headers ${way.name}`, act => encodeResponseHead(200, way(headers, act)).toString()],
  [`RequestDecoder, options ${way.name}`, act => {
    const decoder = new RequestDecoder(way({ ...decoding, protocol: 'http' } satisfies RequestDecoderOptions, act))
    decoder.push(bytes(`${request}abc`))
    return [...decoder].map(event => event.type === 'head' ? read(event.head) : event.type === 'content' ? text(event.bytes) : event)
  }],
  [`ResponseDecoder, options ${way.name}`, act => {
    const decoder = new ResponseDecoder(way({ method: 'HEAD' }, act))
    decoder.push(bytes('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n'))
    return [...decoder]
  }],
  [`wsgiEnviron, server ${way.name}`, act => wsgiEnviron(decodeHttp(bytes(request))!, way({ input: 1, errors: 2, runOnce: true }, act))]
])
hosts.push(
  ['encodeUwsgi, pairs of an iterator', act => text(encodeUwsgi(iterated(vars, act), encoding))],
  ['encodeUwsgi, pairs with getters', act => text(encodeUwsgi(vars.map(pair => proxied(pair, act))))],
  ['encodeResponseHead, pairs of an iterator', act => encodeResponseHead('200 Fine', iterated(vars.slice(0, 2), act)).toString()]
)

describe.each(hosts)('%s', (_, host) => {
  const expected = host(none)

  it.each(acts)('is what it would have been when its caller %s in between', (_, act) => {
    expect(host(act)).toEqual(expected)
    expect(host(none)).toEqual(expected)
  })

  it('passes on what its caller throws in between, and works the next time', () => {
    for (let after = 0; after < 12; after++) {
      const mine = new Error('mine')
      let left = after
      const act = (): void => { if (left-- === 0) throw mine }
      try {
        expect(host(act)).toEqual(expected)
      } catch (error) {
        expect(error).toBe(mine)
      }
      expect(host(none)).toEqual(expected)
    }
  })
})

describe('bytes that go away while options are read', () => {
  const takers: Array<[string, (bytes: Uint8Array, options: DecodeOptions) => unknown]> = [
    ['decodeUwsgi', decodeUwsgi], ['decodeUwsgiArray', decodeUwsgiArray], ['decodeHttp', decodeHttp],
    ['transcodeHttpToUwsgi', transcodeHttpToUwsgi],
    ['transcodeHttpToUwsgi with set', (given, { mount }) => transcodeHttpToUwsgi(given, { set: { get A () { return mount as string } } })]
  ]

  it.each(takers)('are refused by %s', (_, take) => {
    const given = bytes(request)
    const options = { get mount () { structuredClone(given.buffer, { transfer: [given.buffer as ArrayBuffer] }); return '' } }
    expect(outcome(() => take(given, options))).toBe('TypeError ERR_DETACHED_BYTES')
  })

  it('are refused as a value to encode', () => {
    const given = bytes('value')
    function * pairs (): Generator<[string, Uint8Array]> {
      structuredClone(given.buffer, { transfer: [given.buffer as ArrayBuffer] })
      yield ['A', given]
    }
    expect(outcome(() => encodeUwsgi(pairs()))).toBe('TypeError ERR_DETACHED_BYTES')
  })
})

describe('a class of bytes with code of its own', () => {
  let act = none
  let inside = false
  const run = (): void => {
    if (inside) return
    inside = true
    try { act() } finally { inside = false }
  }
  class Strange extends Uint8Array<ArrayBuffer> {
    static get [Symbol.species] (): Uint8ArrayConstructor { run(); return Uint8Array }
    override get buffer (): ArrayBuffer { run(); return super.buffer }
    override get byteOffset (): number { run(); return super.byteOffset }
    override get length (): number { run(); return super.length }
    override subarray (begin?: number, end?: number): Uint8Array<ArrayBuffer> { run(); return super.subarray(begin, end) }
  }
  const strange = (given: Uint8Array): Strange => {
    const before = act
    act = none
    try { return Strange.from(given) as Strange } finally { act = before }
  }
  const stream = (decoder: RequestDecoder | ResponseDecoder, given: Uint8Array, size: number): unknown => {
    const seen: unknown[] = []
    for (let at = 0; at < given.length; at += size) {
      decoder.push(strange(given.subarray(at, at + size)))
      for (const event of decoder) {
        if (event.type === 'content') seen.push(text(event.bytes))
        else if (event.type === 'end') seen.push(event)
        else seen.push('fields' in event.head ? read(event.head) : event.head)
      }
    }
    return seen
  }
  const chunked = bytes('POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n' +
    '5\r\nabcde\r\n2\r\nfg\r\n0\r\nA: b\r\nC: d\r\n\r\n')
  const sent = Buffer.concat([packet([['CONTENT_LENGTH', '5']]), bytes('hello')])
  const response = bytes('HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 9\r\n\r\n123456789')
  const hosts: Array<[string, () => unknown]> = [
    ['decodeUwsgi', () => read(decodeUwsgi(strange(packet(vars))))],
    ['decodeUwsgiArray', () => {
      const { items, byteLength } = decodeUwsgiArray(strange(arrayPacket(['a', '', 'bcd', 'e'])))!
      return [items.map(text), byteLength]
    }],
    ['decodeHttp', () => read(decodeHttp(strange(bytes(request)), { underscores: 'keep' }))],
    ['get and getBytes', () => {
      const head = decodeHttp(strange(bytes(request)))!
      const names = ['HTTP_HOST', 'CONTENT_LENGTH', 'HTTP_A', 'PATH_INFO']
      return names.map(name => [head.get(name), text(head.getBytes(name)!), head.get(name)])
    }],
    ['detach', () => read(decodeHttp(strange(bytes(request)))!.detach())],
    ['transcodeHttpToUwsgi', () => text(transcodeHttpToUwsgi(strange(bytes(request)))!.packet)],
    ['transcodeHttpToUwsgi with set', () => text(transcodeHttpToUwsgi(strange(bytes(request)), { set: { A: 'b' }, modifier1: 3 })!.packet)],
    ['a value of encodeUwsgi', () => text(encodeUwsgi([['A', strange(bytes('value'))], ['B', 'c']]))],
    ['uwsgi requests', () => stream(new RequestDecoder({ protocol: 'uwsgi' }), sent, 100)],
    ['uwsgi requests in pieces', () => stream(new RequestDecoder({ protocol: 'uwsgi' }), sent, 3)],
    ['HTTP requests', () => stream(new RequestDecoder({ protocol: 'http' }), chunked, 1000)],
    ['HTTP requests in pieces', () => stream(new RequestDecoder({ protocol: 'http' }), chunked, 11)],
    ['responses', () => stream(new ResponseDecoder(), response, 1000)],
    ['responses in pieces', () => stream(new ResponseDecoder(), response, 7)]
  ]

  it.each(hosts)('gets right answers from %s', (_, host) => {
    act = none
    const expected = host()
    for (const [, other] of acts) {
      act = other
      expect(host()).toEqual(expected)
      act = none
      expect(host()).toEqual(expected)
    }
  })

  it('cannot ask a decoder from within its own call', () => {
    const decoder = new RequestDecoder({ protocol: 'http' })
    const codes: unknown[] = []
    const given = strange(chunked)
    decoder.push(given)
    act = () => { codes.push(outcome(() => decoder.next())) }
    const events = outcome(() => [...decoder].length)
    act = none
    expect(typeof events === 'number' || events === 'TypeError ERR_DECODER_INTERRUPTED').toBe(true)
    expect(codes.length).toBeGreaterThan(0)
    for (const code of codes) expect([null, 'TypeError ERR_DECODER_INTERRUPTED']).toContain(code)
  })
})

it('ProtocolErrors from within are those of the calls within', () => {
  const options = { get mount (): string { decodeHttp(bytes('bad\r\n\r\n')); return '' } }
  expect(() => decodeHttp(bytes(request), options)).toThrow(ProtocolError)
  expect(decodeHttp(bytes(request))!.get('REQUEST_METHOD')).toBe('POST')
})
