// decodeHttp and transcodeHttpToUwsgi as an application sees them: what a head says of itself, the options, lifetime, misuse. Which bytes
// are accepted and what they become is in http-corpus.test.ts and http-properties.test.ts.
import { describe, expect, it } from 'vitest'
import { type DecodeOptions, decodeHttp, decodeUwsgi, type RequestHead, transcodeHttpToUwsgi, wsgiEnviron } from '../src/index.js'

const head = (...lines: string[]): Buffer => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
const decode = (bytes: Uint8Array, options?: DecodeOptions): RequestHead => decodeHttp(bytes, options)!
const get = (target: string, ...fields: string[]): Buffer => head(`GET ${target} HTTP/1.1`, 'Host: shop.example', ...fields)
const post = (...fields: string[]): Buffer => head('POST /form HTTP/1.1', 'Host: shop.example', ...fields)
const latin1 = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString('latin1')

describe('a head', () => {
  it('says what it is and how long', () => {
    const bytes = Buffer.concat([get('/'), Buffer.from('content')])
    const { protocol, byteLength, modifier1, modifier2, framing } = decode(bytes)
    expect({ protocol, byteLength, modifier1, modifier2, framing })
      .toEqual({ protocol: 'http', byteLength: bytes.length - 7, modifier1: 0, modifier2: 0, framing: { kind: 'none' } })
  })

  it('counts an empty line before it as its own', () => {
    const bytes = Buffer.concat([Buffer.from('\r\n'), get('/x')])
    expect(decode(bytes).byteLength).toBe(bytes.length)
    expect(decode(bytes).get('PATH_INFO')).toBe('/x')
    expect(decode(bytes).detach().get('PATH_INFO')).toBe('/x')
  })

  it.each([
    [['Content-Length: 5'], { kind: 'length', length: 5 }], [['Content-Length: 0'], { kind: 'none' }],
    [['content-length: 9007199254740991'], { kind: 'length', length: 2 ** 53 - 1 }],
    [['Transfer-Encoding: chunked'], { kind: 'chunked' }], [[], { kind: 'none' }]
  ])('with %j is framed as %j', (fields, framing) => {
    expect(decode(post(...fields)).framing).toEqual(framing)
  })

  it.each([
    ['HTTP/1.1', [], true], ['HTTP/1.1', ['Connection: close'], false], ['HTTP/1.1', ['Connection: foo, CLOSE'], false],
    ['HTTP/1.1', ['Connection: keep-alive', 'X: y', 'Connection: close'], false], ['HTTP/1.1', ['Connection: closed'], true],
    ['HTTP/1.0', [], false], ['HTTP/1.0', ['Connection: Keep-Alive'], true], ['HTTP/1.0', ['Connection: keep-alive, close'], false],
    ['HTTP/1.1', ['Connection: ,,'], true]
  ])('%s with %j: keepAlive is %j', (version, fields, keepAlive) => {
    expect(decode(head(`GET / ${version}`, 'Host: a', ...fields)).keepAlive).toBe(keepAlive)
  })

  it.each([
    ['HTTP/1.1', '100-continue', true], ['HTTP/1.1', '100-Continue, 100-continue', true], ['HTTP/1.0', '100-continue', false],
    ['HTTP/1.0', 'anything', false], ['HTTP/1.1', '', false]
  ])('%s with Expect: %s: expectContinue is %j', (version, value, expectContinue) => {
    expect(decode(head(`POST / ${version}`, 'Host: a', 'Content-Length: 3', `Expect: ${value}`)).expectContinue).toBe(expectContinue)
  })

  it.each([
    [['Upgrade: websocket', 'Connection: Upgrade'], 'websocket'], [['Upgrade: h2c, websocket', 'Connection: keep-alive, upgrade'], 'h2c, websocket'],
    [['Upgrade: a', 'Connection: upgrade', 'Upgrade: b'], 'a, b'], [['Upgrade: websocket'], undefined], [['Connection: upgrade'], undefined],
    [['Upgrade: h2c', 'Connection: upgrade', 'Content-Length: 2'], undefined]
  ])('with %j: upgrade is %j', (fields, upgrade) => {
    expect(decode(get('/', ...fields)).upgrade).toBe(upgrade)
    expect(decode(head('GET / HTTP/1.0', ...fields)).upgrade).toBeUndefined()
  })

  it('has the field lines as they came', () => {
    const bytes = post('X-A: 1', 'Proxy: p', 'x_b:\t2 ', 'X-A: 3', 'Content-Length: 007')
    expect(decode(bytes).fields()).toEqual([['Host', 'shop.example'], ['X-A', '1'], ['Proxy', 'p'], ['x_b', '2'], ['X-A', '3'], ['Content-Length', '007']])
  })

  it('gives views on the input where the bytes stand there, and copies elsewhere', () => {
    const bytes = get('/plain', 'X-A: 1', 'X-B: view', 'X-A: 2')
    const seen = decode(bytes)
    for (const name of ['PATH_INFO', 'REQUEST_METHOD', 'HTTP_HOST', 'HTTP_X_B', 'RAW_URI']) expect(seen.getBytes(name)!.buffer).toBe(bytes.buffer)
    expect(latin1(seen.getBytes('HTTP_X_A'))).toBe('1, 2')
    expect(latin1(decode(get('/a%20b')).getBytes('PATH_INFO'))).toBe('/a b')
    expect(latin1(seen.getBytes('SERVER_NAME'))).toBe('localhost')
    seen.getBytes('HTTP_X_A')!.fill(0)
    expect(seen.get('HTTP_X_A')).toBe('1, 2')
  })

  it('has no variable but its own', () => {
    const seen = decode(get('/', '__proto__: no', '--proto--: yes', 'Constructor: c'))
    expect(Object.keys(seen.environ)).toContain('HTTP___PROTO__')
    expect([seen.environ['toString'], seen.get('toString'), seen.has('constructor'), seen.get('HTTP_CONSTRUCTOR')]).toEqual([undefined, undefined, false, 'c'])
    expect(seen.get('GATEWAY_INTERFACE') ?? seen.get('SERVER_SOFTWARE')).toBeUndefined()
  })
})

