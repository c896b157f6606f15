// The handler of gatewire proxy between raw clients and raw uwsgi servers: what each side gets, when things go well.
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { decodeUwsgi } from '../src/index.js'
import { type Answer, answering, closeAll, OK, serve } from './client_peer.js'
import { until } from './front_end.js'
import { chunked, Client, exchange, post, request } from './http_peer.js'
import { startFront } from './proxy_front.js'

afterEach(closeAll)

const CLOSE = ['Connection: close']

/** A front end, and what its uwsgi server has received on each connection. */
async function between (answer: Answer, ...more: Parameters<typeof startFront> extends [string, ...infer M] ? M : never) {
  const packets: Buffer[][] = []
  const to = await serve(socket => {
    const seen: Buffer[] = []
    packets.push(seen)
    answering(answer, seen)(socket)
  })
  return { ...await startFront(to, ...more), packets, received: (i: number) => Buffer.concat(packets[i]!) }
}

/** An answer of this head and content. */
const answer = (head: string, content = ''): string => `HTTP/1.1 ${head}\r\n\r\n${content}`

describe('requests', () => {
  test('arrive as packets with the modifier that was asked for, one connection each', async () => {
    const { port, received, packets, errors } = await between(OK, { modifier1: 5 })
    const client = new Client(port)
    for (const path of ['/a?b=c', '/%20d']) {
      const before = client.responses().length
      client.send(request(path))
      await client.wait(before + 1)
    }
    expect(client.responses().map(({ status, body }) => [status, body])).toEqual([[200, 'hello'], [200, 'hello']])
    expect(packets).toHaveLength(2)
    const heads = [received(0), received(1)].map(bytes => decodeUwsgi(bytes)!)
    expect(heads.map(head => [head.modifier1, head.get('REQUEST_URI'), head.get('PATH_INFO'), head.get('QUERY_STRING')]))
      .toEqual([[5, '/a?b=c', '/a', 'b=c'], [5, '/%20d', '/ d', '']])
    expect(errors).toEqual([])
  })

  test('content is sent on with its length', async () => {
    const { port, received } = await between(OK)
    expect(await exchange(port, post('/', 'content', ...CLOSE))).toMatchObject([{ status: 200, body: 'hello' }])
    const head = decodeUwsgi(received(0))!
    expect([head.get('CONTENT_LENGTH'), received(0).toString('latin1', head.byteLength)]).toEqual(['7', 'content'])
  })

  test('content is sent on as it comes, not when it is complete', async () => {
    const { port, packets, received } = await between(OK)
    const whole = post('/', 'x'.repeat(10), ...CLOSE)
    const client = new Client(port).send(whole.slice(0, -5))
    await until(() => packets.length > 0 && received(0).subarray(-5).equals(Buffer.from('xxxxx')))
    expect(client.received).toBe('')
    client.send(whole.slice(-5))
    expect(await client.wait(1)).toMatchObject([{ status: 200 }])
  })

  test('chunked content gets a length', async () => {
    const { port, received } = await between(OK, { maxBuffered: 10 })
    for (const [i, pieces] of [['hello', 'world'], ['0123456789'], ['x'], []].entries()) {
      expect(await exchange(port, chunked('/', pieces, ...CLOSE))).toMatchObject([{ status: 200, body: 'hello' }])
      const head = decodeUwsgi(received(i))!
      const content = pieces.join('')
      expect([head.get('CONTENT_LENGTH'), head.has('HTTP_TRANSFER_ENCODING')]).toEqual([String(content.length), false])
      expect(received(i).toString('latin1', head.byteLength)).toBe(content)
    }
  })

  test('chunked content of many pieces stays in order', async () => {
    const { port, received } = await between(OK, { maxBuffered: 300_000 })
    const pieces = Array.from({ length: 3000 }, (_, i) => `${i},`.repeat(1 + i % 20))
    expect(await exchange(port, chunked('/', pieces, ...CLOSE))).toMatchObject([{ status: 200 }])
    expect(received(0).toString('latin1', decodeUwsgi(received(0))!.byteLength)).toBe(pieces.join(''))
  })

  test('chunked content that is too large is 413, and the uwsgi server hears nothing of it', async () => {
    const { port, packets, failures } = await between(OK, { maxBuffered: 10 })
    for (const pieces of [['0123456789', 'x'], ['0123456789x']]) {
      const [response] = await exchange(port, chunked('/', pieces, ...CLOSE))
      expect(response).toMatchObject({ status: 413, body: 'Content Too Large\n', complete: true })
    }
    expect(packets).toEqual([])
    expect(failures.map(({ status, code }) => [status, code]))
      .toEqual([[413, 'ERR_HTTP_CONTENT_TOO_LARGE'], [413, 'ERR_HTTP_CONTENT_TOO_LARGE']])
  })

  test('the client is told to go on before its content is asked for, chunked or not', async () => {
    const { port } = await between(OK)
    for (const text of [post('/', 'hello', ...CLOSE, 'Expect: 100-continue'), chunked('/', ['hello'], ...CLOSE, 'Expect: 100-continue')]) {
      const [head, content] = text.split('\r\n\r\n', 1).concat(text.slice(text.indexOf('\r\n\r\n') + 4))
      const client = new Client(port).send(`${head}\r\n\r\n`)
      await client.wait(1)
      expect(client.received).toBe('HTTP/1.1 100 Continue\r\n\r\n')
      client.send(content!)
      expect((await client.wait(2)).map(({ status }) => status)).toEqual([100, 200])
    }
  })

  test('whose shapes smuggle requests are refused, and the uwsgi server hears nothing of them', async () => {
    const { port, packets } = await between(OK)
    const shapes: Array<[status: number, ...lines: string[]]> = [
      [400, 'Content-Length: 5', 'Transfer-Encoding: chunked'], [400, 'Transfer-Encoding: chunked', 'Content-Length: 5'],
      [400, 'Content-Length: 5', 'Content-Length: 5'], [400, 'Content-Length: 5, 5'], [400, 'Content-Length: +5'],
      [400, 'Transfer-Encoding: chunked, chunked'], [400, 'Transfer-Encoding: \x0bchunked'], [501, 'Transfer-Encoding: xchunked'],
      [400, 'Content-Length : 5'], [400, ' Content-Length: 5'], [400, 'X: a\nContent-Length: 5'], [400, 'X: a\rContent-Length: 5'],
      [400, 'Host: b']
    ]
    for (const [status, ...lines] of shapes) {
      const smuggled = request('/smuggled', CLOSE)
      const responses = await exchange(port, `${request('POST / HTTP/1.1', lines)}0\r\n\r\n${smuggled}`)
      expect([lines, responses.map(response => response.status)]).toEqual([lines, [status]])
    }
    expect(packets).toEqual([])
  })

  test('in a pipeline are answered in order, whatever their content', async () => {
    const { port } = await between((socket: Socket, received: Buffer) => {
      const head = decodeUwsgi(received)!
      const content = `${head.get('PATH_INFO')} ${received.toString('latin1', head.byteLength)}`
      // The first ones take longer.
      setTimeout(() => socket.end(answer(`200 OK\r\nContent-Length: ${content.length}`, content)), 40 - 10 * Number(head.get('PATH_INFO')!.slice(1)))
    })
    const texts = [request('/0'), post('/1', 'one'), chunked('/2', ['t', 'wo']), request('/3', CLOSE)]
    expect((await exchange(port, texts.join(''))).map(({ body }) => body)).toEqual(['/0 ', '/1 one', '/2 two', '/3 '])
  })

  test('below a mount have their SCRIPT_NAME, others are 404', async () => {
    const { port, received, packets } = await between(OK, {}, { mount: '/app' })
    const responses = await exchange(port, request('/app/x') + request('/apple', CLOSE))
    expect(responses.map(({ status }) => status)).toEqual([200, 404])
    const head = decodeUwsgi(received(0))!
    expect([head.get('SCRIPT_NAME'), head.get('PATH_INFO'), head.get('REQUEST_URI'), packets.length]).toEqual(['/app', '/x', '/app/x', 1])
  })
})

