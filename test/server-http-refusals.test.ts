// gatewire/server over HTTP: what it refuses, with which bytes, and that nothing is parsed after it.
import { describe, expect, test } from 'vitest'
import { ProtocolError, RequestDecoder } from '../src/index.js'
import type { HttpServerOptions, RefusedMessage } from '../src/server/index.js'
import { FrontEnd, packet, published, until } from './front_end.js'
import { chunked, Client, post, request, responsesOf, serveHttp } from './http_peer.js'

interface Refused { received: string, messages: RefusedMessage[], paths: string[], ending: string | undefined }

/** Sends bytes, waits for the answer, and only then closes. */
async function refused (bytes: string | Uint8Array, options: Partial<HttpServerOptions> = {}, end = false): Promise<Refused> {
  const messages = published<RefusedMessage>('gatewire:refused')
  const paths: string[] = []
  const { port } = await serveHttp(async request => {
    paths.push(request.get('PATH_INFO')!)
    return { status: 200, body: await request.text() }
  }, options)
  const client = new FrontEnd(port).send(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  if (end) client.socket.end()
  const received = await client.response()
  return { received, messages, paths, ending: client.ending }
}

/** What the codec says of bytes that are refused. */
function errorOf (bytes: string, limits = {}): ProtocolError {
  const decoder = new RequestDecoder({ protocol: 'http', limits })
  decoder.push(Buffer.from(bytes, 'latin1'))
  try {
    while (decoder.next() !== null);
    decoder.end()
  } catch (error) {
    return error as ProtocolError
  }
  throw new Error('nothing was refused')
}

const REASONS: Record<number, string> = {
  400: 'Bad Request', 404: 'Not Found', 408: 'Request Timeout', 413: 'Payload Too Large', 414: 'URI Too Long', 417: 'Expectation Failed',
  431: 'Request Header Fields Too Large', 501: 'Not Implemented', 505: 'HTTP Version Not Supported'
}

/** The exact answer to a refused request, but for its Date. */
function answer (status: number, sentence: string): RegExp {
  const text = `HTTP/1.1 ${status} ${REASONS[status]!}\r\nDate: DATE\r\nConnection: close\r\nContent-Length: ${sentence.length + 1}\r\n` +
    `Content-Type: text/plain; charset=utf-8\r\n\r\n${sentence}\n`
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace('DATE', '[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT')}$`)
}

const cases: Array<[string, string, number]> = [
  ['a line that is no request line', 'hello\r\n\r\n', 400],
  ['a bare LF', 'GET / HTTP/1.1\nHost: a\n\n', 400],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', request('/', ['Host: b']), 400],
  ['a folded line', request('/', ['X: a', ' b']), 400],
  ['white space before the colon', request('/', ['X : a']), 400],
  ['NUL in a value', request('/', ['X: a\0b']), 400],
  ['Content-Length and Transfer-Encoding', post('/', '0\r\n\r\n', 'Transfer-Encoding: chunked'), 400],
  ['two Content-Lengths', post('/', 'x', 'Content-Length: 1'), 400],
  ['a Content-Length with a sign', request('POST / HTTP/1.1', ['Content-Length: +1']) + 'x', 400],
  ['an obfuscated coding', request('POST / HTTP/1.1', ['Transfer-Encoding: xchunked']) + '0\r\n\r\n', 501],
  ['chunked twice', request('POST / HTTP/1.1', ['Transfer-Encoding: chunked, chunked']) + '0\r\n\r\n', 400],
  ['a chunk size that is none', request('POST / HTTP/1.1', ['Transfer-Encoding: chunked']) + '0x1\r\na\r\n0\r\n\r\n', 400],
  ['a chunk that is longer than its size', request('POST / HTTP/1.1', ['Transfer-Encoding: chunked']) + '1\r\nab\r\n0\r\n\r\n', 400],
  ['a request line over its limit', request(`/${'x'.repeat(9000)}`), 414],
  ['a field line over its limit', request('/', [`X: ${'x'.repeat(9000)}`]), 431],
  ['too many fields', request('/', Array.from({ length: 101 }, (_, i) => `X-${i}: x`)), 431],
  ['an expectation that nobody knows', request('/', ['Expect: tea']), 417],
  ['CONNECT', request('CONNECT a:1 HTTP/1.1'), 501],
  ['a method that is no word', request('get / HTTP/1.1'), 501],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505]
]

describe('a refused request', () => {
  test.each(cases)('%s: answered, closed, and what follows is not parsed', async (_, text, status) => {
    const error = errorOf(text)
    const { received, messages, paths, ending } = await refused(text + request('/smuggled'))
    expect(error.status).toBe(status)
    expect(received).toMatch(answer(status, error.message))
    expect(messages).toMatchObject([{ error: { code: error.code, status, offset: error.offset }, request: undefined, remoteAddress: '127.0.0.1' }])
    expect(paths).toEqual([])
    expect(ending).toBe('end')
  })

  test.each(cases)('%s, behind one that is not: both are answered', async (_, text) => {
    const first = post('/first', 'content')
    const error = errorOf(first + text)
    const { received, paths } = await refused(first + text + request('/smuggled'))
    const [ok, no, ...more] = responsesOf(received)
    expect([ok!.status, ok!.body, no!.status, no!.body, more]).toEqual([200, 'content', error.status, `${error.message}\n`, []])
    expect(paths).toEqual(['/first'])
  })

  test('content over maxContentBytes: 413', async () => {
    for (const text of [post('/', '123456'), chunked('/', ['123', '456'])]) {
      const { received } = await refused(text + request('/smuggled'), { limits: { maxContentBytes: 5 } })
      expect(received).toMatch(answer(413, errorOf(text, { maxContentBytes: 5 }).message))
    }
  })

  test('a path outside the mount point: 404', async () => {
    const { received, paths } = await refused(request('/other'), { mount: '/app' })
    expect(responsesOf(received).map(({ status }) => status)).toEqual([404])
    expect(paths).toEqual([])
  })

  test('a field name with an underscore, when options say so', async () => {
    const { received } = await refused(request('/', ['X_Real_IP: 1']), { underscores: 'refuse' })
    expect(responsesOf(received)[0]!.status).toBe(400)
  })

  test('is not quoted', async () => {
    expect((await refused(request('/', ['marker(of)test: x']))).received).not.toContain('marker')
  })

  test('is refused while the client goes on sending, and the answer arrives', async () => {
    const { port } = await serveHttp(() => ({ status: 200 }), { limits: { maxContentBytes: 5 } })
    const client = new Client(port).send(request('POST / HTTP/1.1', ['Content-Length: 1000000']))
    await client.wait(1)
    await new Promise<void>(resolve => { client.socket.write(Buffer.alloc(1_000_000), () => resolve()) })
    client.socket.end()
    await client.ended
    expect([client.ending, client.responses()[0]!.status]).toEqual(['end', 413])
  })
})

describe('what is no HTTP at all', () => {
  const hello = Buffer.from('16030100a5010000a10303', 'hex')
  const proxy = Buffer.from('0d0a0d0a000d0a515549540a2111000c7f0000017f00000104d20050', 'hex')
  test.each([
    ['TLS', hello], ['a uwsgi packet', packet()], ['a PROXY header', Buffer.from('PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n')], ['a PROXY header, version 2', proxy]
  ])('%s is refused at once, and the message has its first bytes', async (_, bytes) => {
    const { received, messages } = await refused(bytes)
    expect(responsesOf(received)[0]!.status).toBe(400)
    expect(messages).toHaveLength(1)
    expect(Buffer.from(messages[0]!.firstBytes!)).toEqual(bytes.subarray(0, 64))
  })

  test('a connection that has carried a request is HTTP: the message has no bytes of it', async () => {
    const { messages } = await refused(request('/') + 'nothing\r\n\r\n')
    expect(messages.map(({ firstBytes }) => firstBytes)).toEqual([undefined])
  })
})

describe('a request that is cut short', () => {
  test.each([
    ['inside its head', 'GET / HT', 'ERR_HTTP_HEAD_TRUNCATED'], ['inside its content', post('/', 'abc').slice(0, -1), 'ERR_HTTP_CONTENT_TRUNCATED'],
    ['inside a chunk', chunked('/', ['abc']).slice(0, -6), 'ERR_HTTP_CONTENT_TRUNCATED'], ['before its last chunk', chunked('/', ['abc']).slice(0, -5), 'ERR_HTTP_CONTENT_TRUNCATED']
  ])('%s: 400', async (_, text, code) => {
    const { received, messages } = await refused(text, {}, true)
    expect(received).toMatch(answer(400, (messages[0]!.error as ProtocolError).message))
    expect(messages).toMatchObject([{ error: { code } }])
  })

  test('with nothing of it there: nothing is said', async () => {
    for (const text of ['', '\r\n']) {
      const { received, messages } = await refused(text, {}, true)
      expect([received, messages]).toEqual(['', []])
    }
    const { received, messages } = await refused(request('/') + '\r\n', {}, true)
    expect([responsesOf(received).length, messages]).toEqual([1, []])
  })
})

describe('time-outs', () => {
  const handler = (): { status: number, body: string } => ({ status: 200, body: 'x' })

  test('a head that does not come to its end: 408', async () => {
    const messages = published<RefusedMessage>('gatewire:refused')
    const { port } = await serveHttp(handler, { headTimeout: 60 })
    for (const text of ['GET / HTTP/1.1\r\nHo', `${request('/')}GET`]) {
      const client = new Client(port).send(text)
      await client.ended
      const last = client.responses().at(-1)!
      expect([last.status, last.fields.get('connection')]).toEqual([408, 'close'])
    }
    expect(messages).toMatchObject([{ error: { code: 'ERR_SERVER_HEAD_TIMEOUT' } }, { error: { code: 'ERR_SERVER_HEAD_TIMEOUT' } }])
  })

  test('a head that trickles: 408 all the same', async () => {
    const { port } = await serveHttp(handler, { headTimeout: 60 })
    const client = new Client(port)
    for (const byte of Buffer.from(request('/', [`X: ${'x'.repeat(1000)}`]))) {
      if (client.ending !== undefined) break
      client.send(Buffer.of(byte))
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    expect(client.responses()[0]!.status).toBe(408)
  })

  test.each([['no byte', '', 0], ['a request, and then nothing', request('/'), 1], ['an empty line', '\r\n', 0]])('%s: closed without a word', async (_, text, count) => {
    const messages = published<RefusedMessage>('gatewire:refused')
    const { port } = await serveHttp(handler, { headTimeout: 60, keepAliveTimeout: 60 })
    const client = new Client(port).send(text)
    await client.ended
    expect([responsesOf(client.received).length, messages]).toEqual([count, []])
  })

  test('keepAliveTimeout is for the time between requests only', async () => {
    const { port } = await serveHttp(async () => {
      await new Promise(resolve => setTimeout(resolve, 200))
      return { status: 200 }
    }, { keepAliveTimeout: 40 })
    const client = new Client(port).send(request('/'))
    await client.wait(1)
    await client.ended
    expect(client.responses().map(({ status }) => status)).toEqual([200])
  })

  test('content that stops: 408, and reading it throws', async () => {
    let code: unknown
    const { port } = await serveHttp(async request => {
      await request.bytes().catch((error: { code: string }) => { code = error.code })
      return { status: 200 }
    }, { idleTimeout: 60 })
    const client = new Client(port).send(chunked('/', ['abc']).slice(0, -4))
    await client.ended
    expect(client.responses().map(({ status }) => status)).toEqual([408])
    expect(code).toBe('ERR_SERVER_CONTENT_TIMEOUT')
  })

  test('a client that takes nothing of its responses: the connection is cut', async () => {
    const messages = published<RefusedMessage>('gatewire:refused')
    const { port } = await serveHttp(() => ({ status: 200, body: Buffer.alloc(50_000_000) }), { idleTimeout: 100 })
    const client = new Client(port)
    client.socket.pause()
    client.send(request('/'))
    await until(() => messages.length > 0)
    expect(messages).toMatchObject([{ error: { code: 'ERR_SERVER_WRITE_TIMEOUT', status: 0 } }])
    client.socket.resume()
    await client.ended
    expect(client.received.length).toBeLessThan(50_000_000)
  })
})
