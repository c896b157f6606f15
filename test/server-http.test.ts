// gatewire/server over HTTP: requests and responses that are as they should be, on connections that are used again.
import { request as nodeRequest, Agent, type IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import type { ResponseMessage } from '../src/server/index.js'
import { folder, published, until } from './front_end.js'
import { chunked, Client, exchange, post, request, serveHttp } from './http_peer.js'

const close = 'Connection: close'
const DATE = /^Date: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/m

/** A head without its Date. */
function undated (head: string): string {
  return head.replace(/^Date: .*\r\n/m, '')
}

describe('a connection', () => {
  test('carries one request after the other', async () => {
    const { port } = await serveHttp(async request => ({ status: 200, body: `${request.get('PATH_INFO')} ${await request.text()}` }))
    const client = new Client(port)
    for (const [i, text] of [request('/a'), post('/b', 'content'), request('/c'), chunked('/d', ['one', 'two'])].entries()) {
      client.send(text)
      await client.wait(i + 1)
    }
    expect(client.responses().map(({ body }) => body)).toEqual(['/a ', '/b content', '/c ', '/d onetwo'])
    expect(client.ending).toBe(undefined)
  })

  test('has its addresses in the environ', async () => {
    const { port } = await serveHttp(({ environ }) => ({ status: 200, body: JSON.stringify(environ) }), { serverName: 'example.org', scheme: 'https' })
    const client = new Client(port).send(request('/a?b'))
    const [response] = await client.wait(1)
    expect(JSON.parse(response!.body)).toEqual({
      REQUEST_METHOD: 'GET', PATH_INFO: '/a', QUERY_STRING: 'b', REQUEST_URI: '/a?b', RAW_URI: '/a?b', SERVER_PROTOCOL: 'HTTP/1.1', SCRIPT_NAME: '',
      SERVER_NAME: 'example.org', SERVER_PORT: String(port), REMOTE_ADDR: '127.0.0.1', REMOTE_PORT: String(client.socket.localPort),
      REQUEST_SCHEME: 'https', HTTPS: 'on', HTTP_HOST: 'a'
    })
  })

  test('may be a unix socket, and the application mounted somewhere', async () => {
    const { server } = await serveHttp(({ environ }) => ({ status: 200, body: JSON.stringify(environ) }), { mount: '/app', underscores: 'keep' })
    const path = `${folder()}/http.sock`
    await server.listen(`unix:${path}`)
    const [response] = await new Client(path).send(request('/app/a%20b', ['X_Y: 1'])).wait(1)
    const environ = JSON.parse(response!.body) as Record<string, string>
    expect(environ).toMatchObject({ SCRIPT_NAME: '/app', PATH_INFO: '/a b', SERVER_NAME: 'localhost', REMOTE_ADDR: '', HTTP_X_Y: '1' })
    expect(environ['REMOTE_PORT']).toBe(undefined)
  })

  test('ends after a request that says so, and what follows is not parsed', async () => {
    let calls = 0
    const { port } = await serveHttp(() => {
      calls++
      return { status: 200, body: 'x' }
    })
    const responses = await exchange(port, request('/', [close]) + request('/second'))
    expect(responses.map(({ fields }) => fields.get('connection'))).toEqual(['close'])
    expect(calls).toBe(1)
  })
})

describe('pipelining', () => {
  const texts = Array.from({ length: 16 }, (_, i) => i % 3 === 0 ? post(`/${i}`, 'x'.repeat(i)) : i % 3 === 1 ? request(`/${i}`) : chunked(`/${i}`, ['a', 'bc']))
  const expected = texts.map((_, i) => `/${i} ${i % 3 === 0 ? i : i % 3 === 1 ? 0 : 3}`)

  test.each([false, true])('16 requests in one write, answered in order (handlers take their time: %s)', async slow => {
    const { port } = await serveHttp(async request => {
      const bytes = await request.bytes()
      if (slow) await new Promise(resolve => setTimeout(resolve, Math.random() * 5))
      return { status: 200, body: `${request.get('PATH_INFO')} ${bytes.length}` }
    })
    expect((await new Client(port).send(texts.join('')).wait(16)).map(({ body }) => body)).toEqual(expected)
  })

  test.each([1, 2, 7, 33, 100])('the same in pieces of %i bytes', async size => {
    const { port } = await serveHttp(async request => ({ status: 200, body: `${request.get('PATH_INFO')} ${(await request.bytes()).length}` }))
    const client = new Client(port)
    client.socket.setNoDelay(true)
    const all = Buffer.from(texts.join(''))
    for (let at = 0; at < all.length; at += size) {
      client.send(all.subarray(at, at + size))
      if (at % 8 === 0) await new Promise(resolve => setImmediate(resolve))
    }
    expect((await client.wait(16)).map(({ body }) => body)).toEqual(expected)
  })

  test('responses that are complete at once leave in one write', async () => {
    const { port } = await serveHttp(request => ({ status: 200, body: request.get('PATH_INFO')! }))
    const client = new Client(port)
    const writes: Buffer[] = []
    client.socket.on('data', bytes => writes.push(bytes))
    client.send(Array.from({ length: 16 }, (_, i) => request(`/${i}`)).join(''))
    await client.wait(16)
    expect(writes).toHaveLength(1)
  })

  test('a response that is complete does not wait for one that is not', async () => {
    const waiting: Array<() => void> = []
    const { port } = await serveHttp(async request => {
      if (request.get('PATH_INFO') === '/slow') await new Promise<void>(resolve => waiting.push(resolve))
      return { status: 200, body: request.get('PATH_INFO')! }
    })
    const client = new Client(port).send(request('/fast') + request('/slow') + request('/after'))
    expect((await client.wait(1)).map(({ body }) => body)).toEqual(['/fast'])
    await until(() => waiting.length > 0)
    waiting[0]!()
    expect((await client.wait(3)).map(({ body }) => body)).toEqual(['/fast', '/slow', '/after'])
  })

  test('a client that sends without end while it is not answered has to wait', async () => {
    const waiting: Array<() => void> = []
    const { port } = await serveHttp(async request => {
      if (waiting.length === 0) await new Promise<void>(resolve => waiting.push(resolve))
      return { status: 200, body: request.get('PATH_INFO')! }
    })
    const client = new Client(port).send(request('/first'))
    await until(() => waiting.length > 0)
    const count = 5000
    const large = request('/x', [`X-Large: ${'x'.repeat(5000)}`])
    const sent = new Promise<void>(resolve => { client.socket.write(large.repeat(count), () => resolve()) })
    let done = false
    void sent.then(() => { done = true })
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(done).toBe(false)
    waiting[0]!()
    await sent
    await until(() => client.received.match(/HTTP\/1\.1 200/g)?.length === count + 1)
  })
})

describe('the head of a response', () => {
  test('has Date, the framing and what the handler gave, in this order', async () => {
    const { port } = await serveHttp(() => ({ status: '404 Nothing Here', headers: [['X-B', '2'], ['Set-Cookie', 'a'], ['set-cookie', 'b'], ['X-A', ' 1 ']], body: 'é' }))
    const [first, again] = await new Client(port).send(request() + request()).wait(2)
    expect(undated(first!.head)).toBe('HTTP/1.1 404 Nothing Here\r\nContent-Length: 2\r\nX-B: 2\r\nSet-Cookie: a\r\nset-cookie: b\r\nX-A: 1')
    expect(undated(again!.head)).toBe(undated(first!.head))
    expect(first!.head).toMatch(DATE)
    expect(first!.body).toBe(Buffer.from('é').toString('latin1'))
  })

  test("keeps the handler's Date, Server and Content-Length", async () => {
    const headers = { date: 'Thu, 01 Jan 1970 00:00:00 GMT', Server: 'mine', 'content-length': '1' }
    const { port } = await serveHttp(() => ({ status: 200, headers, body: 'x' }))
    const [response] = await new Client(port).send(request()).wait(1)
    expect(response!.head).toBe('HTTP/1.1 200 OK\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\nServer: mine\r\ncontent-length: 1')
  })

  test('has nothing of what is about the connection', async () => {
    const headers = { Connection: 'upgrade', 'Keep-Alive': '1', TE: 'x', Upgrade: 'h2c', Trailer: 'x', 'Proxy-Connection': 'x' }
    const { port } = await serveHttp(() => ({ status: 200, headers, body: 'x' }))
    const responses = await new Client(port).send(request('/', ['Connection: upgrade', 'Upgrade: websocket']).repeat(2)).wait(2)
    for (const { head } of responses) expect(undated(head)).toBe('HTTP/1.1 200 OK\r\nContent-Length: 1')
  })
})

describe('the body of a response', () => {
  const cases: Array<[string, () => unknown, string, number[] | undefined]> = [
    ['nothing', () => undefined, '', undefined],
    ['a string, as UTF-8', () => 'é€', Buffer.from('é€').toString('latin1'), undefined],
    ['bytes', () => Uint8Array.of(0, 255), '\0\xFF', undefined],
    ['an array', () => ['a', Buffer.from('b'), '', 'c'], 'abc', undefined],
    ['a generator', function * () { yield 'a'; yield ''; yield Buffer.from('bc') }, 'abc', [1, 2]],
    ['an empty generator', function * () {}, '', []],
    ['an async generator', async function * () { yield 'a'; yield new Uint8Array(0); await Promise.resolve(); yield 'x'.repeat(70_000) }, `a${'x'.repeat(70_000)}`,
      [1, 65536, 70_000 - 65536]],
    ['a web stream', () => new Blob(['blob']).stream(), 'blob', [4]]
  ]
  test.each(cases)('%s', async (_, body, expected, chunks) => {
    const { port } = await serveHttp(() => ({ status: 200, body: body() as string }))
    const responses = await new Client(port).send(request() + request()).wait(2)
    for (const response of responses) {
      expect(response.body === expected).toBe(true)
      expect(response.chunks).toEqual(chunks)
      expect(response.fields.has('content-length')).toBe(chunks === undefined)
    }
    expect(responses).toHaveLength(2)
  })

  test.each([['HEAD', 200], ['GET', 204], ['GET', 304]])('is left out for %s with %i', async (method, status) => {
    const { port } = await serveHttp(request => {
      const body = request.get('PATH_INFO') === '/text' ? 'content' : (async function * () { yield 'x' })()
      return { status, body }
    })
    const methods = [method, method, 'GET']
    const client = new Client(port).send(request(`${method} /text HTTP/1.1`) + request(`${method} /stream HTTP/1.1`) + request('/text'))
    const [text, stream, after] = await client.wait(3, methods)
    expect(text!.fields.get('content-length')).toBe(method === 'HEAD' ? '7' : undefined)
    expect(stream!.fields.has('content-length') || stream!.fields.has('transfer-encoding')).toBe(false)
    expect(after!.status).toBe(status)
  })

  test('that is large arrives whole, and the connection is used again', async () => {
    const bytes = Buffer.alloc(3_000_000, 'abcdefghij')
    const { port } = await serveHttp(() => ({ status: 200, body: bytes }))
    for (const response of await new Client(port).send(request().repeat(3)).wait(3)) expect(response.body === bytes.toString()).toBe(true)
  })
})

describe('HTTP/1.0', () => {
  const get = (fields: string[] = []): string => request('GET / HTTP/1.0', fields)

  test('closes after one request, and is answered with HTTP/1.1', async () => {
    const { port } = await serveHttp(() => ({ status: 200, body: 'x' }))
    const responses = await exchange(port, get() + get())
    expect(responses.map(({ head }) => undated(head))).toEqual(['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1'])
  })

  test('is kept alive when it asks for that', async () => {
    const { port } = await serveHttp(() => ({ status: 200, body: 'x' }))
    const responses = await new Client(port).send(get(['Connection: keep-alive']).repeat(2)).wait(2)
    expect(responses.map(({ fields }) => fields.get('connection'))).toEqual(['keep-alive', 'keep-alive'])
  })

  test('gets no chunks: the end of the connection ends a body of unknown length', async () => {
    const { port } = await serveHttp(() => ({ status: 200, body: (function * () { yield 'a'; yield 'b' })() }))
    const responses = await exchange(port, get(['Connection: keep-alive']))
    expect(responses.map(({ head, body }) => [undated(head), body])).toEqual([['HTTP/1.1 200 OK\r\nConnection: close', 'ab']])
  })

  test('has no 100 (Continue)', async () => {
    const { port } = await serveHttp(async request => ({ status: 200, body: await request.text() }))
    const responses = await exchange(port, request('POST / HTTP/1.0', ['Expect: 100-continue'], 'content'))
    expect(responses.map(({ status, body }) => [status, body])).toEqual([[200, 'content']])
  })
})

describe("Node's own client", () => {
  function ask (port: number, agent: Agent, method: string, path: string, content?: string[]): Promise<{ message: IncomingMessage, body: string, port: number }> {
    return new Promise((resolve, reject) => {
      const sent = nodeRequest({ port, host: '127.0.0.1', agent, method, path }, message => {
        let body = ''
        const { localPort } = message.socket
        message.on('data', chunk => { body += chunk }).on('end', () => resolve({ message, body, port: localPort! }))
      })
      sent.on('error', reject)
      for (const piece of content ?? []) sent.write(piece)
      sent.end()
    })
  }

  test('uses one connection for many requests, with chunks both ways', async () => {
    const { port } = await serveHttp(request => ({ status: 200, body: request.content }))
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number>()
    for (const content of [['a', 'b'.repeat(100_000), 'c'], [], ['x']]) {
      const response = await ask(port, agent, 'POST', '/', content)
      expect(response.body === content.join('')).toBe(true)
      expect(response.message.headers['transfer-encoding']).toBe('chunked')
      ports.add(response.port)
    }
    const head = await ask(port, agent, 'HEAD', '/')
    expect([head.message.statusCode, head.body]).toEqual([200, ''])
    expect(ports.size).toBe(1)
    agent.destroy()
  })
})

describe('diagnostics', () => {
  test('tell of each response', async () => {
    const responses = published<ResponseMessage>('gatewire:response')
    const { port } = await serveHttp(request => ({ status: 201, body: request.get('PATH_INFO')! }))
    await new Client(port).send(request('/1') + request('/22') + request('HEAD /333 HTTP/1.1')).wait(3, ['', '', 'HEAD'])
    await until(() => responses.length === 3)
    expect(responses.map(({ status, contentBytes }) => [status, contentBytes])).toEqual([[201, 2], [201, 3], [201, 0]])
    expect(responses.map(({ request }) => request.get('PATH_INFO'))).toEqual(['/1', '/22', '/333'])
  })
})
