// gatewire proxy when something fails: the uwsgi server is not there, says nothing, dies, answers something impossible; the client goes.
import net, { type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type Answer, answering, closeAll, folder, OK, serve } from './client_peer.js'
import { published, until } from './front_end.js'
import { chunked, Client, exchange, post, request, type Response } from './http_peer.js'
import { startFront } from './proxy_front.js'

afterEach(closeAll)

const CLOSE = ['Connection: close']

/** A port of this machine on which nobody listens. */
async function nobody (): Promise<string> {
  const server = net.createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise(resolve => server.close(resolve))
  return `uwsgi://127.0.0.1:${port}`
}

async function behind (answer: Answer, ...more: Parameters<typeof startFront> extends [string, ...infer M] ? M : never) {
  return await startFront(await serve(answering(answer)), ...more)
}

describe('the uwsgi server', () => {
  test('is not there: 502, and the connection of the client goes on', async () => {
    const { port, failures, errors } = await startFront(await nobody())
    const responses = await exchange(port, request('/a') + request('/b', CLOSE))
    expect(responses.map(({ status, body, complete }) => [status, body, complete])).toEqual(Array(2).fill([502, 'Bad Gateway\n', true]))
    expect(failures).toEqual(Array(2).fill({
      status: 502, code: 'ERR_CLIENT_REFUSED', message: expect.stringMatching(/^no server listens on 127\.0\.0\.1:\d+: check that it runs/) as string
    }))
    expect(errors).toEqual([])
  })

  test('has no socket: 502', async () => {
    const { port, failures } = await startFront(`unix:${folder()}/absent.sock`)
    expect(await exchange(port, request('HEAD / HTTP/1.1', CLOSE), ['HEAD'])).toMatchObject([{ status: 502, body: '' }])
    expect(failures).toMatchObject([{ status: 502, code: 'ERR_CLIENT_NO_SOCKET' }])
  })

  test('is not there for an upload: 502, and nobody is told to send it', async () => {
    const { port, failures } = await startFront(await nobody())
    const [head] = post('/', 'content', 'Expect: 100-continue').split('content')
    expect(await exchange(port, head!)).toMatchObject([{ status: 502 }])
    expect(failures).toHaveLength(1)
  })

  test.each(['end', 'destroy', 'resetAndDestroy'] as const)('closes without a byte (%s): 502, and the log says what uWSGI closes for', async how => {
    const { port, failures } = await behind(socket => socket[how](), {}, { limits: { maxFieldLines: 200 } })
    const many = Array.from({ length: 130 }, (_, i) => `X-${i}: y`)
    const texts = [request('/'), request('/', [`Cookie: ${'x'.repeat(5000)}`]), request('/', [...CLOSE, ...many])]
    expect((await exchange(port, texts.join(''))).map(({ status }) => status)).toEqual([502, 502, 502])
    expect(failures.map(({ code }) => code)).toEqual(Array(3).fill('ERR_RESPONSE_EMPTY'))
    expect(failures[0]!.message).toMatch(/closed without an answer, as uWSGI does when it refuses a request: the server's log says why$/)
    expect(failures[1]!.message).toMatch(/its variables take 5\d{3} bytes, and uWSGI accepts 4096 unless buffer-size is set$/)
    expect(failures[2]!.message).toMatch(/it has 14\d variables, and uWSGI accepts 128 unless max-vars is set$/)
  })

  test('never answers: 504', async () => {
    const { port, failures } = await behind(() => {}, { timeout: 500 })
    expect(await exchange(port, request('/', CLOSE))).toMatchObject([{ status: 504, body: 'Gateway Timeout\n' }])
    expect(failures).toMatchObject([{ status: 504, code: 'ERR_CLIENT_TIMEOUT' }])
    expect(failures[0]!.message).toMatch(/^nothing was sent to or received from 127\.0\.0\.1:\d+ for 500 ms; --timeout grants more$/)
  })

  test('does not read an upload: 504', async () => {
    const to = await serve(socket => { socket.pause() })
    const { port, failures } = await startFront(to, { timeout: 500 })
    const client = new Client(port).send(post('/', 'x'.repeat(20 << 20), ...CLOSE))
    await until(() => client.received.includes('504'))
    expect(failures).toMatchObject([{ status: 504, code: 'ERR_CLIENT_TIMEOUT' }])
  })

  test.each<[string, string, number | undefined]>([
    ['nothing of HTTP', 'hello\r\n\r\n', undefined],
    ['101', 'HTTP/1.1 101 Switching Protocols\r\n\r\n', undefined],
    ['Transfer-Encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', undefined],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx', undefined],
    ['a line feed alone', 'HTTP/1.1 200 OK\r\nX: a\nY: b\r\n\r\n', 21],
    ['half a head', 'HTTP/1.1 200 OK\r\nX:', undefined],
    ['a head that is too large', `HTTP/1.1 200 OK\r\nX: ${'y'.repeat(70_000)}\r\n\r\n`, undefined]
  ])('answers %s: 502', async (_, answer, offset) => {
    const { port, failures, errors } = await behind(answer)
    expect(await exchange(port, request('/', CLOSE))).toMatchObject([{ status: 502, body: 'Bad Gateway\n', complete: true }])
    expect(failures).toMatchObject([{ status: 502, code: expect.stringMatching(/^ERR_RESPONSE_/) as string }])
    expect(failures[0]!.message).toMatch(offset === undefined ? /^the answer was refused: .* \(at byte \d+\)$/ : new RegExp(`end with CR LF \\(at byte ${offset}\\)$`))
    expect(errors).toEqual([])
  })

  test('dies within content of known length: the client sees less than was announced', async () => {
    for (const how of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const { port, failures, errors } = await behind(socket => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => socket[how]()))
      const client = new Client(port).send(request('/') + request('/next'))
      await client.ended
      // A reset may overtake all that was sent.
      if (client.received === '') expect(client.ending).toBe('reset')
      else expect(client.responses()).toMatchObject([{ status: 200, complete: false }])
      expect(failures).toEqual([])
      expect(errors).toMatchObject([{ cut: true }])
      expect(['ERR_RESPONSE_CONTENT_TRUNCATED', 'ERR_CLIENT_CONNECTION_LOST']).toContain((errors[0]!.error as { code: string }).code)
    }
  })

  test('dies within content without a length: the client sees no last chunk', async () => {
    const { port, errors } = await behind(socket => socket.write('HTTP/1.1 200 OK\r\n\r\nhalf', () => setTimeout(() => socket.resetAndDestroy(), 50)))
    const client = new Client(port).send(request('/'))
    await client.ended
    expect(client.responses()).toMatchObject([{ status: 200, body: 'half', complete: false }])
    expect(errors).toMatchObject([{ cut: true, error: { code: 'ERR_CLIENT_CONNECTION_LOST' } }])
  })

  test('dies after any byte of its answer: the client never gets a complete one, nor one that is made up', async () => {
    const answer = 'HTTP/1.1 200 OK\r\nX-Own: 1\r\nContent-Length: 5\r\n\r\nhello'
    let cut = 0
    const { port } = await behind(socket => socket.end(answer.slice(0, cut)))
    const head = answer.indexOf('hello')
    for (; cut <= answer.length; cut++) {
      const client = new Client(port).send(request('/', CLOSE))
      await client.ended
      const [response] = client.received === '' ? [] : client.responses()
      const wanted = cut < head ? { status: 502, complete: true } : cut < answer.length ? { status: 200, complete: false } : { status: 200, complete: true }
      if (cut >= head && response === undefined) expect(client.ending).toBe('reset')
      else expect({ cut, status: response!.status, complete: response!.complete }).toEqual({ cut, ...wanted })
    }
  })

  test('dies within content for a client of HTTP/1.0, whose answer ends with the connection: it is reset', async () => {
    const { port } = await behind(socket => socket.write('HTTP/1.1 200 OK\r\n\r\nhalf', () => setTimeout(() => socket.resetAndDestroy(), 50)))
    const client = new Client(port).send(request('GET / HTTP/1.0'))
    await client.ended
    expect([client.ending, client.received.endsWith('half')]).toEqual(['reset', true])
  })

  test('falls silent within content: the client sees that it is not complete', async () => {
    const { port, errors } = await behind(socket => socket.write('HTTP/1.1 200 OK\r\n\r\nhalf'), { timeout: 500 })
    const client = new Client(port).send(request('/'))
    await client.ended
    expect(client.responses()).toMatchObject([{ status: 200, body: 'half', complete: false }])
    expect(errors).toMatchObject([{ cut: true, error: { code: 'ERR_CLIENT_TIMEOUT' } }])
  })

  test('sends more than it announced: the surplus goes nowhere, and nothing follows on the connection', async () => {
    const { port, errors } = await behind('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    const client = new Client(port).send(request('/') + request('/next'))
    await client.ended
    expect(client.responses()).toMatchObject([{ status: 200, body: 'ok' }])
    expect(errors).toMatchObject([{ cut: true, error: { code: 'ERR_RESPONSE_CONTENT_SURPLUS' } }])
  })

  test('answers before the content has come: its answer counts, not the rest', async () => {
    const to = await serve(socket => socket.once('data', () => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')))
    const { port, failures } = await startFront(to)
    const client = new Client(port).send(post('/', 'x'.repeat(100_000)).slice(0, -1))
    expect(await client.wait(1)).toMatchObject([{ status: 403, body: 'no' }])
    expect(failures).toEqual([])
  })
})

describe('the client', () => {
  test('goes before the answer: the uwsgi server sees it', async () => {
    const sockets: Socket[] = []
    let closed = 0
    const to = await serve(socket => {
      sockets.push(socket.on('close', () => closed++))
      socket.resume()
    })
    const { port, failures, errors } = await startFront(to)
    for (const text of [request('/'), post('/', 'x'.repeat(1000)).slice(0, -1), post('/', 'x')]) {
      const before = sockets.length
      const client = new Client(port).send(text)
      await until(() => sockets.length > before)
      client.socket.destroy()
      await until(() => closed > before)
    }
    expect([failures, errors]).toEqual([[], []])
  })

  test('goes within the answer: the uwsgi server sees it', async () => {
    let closed = false
    const { port, failures, errors } = await behind(socket => {
      socket.on('close', () => { closed = true })
      socket.write('HTTP/1.1 200 OK\r\n\r\nhalf')
    })
    const client = new Client(port).send(request('/'))
    await until(() => client.received.includes('half'))
    client.socket.destroy()
    await until(() => closed)
    expect([failures, errors]).toEqual([[], []])
  })

  test('goes within chunked content: the uwsgi server never hears of it', async () => {
    let connections = 0
    const to = await serve(socket => {
      connections++
      answering(OK)(socket)
    })
    const { port, failures, errors } = await startFront(to)
    const text = chunked('/', ['hello'])
    new Client(port).send(text.slice(0, -5)).socket.end()
    expect(await exchange(port, request('/', CLOSE))).toMatchObject([{ status: 200 }])
    expect([connections, failures, errors]).toEqual([1, [], []])
  })

  test('sends content that is refused: 400, the uwsgi server sees no end of it, and nothing is reported twice', async () => {
    const received: Buffer[] = []
    let closed = 0
    const to = await serve(socket => socket.on('data', bytes => received.push(bytes)).on('close', () => closed++))
    const { port, failures, errors } = await startFront(to)
    const refused = published<{ error: { code: string } }>('gatewire:refused')
    expect(await exchange(port, chunked('/', ['hello']).replace('5\r\n', '5;\r\n'))).toMatchObject([{ status: 400 }])
    expect(received).toEqual([])
    const client = new Client(port).send(post('/', 'hello').slice(0, -1))
    await until(() => Buffer.concat(received).toString('latin1').endsWith('hell'))
    client.socket.end()
    expect(await client.wait(1)).toMatchObject([{ status: 400 }])
    await until(() => closed === 1)
    expect(refused.map(({ error }) => error.code)).toEqual(['ERR_HTTP_BAD_CHUNK_EXTENSION', 'ERR_HTTP_CONTENT_TRUNCATED'])
    expect([failures, errors]).toEqual([[], []])
  })

  test('falls silent within its content: 408, and it is not the fault of the uwsgi server', async () => {
    const { port, failures } = await behind(OK, { timeout: 500 })
    const client = new Client(port).send(post('/', 'hello').slice(0, -1))
    expect(await client.wait(1)).toMatchObject([{ status: 408, body: 'Request Timeout\n' }])
    expect(failures).toMatchObject([{ status: 408, code: 'ERR_SERVER_CONTENT_TIMEOUT' }])
  })

  test('sends a head that no packet can carry: 431', async () => {
    const limits = { maxHeadBytes: 65_535, maxFieldLineBytes: 65_535, maxRequestLineBytes: 65_535 }
    const { port, failures } = await behind(OK, {}, { limits })
    expect(await exchange(port, request(`/${'x'.repeat(40_000)}`, CLOSE))).toMatchObject([{ status: 431 }])
    expect(failures).toMatchObject([{ status: 431, code: 'ERR_HTTP_PACKET_TOO_LARGE' }])
  })
})

test('what was meant for one request never reaches another, when many fail', async () => {
  let count = 0
  const to = await serve(socket => answering((socket, received) => {
    const path = /\/(\d+)/.exec(received.toString('latin1'))![1]!
    const how = count++ % 4
    if (how === 0) socket.end()
    else if (how === 1) socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${path}`, () => socket.destroy())
    else socket.end(`HTTP/1.1 200 OK\r\n\r\n${path}`)
  })(socket))
  const { port } = await startFront(to)
  const seen = await Promise.all(Array.from({ length: 40 }, async (_, i) => {
    const client = new Client(port).send(request(`/${i}`))
    await Promise.race([client.ended, client.wait(1)])
    if (client.received === '') return 'cut'
    const [{ status, body, complete }] = client.responses() as [Response]
    return complete ? status === 200 ? body === String(i) : status : body === '' || body === String(i) ? 'cut' : body
  }))
  expect(seen.filter(one => one === true)).toHaveLength(20)
  expect(seen.filter(one => one === 502)).toHaveLength(10)
  expect(seen.filter(one => one === 'cut')).toHaveLength(10)
})

test('an address that is none is refused at once', async () => {
  for (const to of ['127.0.0.1:3031', 'http://127.0.0.1:3031', 'unix:', 'uwsgi://127.0.0.1']) {
    await expect(startFront(to)).rejects.toThrow(expect.objectContaining({ code: 'ERR_INVALID_ADDRESS' }))
  }
})
