// gatewire/server over HTTP: when a connection goes on and when it ends: Expect, unread content, failures, clients that go, closing.
import { describe, expect, test } from 'vitest'
import type { ErrorMessage, RefusedMessage, ServerRequest, ServerResponse } from '../src/server/index.js'
import { published, until } from './front_end.js'
import { chunked, Client, post, request, responsesOf, serveHttp } from './http_peer.js'

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const expectant = (length: number): string => request('POST /expectant HTTP/1.1', ['Expect: 100-continue', `Content-Length: ${length}`])
const echo = async (request: ServerRequest): Promise<ServerResponse> => ({ status: 200, body: await request.text() })

/** A promise that is kept when the test says so. */
function gate (): { open: () => void, passed: Promise<void> } {
  let open = (): void => {}
  const passed = new Promise<void>(resolve => { open = resolve })
  return { open, passed }
}

test.each([5, 20_000, 200_000])('%i bytes of content cannot be transferred together with the request behind them, or with that of another connection', async size => {
  const { open, passed } = gate()
  const ways: Array<(memory: ArrayBuffer) => unknown> = [memory => structuredClone(memory, { transfer: [memory] }),
    memory => (memory as { transfer?: () => unknown }).transfer?.(), memory => (memory as { transferToFixedLength?: () => unknown }).transferToFixedLength?.()]
  const { port } = await serveHttp(async request => {
    if (request.get('PATH_INFO') === '/waiting') await passed
    let received = 0
    for await (const bytes of request.content) {
      received += bytes.length
      for (const way of ways) try { way(bytes.buffer as ArrayBuffer) } catch {}
    }
    return { status: 200, body: String(received) }
  })
  const waiting = new Client(port).send(request('/waiting') + post('/', 'after it'))
  const taking = new Client(port).send(post('/', 'x'.repeat(size)) + post('/', 'behind it'))
  expect((await taking.wait(2)).map(({ body }) => body)).toEqual([String(size), '9'])
  open()
  expect((await waiting.wait(2)).map(({ body }) => body)).toEqual(['0', '8'])
})

describe('Expect: 100-continue', () => {
  test('is answered when somebody reads, once, and the connection is used again', async () => {
    const { open, passed } = gate()
    const { port } = await serveHttp(async request => {
      await passed
      return echo(request)
    })
    const client = new Client(port).send(expectant(4))
    await new Promise(resolve => setTimeout(resolve, 30))
    expect(client.received).toBe('')
    open()
    await until(() => client.received !== '')
    expect(client.received).toBe(CONTINUE)
    for (const byte of 'abcd') client.send(byte)
    client.send(request('/'))
    expect((await client.wait(3)).map(({ status, body }) => [status, body])).toEqual([[100, ''], [200, 'abcd'], [200, '']])
  })

  test('is not answered when content has come', async () => {
    const { port } = await serveHttp(echo)
    for (const content of ['abcd', 'ab']) {
      const client = new Client(port).send(expectant(4) + content)
      await new Promise(resolve => setTimeout(resolve, 20))
      client.send('abcd'.slice(content.length))
      expect((await client.wait(1)).map(({ status, body }) => [status, body])).toEqual([[200, 'abcd']])
    }
  })

  test('is not answered when there is no content', async () => {
    const { port } = await serveHttp(echo)
    expect((await new Client(port).send(expectant(0)).wait(1)).map(({ status }) => status)).toEqual([200])
  })

  test('a response without reading ends the connection', async () => {
    const paths: string[] = []
    const { port } = await serveHttp(request => {
      paths.push(request.get('PATH_INFO')!)
      return { status: 403 }
    })
    const client = new Client(port).send(expectant(4))
    await client.ended
    expect(client.responses().map(({ status, fields }) => [status, fields.get('connection')])).toEqual([[403, 'close']])
    client.send(`abcd${request('/smuggled')}`)
    client.socket.end()
    await new Promise(resolve => { client.socket.on('close', resolve) })
    expect(paths).toEqual(['/expectant'])
  })

  test('is not answered after the response has begun', async () => {
    const { port } = await serveHttp(request => {
      async function * body (): AsyncGenerator<string> {
        yield 'begun '
        yield await request.text()
      }
      return { status: 200, body: body() }
    })
    const client = new Client(port).send(expectant(4))
    await until(() => client.received.includes('begun'))
    client.send('abcd')
    await client.ended
    expect(client.responses().map(({ status, body, complete }) => [status, body, complete])).toEqual([[200, 'begun abcd', true]])
  })

  test('a client that waits for it is not too slow', async () => {
    const { port } = await serveHttp(async request => {
      await new Promise(resolve => setTimeout(resolve, 2000))
      return echo(request)
    }, { idleTimeout: 1000, contentGrace: 1000 })
    const client = new Client(port).send(expectant(4))
    await until(() => client.received === CONTINUE)
    client.send('abcd')
    expect((await client.wait(2))[1]!.body).toBe('abcd')
  })
})

