// RequestDecoder on HTTP connections: the order of events, pipelining, the ends of a connection, Upgrade. Which requests are accepted is
// in http-corpus.test.ts.
import { describe, expect, it } from 'vitest'
import { type DecoderEvent, type RequestDecoderOptions, RequestDecoder } from '../src/index.js'
import { everyByte, stream } from './stream.js'

const request = (line: string, ...fields: string[]): string => `${line} HTTP/1.1\r\nHost: h\r\n${fields.map(field => `${field}\r\n`).join('')}\r\n`
const get = (path: string, ...fields: string[]): string => request(`GET ${path}`, ...fields)
const bytes = (...parts: string[]): Buffer => Buffer.from(parts.join(''), 'latin1')
const decoder = (options: Partial<RequestDecoderOptions> = {}): RequestDecoder => new RequestDecoder({ ...options, protocol: 'http' })
const error = (code: string, status: number, offset: number): unknown => expect.objectContaining({ name: 'ProtocolError', code, status, offset })
const described = (event: DecoderEvent): unknown => {
  if (event.type === 'head') return event.head.get('PATH_INFO')
  return event.type === 'content' ? Buffer.from(event.bytes).toString() : event.trailers
}

const three = bytes(get('/1'), request('POST /2', 'Content-Length: 5'), 'hello', '\r\n', request('POST /3', 'Transfer-Encoding: chunked'),
  '3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 1\r\nx-b:  2 \r\n\r\n', get('/4'))

describe('pipelined requests', () => {
  it('come one behind the other, each with its end', () => {
    const seen = decoder()
    seen.push(three)
    expect([...seen].map(described)).toEqual(['/1', [], '/2', 'hello', [], '/3', 'abc', 'de', [['X-Sum', '1'], ['x-b', '2']], '/4', []])
    seen.end()
  })

  it.each([['byte by byte', everyByte(three.length)], ['in two pieces', [three.length >> 1]], ['in pieces of 7', everyByte(three.length).filter(i => i % 7 === 0)]])(
    'come the same %s', (_, cuts) => {
      const seen = stream(decoder(), three, cuts, true)
      expect(seen.heads.map(head => head.get('PATH_INFO'))).toEqual(['/1', '/2', '/3', '/4'])
      expect(seen.content.toString()).toBe('helloabcde')
      expect(seen.order).toBe('head end head content end head content end head end')
      expect(seen.error).toBeUndefined()
    })

  it('of which one is refused: those before it come first, then its error for ever', () => {
    const first = get('/1')
    const seen = decoder()
    seen.push(bytes(first, 'GET /2 HTTP/1.1\r\nHost: h\r\nBad Name: x\r\n\r\n', get('/3')))
    expect([seen.next()?.type, seen.next()?.type]).toEqual(['head', 'end'])
    const refused = error('ERR_HTTP_BAD_FIELD_NAME', 400, first.length + 29)
    for (let i = 0; i < 3; i++) expect(() => seen.next()).toThrow(refused)
    seen.push(bytes(get('/4')))
    expect(() => seen.next()).toThrow(refused)
    expect(() => seen.end()).toThrow(refused)
  })

  it('count the offsets of errors from the first byte of the connection, in heads that come in pieces as well', () => {
    const first = bytes(get('/1'), request('POST /2', 'Content-Length: 3'), 'abc')
    const whole = Buffer.concat([first, bytes('GET /\x01 HTTP/1.1\r\nHost: h\r\n\r\n')])
    for (const cuts of [[], everyByte(whole.length), [first.length + 2]]) {
      expect(stream(decoder(), whole, cuts, false).error).toEqual(error('ERR_HTTP_BAD_TARGET', 400, first.length + 5))
    }
    const chunked = bytes(get('/1'), request('POST /', 'Transfer-Encoding: chunked'))
    const faulty = Buffer.concat([chunked, bytes('5\r\nhelloXX')])
    for (const cuts of [[], everyByte(faulty.length)]) {
      expect(stream(decoder(), faulty, cuts, false).error).toEqual(error('ERR_HTTP_BAD_CHUNK_END', 400, chunked.length + 8))
    }
  })
})

