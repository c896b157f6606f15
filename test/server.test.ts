// gatewire/server: requests in, responses out, over real sockets.
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ErrorMessage, RequestMessage, ResponseMessage } from '../src/server/index.js'
import { ask, bodyOf, FrontEnd, packet, post, published, serve, statusOf, until } from './front_end.js'

describe('a request', () => {
  test('reaches the handler with its variables', async () => {
    const seen: unknown[] = []
    const { port } = await serve(request => {
      seen.push(request.get('PATH_INFO'), request.get('ABSENT'), request.environ['QUERY_STRING'], request.head.modifier1)
      return { status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'hello' }
    })
    const response = await ask(port, packet({ PATH_INFO: '/a', QUERY_STRING: 'x=1' }))
    expect(response).toBe('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello')
    expect(seen).toEqual(['/a', undefined, 'x=1', 0])
  })

  test('is the same one byte at a time', async () => {
    const { port } = await serve(async request => ({ status: 200, body: `${request.get('PATH_INFO')} ${await request.text()}` }))
    const peer = new FrontEnd(port)
    peer.socket.setNoDelay(true)
    for (const byte of post('content')) {
      peer.send(Buffer.of(byte))
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(bodyOf(await peer.response())).toBe('/ content')
  })

  test('with modifier1 30 is one, as nginx may send it', async () => {
    const { port } = await serve(request => ({ status: 200, body: String(request.head.modifier1) }))
    expect(bodyOf(await ask(port, packet({}, 30)))).toBe('30')
  })

  test('is one per connection: bytes after its content are ignored', async () => {
    let calls = 0
    const { port } = await serve(async request => {
      calls++
      return { status: 200, body: await request.text() }
    })
    const response = await ask(port, Buffer.concat([post('one'), packet({ PATH_INFO: '/second' })]))
    expect(bodyOf(response)).toBe('one')
    expect(calls).toBe(1)
  })

  test('may come from 200 connections at once', async () => {
    const { port } = await serve(async request => {
      const name = await request.text()
      await new Promise(resolve => setTimeout(resolve, 20))
      return { status: 200, body: name }
    })
    const names = Array.from({ length: 200 }, (_, i) => `request ${i}`)
    const responses = await Promise.all(names.map(name => ask(port, post(name))))
    expect(responses.map(bodyOf)).toEqual(names)
  })
})

describe('the body of a response', () => {
  const cases: Array<[string, () => unknown, string, string | undefined]> = [
    ['nothing', () => undefined, '', '0'],
    ['an empty string', () => '', '', '0'],
    ['a string, as UTF-8', () => 'é€', Buffer.from('é€').toString('latin1'), '5'],
    ['bytes', () => Uint8Array.of(0, 255), '\0\xFF', '2'],
    ['an array', () => ['a', Buffer.from('b'), '', 'c'], 'abc', '3'],
    ['a set', () => new Set(['a', 'b']), 'ab', undefined],
    ['a generator', function * () { yield 'a'; yield Buffer.from('b') }, 'ab', undefined],
    ['an empty generator', function * () {}, '', undefined],
    ['an async generator', async function * () { yield 'a'; await Promise.resolve(); yield 'b' }, 'ab', undefined],
    ['a web stream', () => new Blob(['blob']).stream(), 'blob', undefined]
  ]
  test.each(cases)('%s', async (_, body, expected, length) => {
    const { port } = await serve(() => ({ status: 200, body: body() as string }))
    const response = await ask(port, packet())
    expect(response).toBe(`HTTP/1.1 200 OK\r\n${length === undefined ? '' : `Content-Length: ${length}\r\n`}\r\n${expected}`)
  })

  test.each([65_000, 70_000, 5_000_000])('of %i bytes arrives whole, as bytes, as a string, in pieces', async size => {
    const bytes = Buffer.alloc(size, 'abcdefghij')
    const forms = [bytes, bytes.toString(), [bytes.subarray(0, 7), bytes.subarray(7)], (function * () { yield bytes })(),
      (async function * () { for (let i = 0; i < size; i += 9999) yield bytes.subarray(i, i + 9999) })()]
    for (const body of forms) {
      const { port } = await serve(() => ({ status: 200, headers: { 'content-length': String(size) }, body }))
      const response = await ask(port, packet())
      expect(bodyOf(response) === bytes.toString('latin1')).toBe(true)
    }
  })

  test('is in one write with the head when it is small', async () => {
    const { port } = await serve(() => ({ status: 200, body: 'hello' }))
    const peer = new FrontEnd(port).send(packet())
    const first: Buffer = await new Promise(resolve => { peer.socket.once('data', resolve) })
    expect(first.toString()).toBe('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello')
  })

  test('waits for a slow reader, and goes on when it reads', async () => {
    let made = 0
    const piece = Buffer.alloc(65536, 'x')
    async function * body (): AsyncGenerator<Buffer> {
      for (; made < 800; made++) yield piece
    }
    const { port } = await serve(() => ({ status: 200, body: body() }))
    const peer = new FrontEnd(port)
    peer.socket.pause()
    peer.send(packet())
    await until(() => made > 0)
    let last = -1
    while (made !== last) {
      last = made
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    expect(made).toBeLessThan(800)
    peer.socket.resume()
    expect(bodyOf(await peer.response()).length).toBe(800 * 65536)
  })

  test('is closed when the peer goes', async () => {
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
    const { port } = await serve(() => ({ status: 200, body: body() }))
    const peer = new FrontEnd(port).send(packet())
    await until(() => peer.received.includes('tick'))
    peer.socket.destroy()
    await until(() => closed)
  })

  test.each([['HEAD', 200], ['GET', 204], ['GET', 304]])('is left out for %s with %i, and closed unread', async (method, status) => {
    let returned = 0
    let read = 0
    const body = {
      [Symbol.asyncIterator]: () => ({
        next: async () => { read++; return { done: false, value: 'x' } },
        return: async () => { returned++; return { done: true, value: undefined } }
      })
    } as unknown as AsyncIterable<string>
    const { port } = await serve(request => ({ status, headers: { 'content-length': '7' }, body: request.get('PATH_INFO') === '/stream' ? body : 'content' }))
    const length = status === 204 ? '' : 'content-length: 7\r\n'
    for (const path of ['/text', '/stream']) {
      const response = await ask(port, packet({ REQUEST_METHOD: method, PATH_INFO: path }))
      expect(response).toMatch(/^HTTP\/1\.1 \d{3} [A-Za-z ]+\r\n/)
      expect(response.slice(response.indexOf('\r\n') + 2)).toBe(`${length}\r\n`)
    }
    expect([returned, read]).toEqual([1, 0])
  })

  test('gives HEAD its size, and nothing when there is none', async () => {
    const { port } = await serve(request => ({ status: 200, body: request.get('PATH_INFO') === '/' ? 'content' : undefined }))
    expect(await ask(port, packet({ REQUEST_METHOD: 'HEAD' }))).toBe('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n')
    expect(await ask(port, packet({ REQUEST_METHOD: 'HEAD', PATH_INFO: '/none' }))).toBe('HTTP/1.1 200 OK\r\n\r\n')
  })
})

describe('the head of a response', () => {
  test('keeps names, order and repeated fields, and leaves out what is about the connection', async () => {
    const { port } = await serve(() => ({
      status: '404 Nothing Here',
      headers: [['X-B', '2'], ['Set-Cookie', 'a'], ['Connection', 'keep-alive'], ['set-cookie', 'b'], ['Keep-Alive', '1'], ['TE', 'x'],
        ['Upgrade', 'h2c'], ['Trailer', 'x'], ['Proxy-Connection', 'x'], ['X-A', '1']],
      body: 'x'
    }))
    expect(await ask(port, packet())).toBe('HTTP/1.1 404 Nothing Here\r\nX-B: 2\r\nSet-Cookie: a\r\nset-cookie: b\r\nX-A: 1\r\nContent-Length: 1\r\n\r\nx')
  })

  test('may be given as an object with arrays, a Map or Headers', async () => {
    const forms = [{ a: ['1', '2'] }, new Map([['a', '1']]), new Headers({ a: '1' })]
    const { port } = await serve(request => ({ status: 200, headers: forms[Number(request.get('QUERY_STRING'))]! }))
    expect(await ask(port, packet({ QUERY_STRING: '0' }))).toBe('HTTP/1.1 200 OK\r\na: 1\r\na: 2\r\nContent-Length: 0\r\n\r\n')
    for (const form of ['1', '2']) expect(await ask(port, packet({ QUERY_STRING: form }))).toContain('a: 1\r\n')
  })
})

describe('a handler that fails', () => {
  const hidden = 'a secret detail'
  const mistakes: Array<[string, () => unknown]> = [
    ['throws', () => { throw new Error(hidden) }],
    ['rejects', async () => { throw new Error(hidden) }],
    ['throws something that is no Error', () => { throw hidden }], // oxlint-disable-line no-throw-literal
    ['gives nothing', () => undefined],
    ['gives a string', () => hidden],
    ['gives no status', () => ({ body: hidden })],
    ['gives status 100', () => ({ status: 100 })],
    ['gives status 101', () => ({ status: '101 Switching Protocols' })],
    ['gives status 1000', () => ({ status: 1000 })],
    ['gives a line break in a header', () => ({ status: 200, headers: { a: 'b\r\nc: d' } })],
    ['gives a header that is a number', () => ({ status: 200, headers: { a: 5 } })],
    ['gives Transfer-Encoding', () => ({ status: 200, headers: { 'transfer-encoding': 'chunked' } })],
    ['gives a Status field', () => ({ status: 200, headers: { Status: '500' } })],
    ['gives two Content-Lengths', () => ({ status: 200, headers: [['content-length', '1'], ['Content-Length', '1']], body: 'x' })],
    ['gives a bad Content-Length', () => ({ status: 200, headers: { 'content-length': 'x' }, body: 'x' })],
    ['gives a number as body', () => ({ status: 200, body: 5 })],
    ['gives a number in a list', () => ({ status: 200, body: ['a', 5] })],
    ['has a generator that throws at once', () => ({ status: 200, body: (function * () { throw new Error(hidden) })() })] // oxlint-disable-line require-yield
  ]
  test.each(mistakes)('%s: 500, and the error is published', async (_, handler) => {
    const errors = published<ErrorMessage>('gatewire:error')
    const { port, server } = await serve(handler as () => never)
    expect(await ask(port, packet())).toBe('HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\n' +
      'Content-Length: 22\r\n\r\nInternal Server Error\n')
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ cut: false, server })
    expect(errors[0]!.error).toBeDefined()
  })

  test('answers HEAD with the head of a 500 only', async () => {
    published('gatewire:error')
    const { port } = await serve(() => { throw new Error(hidden) })
    expect(bodyOf(await ask(port, packet({ REQUEST_METHOD: 'HEAD' })))).toBe('')
  })

  test.each([false, true])('after the head: the connection is cut (Content-Length given: %s)', async sized => {
    const errors = published<ErrorMessage>('gatewire:error')
    async function * body (): AsyncGenerator<string> {
      yield 'first'
      await new Promise(resolve => setTimeout(resolve, 20))
      throw new Error(hidden)
    }
    const { port } = await serve(() => ({ status: 200, headers: sized ? { 'content-length': '1000' } : {}, body: body() }))
    const peer = new FrontEnd(port).send(packet())
    expect(await peer.ended).toBe('reset')
    expect(peer.received).not.toContain(hidden)
    expect(errors).toMatchObject([{ cut: true, error: { message: hidden } }])
  })

  const lengths: Array<[string, unknown, string]> = [
    ['a string that is longer', 'abcdef', '5'],
    ['a string that is shorter', 'abcd', '5'],
    ['no body', undefined, '5'],
    ['a large body that is shorter', Buffer.alloc(100_000), '100001'],
    ['a list that is longer', ['abc', 'def'], '5']
  ]
  test.each(lengths)('%s than its Content-Length: the connection is cut', async (_, body, length) => {
    const errors = published<ErrorMessage>('gatewire:error')
    const { port } = await serve(() => ({ status: 200, headers: { 'content-length': length }, body: body as string }))
    const peer = new FrontEnd(port).send(packet())
    expect(await peer.ended).toBe('reset')
    expect(peer.received).toBe('')
    expect(errors).toMatchObject([{ cut: true, error: { code: 'ERR_SERVER_CONTENT_LENGTH_MISMATCH' } }])
  })

  test.each([['longer', 'abcdef'], ['shorter', 'abcd']])('an iterable that is %s than its Content-Length: no complete body is sent', async (_, text) => {
    const errors = published<ErrorMessage>('gatewire:error')
    async function * body (): AsyncGenerator<string> {
      for (const character of text) {
        yield character
        await new Promise(resolve => setTimeout(resolve, 5))
      }
    }
    const { port } = await serve(() => ({ status: 200, headers: { 'content-length': '5' }, body: body() }))
    const peer = new FrontEnd(port).send(packet())
    expect(await peer.ended).toBe('reset')
    await until(() => errors.length > 0)
    expect(errors).toMatchObject([{ cut: true, error: { code: 'ERR_SERVER_CONTENT_LENGTH_MISMATCH' } }])
  })
})

describe('diagnostics', () => {
  test('that nobody subscribes to: the first error becomes a warning of the process', async () => {
    const warnings: Error[] = []
    const listen = (warning: Error): void => { warnings.push(warning) }
    process.on('warning', listen)
    onTestFinished(() => { process.off('warning', listen) })
    const { port } = await serve(() => { throw new Error('unheard') })
    for (let i = 0; i < 2; i++) expect(statusOf(await ask(port, packet()))).toBe(500)
    expect(warnings).toMatchObject([{ code: 'GATEWIRE_ERROR', message: expect.stringContaining('unheard') }])
  })

  test('tell of a request and its response, with the same request object', async () => {
    const requests = published<RequestMessage>('gatewire:request')
    const responses = published<ResponseMessage>('gatewire:response')
    const { port, server } = await serve(() => ({ status: 201, body: ['four', '!'] }))
    await ask(port, packet())
    await until(() => responses.length > 0)
    expect(requests).toMatchObject([{ server, remoteAddress: '127.0.0.1' }])
    expect(responses).toMatchObject([{ server, status: 201, contentBytes: 5 }])
    expect(responses[0]!.request).toBe(requests[0]!.request)
  })
})