describe('content that nobody reads', () => {
  test.each([
    ['that is there already', (size: number) => post('/', 'x'.repeat(size))], ['in chunks', (size: number) => chunked('/', ['x'.repeat(size)])]
  ])('%s is thrown away, and the connection used again', async (_, make) => {
    const { port } = await serveHttp(() => ({ status: 200 }))
    const client = new Client(port).send(make(1000) + make(60_000) + request('/'))
    expect((await client.wait(3)).map(({ status, fields }) => [status, fields.get('connection')])).toEqual(Array(3).fill([200, undefined]))
  })

  test('that comes later, up to 64 KiB', async () => {
    const { port } = await serveHttp(request => ({ status: 200, body: request.get('PATH_INFO')! }))
    const text = post('/first', 'x'.repeat(65536))
    const client = new Client(port).send(text.slice(0, -65536))
    await client.wait(1)
    client.send(text.slice(-65536) + request('/second'))
    expect((await client.wait(2)).map(({ body }) => body)).toEqual(['/first', '/second'])
  })

  test('more of it than that: the response says that the connection ends', async () => {
    const paths: string[] = []
    const { port } = await serveHttp(request => {
      paths.push(request.get('PATH_INFO')!)
      return { status: 200 }
    })
    const text = post('/first', 'x'.repeat(1_000_000)) + request('/second')
    const client = new Client(port).send(text)
    client.socket.end()
    await client.ended
    expect(client.ending).toBe('end')
    expect(client.responses().map(({ fields }) => fields.get('connection'))).toEqual(['close'])
    expect(paths).toEqual(['/first'])
  })

  test('chunks without end: the connection ends', async () => {
    let calls = 0
    const { port } = await serveHttp(() => {
      calls++
      return { status: 200 }
    })
    const client = new Client(port).send(chunked('/', []).slice(0, -5))
    await client.wait(1)
    for (let i = 0; i < 10; i++) client.send(`4000\r\n${'x'.repeat(0x4000)}\r\n`)
    client.send(`0\r\n\r\n${request('/second')}`)
    client.socket.end()
    await client.ended
    expect([client.ending, calls, client.responses().length]).toEqual(['end', 1, 1])
  })

  test('that is malformed: nothing is parsed after it', async () => {
    const { port } = await serveHttp(() => ({ status: 200 }))
    const client = new Client(port).send(chunked('/', []).slice(0, -5))
    await client.wait(1)
    client.send(`zz\r\n${request('/second')}`)
    await client.ended
    expect([client.ending, client.responses().map(({ status }) => status)]).toEqual(['end', [200]])
  })

  test('while the handler works: no more than it may hold is taken', async () => {
    const { open, passed } = gate()
    const { port } = await serveHttp(async request => {
      await passed
      return { status: 200, body: String((await request.bytes()).length) }
    })
    const client = new Client(port).send(request('POST / HTTP/1.1', ['Content-Length: 20000000']))
    let sent = false
    client.socket.write(Buffer.alloc(20_000_000), () => { sent = true })
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(sent).toBe(false)
    open()
    expect((await client.wait(1))[0]!.body).toBe('20000000')
  })
})

test('content in very many chunks is read to its end', async () => {
  const { port } = await serveHttp(echo)
  const chunks = Array.from({ length: 20_000 }, (_, i) => String(i).repeat(20))
  const client = new Client(port).send(chunked('/', chunks) + request('/'))
  const [response] = await client.wait(2)
  expect(response!.body === chunks.join('')).toBe(true)
})