describe('heads of one traffic', () => {
  const options: DecodeOptions[] = [
    {}, { underscores: 'keep' }, { connection: { scheme: 'https' } }, { connection: { remotePort: 7, remoteAddress: '192.0.2.9' } }, { mount: '/a' },
    { underscores: 'keep', connection: { scheme: 'https', remotePort: 8 } }
  ]
  const expected = (i: number, target: string, absolute: boolean, option: DecodeOptions): Record<string, string> => {
    const { connection, mount, underscores } = option
    return {
      REQUEST_METHOD: 'GET', PATH_INFO: mount === undefined ? '/a/b' : '/b', QUERY_STRING: `i=${i}`, REQUEST_URI: target, RAW_URI: target,
      SERVER_PROTOCOL: 'HTTP/1.1', SCRIPT_NAME: mount ?? '', SERVER_NAME: 'localhost', SERVER_PORT: connection?.scheme === 'https' ? '443' : '80',
      REMOTE_ADDR: connection?.remoteAddress ?? '',
      ...(connection?.remotePort === undefined ? {} : { REMOTE_PORT: String(connection.remotePort) }),
      REQUEST_SCHEME: connection?.scheme ?? 'http', ...(connection?.scheme === 'https' ? { HTTPS: 'on' } : {}),
      HTTP_HOST: absolute ? 'other' : `shop${i}`, HTTP_X_A: `${i}`, ...(underscores === 'keep' ? { HTTP_X_B: 'kept' } : {})
    }
  }

  it('with equal field names, other options and forms of the target, keep apart', () => {
    const kept: Array<[RequestHead, Record<string, string>]> = []
    for (let i = 0; i < 600; i++) {
      const option = options[i % options.length]!
      const absolute = i % 7 === 0
      const target = `${absolute ? 'http://other' : ''}/${i % 5 === 0 ? '%61' : 'a'}/b?i=${i}`
      const seen = decode(head(`GET ${target} HTTP/1.1`, `Host: shop${i}`, `X-A: ${i}`, 'X_B: kept'), option)
      const environ = expected(i, target, absolute, option)
      if (i % 3 > 0) expect({ ...seen.environ }).toEqual(environ)
      expect(seen.get('HTTP_X_B')).toBe(environ['HTTP_X_B'])
      expect(seen.get('PATH_INFO')).toBe(environ['PATH_INFO'])
      kept.push([seen, environ])
    }
    // By now the index of the first ones has been written over.
    for (let i = 0; i < 300; i++) decodeHttp(get('/', ...Array.from({ length: 90 }, (_, n) => `X-${n}: ${i}`)))
    for (const [seen, environ] of kept) {
      for (const [name, value] of Object.entries(environ)) expect(seen.get(name)).toBe(value)
      expect({ ...seen.detach().environ }).toEqual(environ)
    }
  })

  it('mixed with packets keep apart from them', () => {
    for (let i = 0; i < 50; i++) {
      const { packet, head: seen } = transcodeHttpToUwsgi(get(`/${i}`, `X-A: ${i}`))!
      const back = decodeUwsgi(packet)!
      expect({ ...back.environ }).toEqual({ ...seen.environ })
      expect([back.get('HTTP_X_A'), seen.get('HTTP_X_A'), back.get('PATH_INFO')]).toEqual([`${i}`, `${i}`, `/${i}`])
    }
  })
})