describe('the end of a connection', () => {
  it.each([['Connection: close'], ['X: y', 'connection: x, Close']])('comes after a request with %s', (...fields) => {
    const seen = decoder()
    seen.push(bytes(get('/1', ...fields), get('/2'), '\x16\x03\x01'))
    expect([...seen].map(event => event.type)).toEqual(['head', 'end'])
    expect(Buffer.from(seen.rest()).toString('latin1')).toBe(`${get('/2')}\x16\x03\x01`)
    seen.push(bytes('more'))
    expect(seen.next()).toBeNull()
    seen.end()
  })

  it.each<[string, string, string, number?]>([
    ['nothing', '', ''], ['a request', get('/'), ''], ['an empty line', '\r\n', ''], ['half an empty line', `${get('/')}\r`, ''],
    ['a request line', 'GET / HTTP/1.1\r\n', 'ERR_HTTP_HEAD_TRUNCATED'], ['one byte', 'G', 'ERR_HTTP_HEAD_TRUNCATED'],
    ['an empty line and one byte', '\r\nG', 'ERR_HTTP_HEAD_TRUNCATED'],
    ['half the content', `${request('POST /', 'Content-Length: 4')}ab`, 'ERR_HTTP_CONTENT_TRUNCATED'],
    ['a chunk', `${request('POST /', 'Transfer-Encoding: chunked')}2\r\nab\r\n`, 'ERR_HTTP_CONTENT_TRUNCATED'],
    ['half the trailers', `${request('POST /', 'Transfer-Encoding: chunked')}0\r\nA: b\r\n`, 'ERR_HTTP_CONTENT_TRUNCATED'],
    ['the last chunk', `${request('POST /', 'Transfer-Encoding: chunked')}0\r\n\r\n`, '']
  ])('after %s', (_, text, code) => {
    for (const cuts of [[], everyByte(text.length)]) {
      const seen = stream(decoder(), bytes(text), cuts, true)
      expect(seen.error).toEqual(code === '' ? undefined : error(code, 400, text.length))
    }
  })

  it('lets what has come be read', () => {
    const seen = decoder()
    const cut = bytes(request('POST /', 'Content-Length: 9'), 'four')
    const truncated = error('ERR_HTTP_CONTENT_TRUNCATED', 400, cut.length)
    seen.push(cut)
    expect(() => seen.end()).toThrow(truncated)
    expect([seen.next()?.type, Buffer.from((seen.next() as { bytes: Uint8Array }).bytes).toString()]).toEqual(['head', 'four'])
    expect(() => seen.next()).toThrow(truncated)
  })

  const first = `${request('POST /1', 'Content-Length: 5')}hello`
  it.each([
    ['a head', 'GET / HT', 'HEAD', ['head', 'content', 'end']],
    ['content', `${request('POST /2', 'Content-Length: 10')}abc`, 'CONTENT', ['head', 'content', 'end', 'head', 'content']],
    ['a chunk', `${request('POST /2', 'Transfer-Encoding: chunked')}5\r\nabc`, 'CONTENT', ['head', 'content', 'end', 'head', 'content']]
  ])('inside %s is told, also when the peer closes before the request ahead has been read', (_, rest, what, want) => {
    const bytesOfBoth = bytes(first, rest)
    for (const asked of [0, 1, 2, 3]) {
      const seen = decoder()
      seen.push(bytesOfBoth)
      const types = Array.from({ length: asked }, () => seen.next()!.type)
      let told: unknown
      try { seen.end() } catch (thrown) { told = thrown }
      const truncated = error(`ERR_HTTP_${what}_TRUNCATED`, 400, bytesOfBoth.length)
      expect(told).toEqual(asked < 3 ? undefined : truncated)
      expect(() => { for (const event of seen) types.push(event.type) }).toThrow(truncated)
      expect(types).toEqual(want)
      expect(() => seen.next()).toThrow(truncated)
      expect(() => seen.end()).toThrow(truncated)
    }
  })
})

describe('Upgrade', () => {
  const upgrade = get('/chat', 'Connection: Upgrade', 'Upgrade: websocket')

  it('stops the decoder: what follows belongs to the new protocol', () => {
    const seen = decoder()
    seen.push(bytes(upgrade, '\x81\x85frame'))
    expect([...seen].map(event => event.type)).toEqual(['head', 'end'])
    seen.push(bytes('more'))
    expect(seen.next()).toBeNull()
    expect(Buffer.from(seen.rest()).toString('latin1')).toBe('\x81\x85framemore')
    seen.end()
  })

  it.each([['after its end', 2], ['before it', 1]])('that is declined %s: HTTP goes on', (_, events) => {
    const seen = decoder()
    seen.push(bytes(upgrade, get('/2')))
    const types = Array.from({ length: events }, () => seen.next()!.type)
    seen.resume()
    expect([...types, ...[...seen].map(event => event.type)]).toEqual(['head', 'end', 'head', 'end'])
  })

  it('in a request that closes the connection does not keep it open', () => {
    const seen = decoder()
    seen.push(bytes(get('/', 'Connection: upgrade, close', 'Upgrade: websocket'), get('/2')))
    expect([...seen].map(event => event.type)).toEqual(['head', 'end'])
    seen.resume()
    expect(seen.next()).toBeNull()
  })
})

describe('a connection that cannot begin a request', () => {
  it.each([
    ['TLS', '\x16\x03\x01\x02\x00\x01', 'ERR_HTTP_BAD_METHOD', 0], ['a uwsgi packet', '\x00\x10\x01\x00', 'ERR_HTTP_BAD_METHOD', 0],
    ['PROXY protocol v2', '\r\n\r\n\x00\r\nQUIT\n', 'ERR_HTTP_EMPTY_LINE', 2], ['SSH', 'SSH-2.0-x\r\n', 'ERR_HTTP_BAD_REQUEST_LINE', 9],
    ['a tab', 'GET\t/', 'ERR_HTTP_BAD_REQUEST_LINE', 3], ['a space', ' GET /', 'ERR_HTTP_BAD_METHOD', 0], ['a CR', 'GE\rT /', 'ERR_HTTP_BARE_CR', 2]
  ])('%s is refused at once', (_, text, code, offset) => {
    for (const cuts of [[], everyByte(text.length)]) expect(stream(decoder(), bytes(text), cuts, false).error).toEqual(error(code, 400, offset))
  })
})

it('a head in a thousand pieces costs a thousand small steps', () => {
  const seen = decoder({ limits: { maxHeadBytes: 65535, maxFieldLines: 1000 } })
  const head = bytes(get('/', ...Array.from({ length: 900 }, (_, i) => `X-${i}: ${'v'.repeat(40)}`)))
  for (let i = 0; i < head.length - 1; i++) {
    seen.push(head.subarray(i, i + 1))
    expect(seen.next()).toBeNull()
  }
  seen.push(head.subarray(head.length - 1))
  const event = seen.next()
  expect(event?.type === 'head' && event.head.fields().length).toBe(901)
})

it('counts an empty line before a head as part of it', () => {
  const { heads } = stream(decoder(), three, everyByte(three.length), true)
  expect(heads[2]!.byteLength).toBe(2 + request('POST /3', 'Transfer-Encoding: chunked').length)
})