describe('answers', () => {
  test('keep status, reason, fields and content', async () => {
    const { port } = await between(answer('299 Fine: \xe9\r\nX-A: 1\r\nSet-Cookie: a\r\nx-a:2\r\nset-cookie: b\r\nContent-Length: 2', '\0\xff'))
    const [response] = await exchange(port, request('/', CLOSE))
    expect(response!.head.split('\r\n').filter(line => !line.startsWith('Date:'))).toEqual([
      'HTTP/1.1 299 Fine: \xe9', 'Connection: close', 'X-A: 1', 'Set-Cookie: a', 'x-a: 2', 'set-cookie: b', 'Content-Length: 2'
    ])
    expect(response!.body).toBe('\0\xff')
  })

  test('without a reason get the standard one', async () => {
    const { port } = await between(answer('404 \r\nContent-Length: 0'))
    expect((await exchange(port, request('/', CLOSE)))[0]!.head).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/)
  })

  test('lose the fields of one hop', async () => {
    const { port } = await between(answer('200 OK\r\nConnection: x-hop, close\r\nX-Hop: 1\r\nKeep-Alive: 1\r\nTrailer: X\r\nProxy-Authenticate: Basic\r\n' +
      'X-Own: 1\r\nContent-Length: 0'))
    const [response] = await exchange(port, request('/') + request('/', CLOSE))
    expect([...response!.fields.keys()].sort()).toEqual(['content-length', 'date', 'x-own'])
  })

  test('without a length are chunked for HTTP/1.1, and end with the connection for HTTP/1.0', async () => {
    const { port } = await between(answer('200 OK\r\nX-Own: 1', 'some content'))
    const responses = await exchange(port, request('/') + request('GET / HTTP/1.0'))
    expect(responses.map(({ body, complete, chunks }) => [body, complete, chunks])).toEqual([['some content', true, [12]], ['some content', true, undefined]])
    expect(responses[1]!.fields.get('connection')).toBe('close')
  })

  test.each([
    ['HEAD', '200 OK\r\nContent-Length: 5', '', '5'],
    ['HEAD', '200 OK', '', undefined],
    ['HEAD', '200 OK\r\nContent-Length: 5', 'surplus', '5'],
    ['GET', '204 No Content', '', undefined],
    ['GET', '204 No Content\r\nContent-Length: 5', '', undefined],
    ['GET', '304 Not Modified\r\nContent-Length: 5\r\nETag: "x"', '', '5'],
    ['GET', '304 Not Modified', 'surplus', undefined],
    ['GET', '200 OK\r\nContent-Length: 0', '', '0']
  ])('to %s: %s, have no content, and the connection goes on', async (method, head, content, length) => {
    const { port, errors } = await between(answer(head, content))
    const text = request(`${method} / HTTP/1.1`)
    const client = new Client(port)
    client.send(text)
    await client.wait(1, [method])
    client.send(text)
    const responses = await client.wait(2, [method, method])
    expect(responses.map(({ status, body, fields }) => [status, body, fields.get('content-length'), fields.has('transfer-encoding')]))
      .toEqual(Array(2).fill([Number(head.slice(0, 3)), '', length, false]))
    expect(errors).toEqual([])
  })

  test('interim ones are left out', async () => {
    const { port } = await between(`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}`)
    expect(await exchange(port, request('/', CLOSE))).toMatchObject([{ status: 200, body: 'hello' }])
  })

  test('come piece by piece, as they are made', async () => {
    const sockets: Socket[] = []
    const { port } = await between(socket => {
      sockets.push(socket)
      socket.write(answer('200 OK', 'one'))
    })
    const client = new Client(port).send(request('/', CLOSE))
    await until(() => client.received.includes('one'))
    sockets[0]!.write('two')
    await until(() => client.received.includes('two'))
    sockets[0]!.end()
    expect(await client.wait(1)).toMatchObject([{ body: 'onetwo', complete: true, chunks: [3, 3] }])
  })

  test('are not taken faster than the client takes them', async () => {
    const SIZE = 64 << 20
    let sent = 0
    const { port } = await between(socket => {
      socket.write(answer(`200 OK\r\nContent-Length: ${SIZE}`))
      const piece = Buffer.alloc(65_536)
      const more = (): void => {
        while (sent < SIZE && socket.writable) {
          sent += piece.length
          if (!socket.write(piece)) return void socket.once('drain', more)
        }
      }
      more()
    })
    const client = new Client(port)
    client.socket.pause()
    client.send(request('/'))
    await until(() => sent > 0)
    for (let before = -1; before !== sent;) {
      before = sent
      await new Promise(resolve => setTimeout(resolve, 200))
    }
    expect(sent).toBeLessThan(SIZE / 2)
    client.socket.resume()
    await until(() => client.received.length > SIZE)
    expect(sent).toBe(SIZE)
  })
})