describe('options', () => {
  it('take a socket as the connection, and read it once', () => {
    const socket = { remoteAddress: '::ffff:192.0.2.7', remotePort: 4711, localAddress: 'fe80::1%eth0', localPort: 8080, other: 1 }
    const option = { connection: socket }
    const read = (): unknown[] => ['REMOTE_ADDR', 'REMOTE_PORT', 'SERVER_NAME', 'SERVER_PORT', 'HTTPS'].map(name => decode(get('/'), option).get(name))
    expect(read()).toEqual(['192.0.2.7', '4711', '[fe80::1]', '8080', undefined])
    socket.remoteAddress = '198.51.100.1'
    expect(read()[0]).toBe('192.0.2.7')
  })

  it('take the names of a unix socket, which has none', () => {
    const { environ } = decode(get('/'), { connection: { remoteAddress: undefined, localPort: undefined, serverName: 'shop.example', scheme: 'https' } })
    expect(environ).toMatchObject({ SERVER_NAME: 'shop.example', SERVER_PORT: '443', REMOTE_ADDR: '', HTTPS: 'on', REQUEST_SCHEME: 'https' })
    expect('REMOTE_PORT' in environ).toBe(false)
  })

  it.each<[unknown]>([
    [{ connection: 1 }], [{ connection: null }], [{ connection: { scheme: 'ftp' } }], [{ connection: { serverName: '' } }],
    [{ connection: { serverName: 'a\r\nb' } }], [{ connection: { remoteAddress: 4 } }], [{ connection: { remotePort: '80' } }],
    [{ connection: { localPort: 65536 } }], [{ mount: 'app' }], [{ mount: '/' }], [{ mount: '/app/' }], [{ mount: '/\u0100' }], [{ mount: 5 }],
    [{ mount: `/${'x'.repeat(1024)}` }], [{ underscores: 'yes' }], [{ limits: { maxHeads: 1 } }]
  ])('refuse %j', option => {
    expect(() => decodeHttp(get('/'), option as DecodeOptions)).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_OPTION' }))
  })

  it.each([['maxFieldLines', 1001], ['maxHeadBytes', 65536], ['maxRequestLineBytes', -1], ['maxChunkLineBytes', 1.5]])('refuse limits.%s %d', (name, value) => {
    expect(() => decodeHttp(get('/'), { limits: { [name]: value } })).toThrow(expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' }))
  })

  it('hold each limit exactly', () => {
    const line = 'GET / HTTP/1.1'
    const bytes = get('/', 'X-A: 12345')
    const passing = { maxRequestLineBytes: line.length, maxFieldLineBytes: 'Host: shop.example'.length, maxFieldLines: 2, maxHeadBytes: bytes.length }
    expect(decode(bytes, { limits: passing }).get('HTTP_X_A')).toBe('12345')
    for (const [name, code, status] of [
      ['maxRequestLineBytes', 'ERR_HTTP_REQUEST_LINE_TOO_LONG', 414], ['maxFieldLineBytes', 'ERR_HTTP_FIELD_LINE_TOO_LONG', 431],
      ['maxFieldLines', 'ERR_HTTP_TOO_MANY_FIELDS', 431], ['maxHeadBytes', 'ERR_HTTP_HEAD_TOO_LARGE', 431]
    ] as const) {
      expect(() => decodeHttp(bytes, { limits: { ...passing, [name]: passing[name] - 1 } })).toThrow(expect.objectContaining({ code, status }))
    }
  })

  it('work at the largest limits: 1 000 field lines, 65 535 bytes', () => {
    const limits = { maxFieldLines: 1000, maxHeadBytes: 65535, maxFieldLineBytes: 65535, maxRequestLineBytes: 65535 }
    const many = get('/', ...Array.from({ length: 999 }, (_, i) => `X-${i % 500}: ${i}`))
    const seen = decode(many, { limits })
    expect(seen.get('HTTP_X_7')).toBe('7, 507')
    expect(Object.keys(seen.environ)).toHaveLength(12 + 500)
    expect(seen.detach().get('HTTP_X_499')).toBe('499')
    const long = get(`/${'%41'.repeat(10000)}`, `X: ${'v'.repeat(35000 - 68)}`)
    expect(decode(long, { limits }).get('PATH_INFO')).toBe(`/${'A'.repeat(10000)}`)
    expect(() => transcodeHttpToUwsgi(long, { limits })).toThrow(expect.objectContaining({ code: 'ERR_HTTP_PACKET_TOO_LARGE', status: 431 }))
  })
})

describe('bytes', () => {
  it.each<[string, unknown, string]>([
    ['a string', 'GET / HTTP/1.1', 'ERR_INVALID_ARG_TYPE'], ['an ArrayBuffer', new ArrayBuffer(8), 'ERR_INVALID_ARG_TYPE'],
    ['shared', new Uint8Array(new SharedArrayBuffer(8)), 'ERR_SHARED_BYTES'],
    ['resizable', new Uint8Array(new (ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer)(8, { maxByteLength: 16 })), 'ERR_RESIZABLE_BYTES'],
    ['detached', (() => { const bytes = new Uint8Array(8); structuredClone(bytes.buffer, { transfer: [bytes.buffer] }); return bytes })(), 'ERR_DETACHED_BYTES']
  ])('that are %s are a TypeError', (_, bytes, code) => {
    for (const call of [decodeHttp, transcodeHttpToUwsgi]) {
      expect(() => call(bytes as Uint8Array)).toThrow(expect.objectContaining({ name: 'TypeError', code }))
    }
  })

  it('may begin anywhere in their memory', () => {
    const memory = Buffer.concat([Buffer.alloc(13, 'x'), get('/a%41', 'X-A: 1', 'X-A: 2'), Buffer.alloc(5, 'y')])
    const seen = decode(memory.subarray(13))
    expect([seen.get('PATH_INFO'), seen.get('HTTP_X_A'), latin1(seen.getBytes('HTTP_HOST'))]).toEqual(['/aA', '1, 2', 'shop.example'])
  })

  it('that changed behind a head cost its answers, not the process', () => {
    for (const question of [(seen: RequestHead) => seen.environ, (seen: RequestHead) => seen.detach(), (seen: RequestHead) => seen.get('HTTP_X_A')]) {
      const bytes = get('/', 'X-A: 1')
      const seen = decode(bytes)
      for (let i = 0; i < 300; i++) decodeHttp(get('/', ...Array.from({ length: 90 }, (_, n) => `X-${n}: ${i}`)))
      bytes.fill(0x20)
      expect(() => question(seen)).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_BYTES_CHANGED' }))
    }
  })
})

describe('transcoding', () => {
  it('gives null for what is incomplete, and refuses what decodeHttp refuses', () => {
    expect(transcodeHttpToUwsgi(Buffer.from('GET / HTTP/1.1\r\n'))).toBeNull()
    expect(() => transcodeHttpToUwsgi(Buffer.from('GET / HTTP/1.1\n'))).toThrow(expect.objectContaining({ code: 'ERR_HTTP_BARE_LF', offset: 14 }))
  })

  it('gives packets that stay as they are', () => {
    const packets = Array.from({ length: 2000 }, (_, i) => transcodeHttpToUwsgi(get(`/${i}`, `X-A: ${'a'.repeat(i % 900)}`))!.packet)
    packets.forEach((packet, i) => expect(decodeUwsgi(packet)!.get('PATH_INFO')).toBe(`/${i}`))
  })

  it('replaces, adds and removes variables', () => {
    const set = { HTTP_HOST: 'other', HTTP_X_A: undefined, UWSGI_SCRIPT: 'app', REMOTE_ADDR: '192.0.2.1', NO: undefined }
    const { packet } = transcodeHttpToUwsgi(get('/', 'X-A: 1', 'X-Unknown: u'), { set, modifier1: 30, modifier2: 2 })!
    const seen = decodeUwsgi(packet)!
    expect([seen.get('HTTP_HOST'), seen.get('HTTP_X_A'), seen.get('UWSGI_SCRIPT'), seen.get('REMOTE_ADDR'), seen.has('NO'), seen.get('HTTP_X_UNKNOWN')])
      .toEqual(['other', undefined, 'app', '192.0.2.1', false, 'u'])
    expect([seen.modifier1, seen.modifier2]).toEqual([30, 2])
    expect(seen.fields().at(-1)).toEqual(['UWSGI_SCRIPT', 'app'])
  })

  it.each<[object, string, string]>([
    [{ modifier1: 256 }, 'RangeError', 'ERR_OUT_OF_RANGE'], [{ set: { '': 'x' } }, 'RangeError', 'ERR_EMPTY_KEY'],
    [{ set: { A: '\u0100' } }, 'RangeError', 'ERR_NOT_LATIN1'], [{ set: { A: 5 } }, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
    [{ set: 5 }, 'TypeError', 'ERR_INVALID_OPTION'], [{ set: { A: 'x'.repeat(65536) } }, 'RangeError', 'ERR_PACKET_TOO_LARGE']
  ])('refuses %j', (options, name, code) => {
    expect(() => transcodeHttpToUwsgi(get('/'), options)).toThrow(expect.objectContaining({ name, code }))
    expect(decodeUwsgi(transcodeHttpToUwsgi(get('/ok'))!.packet)!.get('PATH_INFO')).toBe('/ok')
  })
})

it('wsgiEnviron takes an HTTP head', () => {
  const environ = wsgiEnviron(decode(post('Transfer-Encoding: chunked'), { connection: { scheme: 'https' } }), { input: 'in', errors: 'err' })
  expect(environ).toMatchObject({ 'wsgi.url_scheme': 'https', 'wsgi.input': 'in', 'wsgi.input_terminated': true, PATH_INFO: '/form' })
  expect('CONTENT_LENGTH' in environ || 'HTTP_TRANSFER_ENCODING' in environ).toBe(false)
})