describe('a handler that fails', () => {
  const hidden = 'a secret detail'
  const mistakes: Array<[string, () => unknown]> = [
    ['throws', () => { throw new Error(hidden) }],
    ['rejects', async () => { throw new Error(hidden) }],
    ['gives nothing', () => undefined],
    ['gives status 101', () => ({ status: '101 Switching Protocols' })],
    ['gives a line break in a status', () => ({ status: '200 OK\r\nX: y' })],
    ['gives a line break in a value', () => ({ status: 200, headers: { a: 'b\r\nc: d' } })],
    ['gives a line break in a name', () => ({ status: 200, headers: { 'a: b\r\nc': 'd' } })],
    ['gives a NUL', () => ({ status: 200, headers: { a: 'b\0' } })],
    ['gives a character above U+00FF', () => ({ status: 200, headers: { a: '\u010D\u010A' } })],
    ['gives Transfer-Encoding', () => ({ status: 200, headers: { 'transfer-encoding': 'chunked' } })],
    ['gives two Content-Lengths', () => ({ status: 200, headers: [['content-length', '1'], ['Content-Length', '1']], body: 'x' })],
    ['has a generator that throws at once', () => ({ status: 200, body: (function * () { throw new Error(hidden) })() })] // oxlint-disable-line require-yield
  ]
  test.each(mistakes)('%s: 500, and the connection goes on', async (_, handler) => {
    const errors = published<ErrorMessage>('gatewire:error')
    const { port } = await serveHttp(request => (request.get('PATH_INFO') === '/' ? handler() : { status: 200, body: 'fine' }) as ServerResponse)
    // Twice: what the first left in a cache must not serve the second.
    const responses = await new Client(port).send(request('/') + request('/') + request('/fine')).wait(3)
    expect(responses.map(({ status, body }) => [status, body])).toEqual([[500, 'Internal Server Error\n'], [500, 'Internal Server Error\n'], [200, 'fine']])
    expect(responses[0]!.head).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\nDate: [^\r]*\r\nContent-Length: 22\r\nContent-Type: text\/plain; charset=utf-8$/)
    expect(errors.map(({ cut }) => cut)).toEqual([false, false])
  })

  test('lines that were good one by one are not good together', async () => {
    published('gatewire:error')
    const sets = [[['content-length', '1']], [['Content-Length', '1']], [['content-length', '1'], ['Content-Length', '1']], [['X', 'y']], [['X', 'y'], ['X', 'y']]]
    const { port } = await serveHttp(request => ({ status: 200, headers: sets[Number(request.get('QUERY_STRING'))] as Array<[string, string]>, body: 'x' }))
    const responses = await new Client(port).send(sets.map((_, i) => request(`/?${i}`)).join('')).wait(5)
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 500, 200, 200])
  })

  test.each([false, true])('after the head: no last chunk, and the connection ends (Content-Length given: %s)', async sized => {
    const errors = published<ErrorMessage>('gatewire:error')
    async function * body (): AsyncGenerator<string> {
      yield 'first'
      await new Promise(resolve => setTimeout(resolve, 20))
      throw new Error(hidden)
    }
    const { port } = await serveHttp(request => request.get('PATH_INFO') === '/before'
      ? { status: 200, body: 'before' }
      : { status: 200, headers: sized ? { 'content-length': '1000' } : {}, body: body() })
    const client = new Client(port).send(request('/before') + request('/') + request('/after'))
    await client.ended
    expect(client.responses().map(({ body, complete }) => [body, complete])).toEqual([['before', true], ['first', false]])
    expect(errors).toMatchObject([{ cut: true, error: { message: hidden } }])
  })

  const lengths: Array<[string, () => unknown, string]> = [
    ['a string that is longer', () => 'abcdef', '5'], ['a string that is shorter', () => 'abcd', '5'], ['no body', () => undefined, '5'],
    ['a list that is longer', () => ['abc', 'def'], '5'], ['a generator that is shorter', function * () { yield 'abcd' }, '5'],
    ['a generator that is longer', function * () { yield 'abc'; yield 'def' }, '5']
  ]
  test.each(lengths)('%s than its Content-Length: the connection is cut', async (_, body, length) => {
    const errors = published<ErrorMessage>('gatewire:error')
    const { port } = await serveHttp(request => request.get('PATH_INFO') === '/before'
      ? { status: 200, body: 'before' }
      : { status: 200, headers: { 'content-length': length }, body: body() as string })
    const client = new Client(port).send(request('/before') + request('/') + request('/after'))
    await client.ended
    const [before, ...more] = client.responses()
    expect(before!.body).toBe('before')
    for (const response of more) expect(response.complete).toBe(false)
    expect(more.length).toBeLessThan(2)
    expect(errors).toMatchObject([{ cut: true, error: { code: 'ERR_SERVER_CONTENT_LENGTH_MISMATCH' } }])
  })
})

describe('a client that goes', () => {
  test('half-closed: what it has asked for is answered', async () => {
    const { port } = await serveHttp(async request => {
      await new Promise(resolve => setTimeout(resolve, 10))
      return { status: 200, body: request.get('PATH_INFO')! }
    })
    const client = new Client(port).send(request('/a') + request('/b') + request('/c'))
    client.socket.end()
    await client.ended
    expect(client.responses().map(({ body, fields }) => [body, fields.get('connection')])).toEqual([['/a', undefined], ['/b', undefined], ['/c', 'close']])
    expect(client.ending).toBe('end')
  })

  test('reset: the handler learns it, and it is said', async () => {
    const refusals = published<RefusedMessage>('gatewire:refused')
    let called = false
    let reason: unknown
    const { port } = await serveHttp(async request => {
      called = true
      await new Promise<void>(resolve => { request.signal.addEventListener('abort', () => { reason = request.signal.reason; resolve() }) })
      return { status: 200 }
    })
    const client = new Client(port).send(request('/'))
    await until(() => called)
    client.socket.resetAndDestroy()
    await until(() => refusals.length > 0)
    expect(refusals).toMatchObject([{ error: { code: 'ERR_SERVER_PEER_CLOSED' } }])
    expect(reason).toMatchObject({ code: 'ERR_SERVER_PEER_CLOSED' })
  })

  test('while a body is written: it is closed', async () => {
    let closed = false
    async function * body (): AsyncGenerator<string> {
      try {
        for (;;) {
          yield 'tick'
          await new Promise(resolve => setTimeout(resolve, 5))
        }
      } finally {
        closed = true
      }
    }
    const { port } = await serveHttp(() => ({ status: 200, body: body() }))
    const client = new Client(port).send(request('/'))
    await until(() => client.received.includes('tick'))
    client.socket.destroy()
    await until(() => closed)
  })

  test('between requests: nothing is said', async () => {
    const refusals = published<RefusedMessage>('gatewire:refused')
    const { port, server } = await serveHttp(() => ({ status: 200 }))
    const client = new Client(port).send(request('/'))
    await client.wait(1)
    client.socket.destroy()
    await server.close()
    expect(refusals).toEqual([])
  })
})

describe('closing the server', () => {
  test('ends idle connections at once, and finishes what runs with Connection: close', async () => {
    const { open, passed } = gate()
    const { port, server } = await serveHttp(async request => {
      if (request.get('PATH_INFO') === '/slow') await passed
      return { status: 200, body: request.get('PATH_INFO')! }
    }, { drainTimeout: 20_000, keepAliveTimeout: 60_000 })
    const [idle, busy] = [new Client(port).send(request('/idle')), new Client(port).send(request('/fast') + request('/slow') + request('/queued'))]
    await Promise.all([idle.wait(1), busy.wait(1)])
    const closed = server.close()
    await idle.ended
    expect(busy.ending).toBe(undefined)
    open()
    await busy.ended
    expect(busy.responses().map(({ body, fields }) => [body, fields.get('connection')])).toEqual([['/fast', undefined], ['/slow', 'close']])
    busy.socket.end()
    await closed
  })

  test('answers a request that is under way', async () => {
    const { port, server } = await serveHttp(() => ({ status: 200, body: 'x' }), { drainTimeout: 20_000 })
    const text = request('/')
    const client = new Client(port).send(text.slice(0, 10))
    await client.connected
    // What has come is read in the order of its coming: with this answer, the server knows the beginning of the other request too.
    const other = new Client(port).send(text)
    await other.wait(1)
    other.socket.destroy()
    const closed = server.close()
    client.send(text.slice(10))
    await client.ended
    expect(responsesOf(client.received).map(({ fields, body }) => [fields.get('connection'), body])).toEqual([['close', 'x']])
    client.socket.end()
    await closed
  })

  test('cuts what does not finish', async () => {
    const refusals = published<RefusedMessage>('gatewire:refused')
    let called = false
    const { port, server } = await serveHttp(() => {
      called = true
      return new Promise<never>(() => {})
    }, { drainTimeout: 50 })
    const client = new Client(port).send(request('/'))
    await until(() => called)
    await server.close()
    await client.ended
    expect(refusals).toMatchObject([{ error: { code: 'ERR_SERVER_DRAIN_TIMEOUT' } }])
  })
})
