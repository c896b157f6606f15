// gatewire/server: what it refuses, with which answer, and its time-outs.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { encodeUwsgi, ProtocolError, RequestDecoder } from '../src/index.js'
import type { RefusedMessage, ServerOptions } from '../src/server/index.js'
import { ask, bodyOf, FrontEnd, packet, post, published, serve, statusOf, until } from './front_end.js'

const captures = new URL('./corpus/captures/', import.meta.url)
const recorded = readdirSync(captures).filter(name => /^uwsgi-bad-.*\.req\.bin$/.test(name))

/** Why there is no head in these bytes, and nothing after them. */
function refusalOf (bytes: Uint8Array): ProtocolError | undefined {
  const decoder = new RequestDecoder({ protocol: 'uwsgi' })
  try {
    decoder.push(bytes)
    if (decoder.next() === null) decoder.end()
    return undefined
  } catch (error) {
    return error as ProtocolError
  }
}

interface Refused { response: string, messages: RefusedMessage[], calls: number }

/** Sends bytes and closes its own direction, as it is needed for what is merely incomplete. */
async function refused (bytes: Uint8Array, options: Partial<ServerOptions> = {}): Promise<Refused> {
  const messages = published<RefusedMessage>('gatewire:refused')
  let calls = 0
  const { port } = await serve(() => {
    calls++
    return { status: 200 }
  }, options)
  const peer = new FrontEnd(port).send(bytes)
  peer.socket.end()
  return { response: await peer.response(), messages, calls }
}

describe('a refused packet', () => {
  test('is among the recorded ones', () => {
    expect(recorded.filter(name => refusalOf(readFileSync(new URL(name, captures))) !== undefined).length).toBeGreaterThanOrEqual(11)
  })

  test.each(recorded)('%s gets what the codec says of it', async name => {
    const bytes = readFileSync(new URL(name, captures))
    const error = refusalOf(bytes)
    const { response, messages, calls } = await refused(bytes)
    if (error === undefined) {
      expect([statusOf(response), calls]).toEqual([200, 1])
      return
    }
    expect(response).toBe(`HTTP/1.1 ${error.status} ${error.status === 501 ? 'Not Implemented' : 'Bad Request'}\r\n` +
      `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${error.message.length + 1}\r\n\r\n${error.message}\n`)
    expect(messages).toMatchObject([{ error: { code: error.code, status: error.status, offset: error.offset }, request: undefined }])
    expect(calls).toBe(0)
  })

  const empty = packet({ REQUEST_METHOD: undefined })
  const before = 4 + 4 + 'QUERY_STRING'.length + 4 + 'REQUEST_METHOD'.length
  const cases: Array<[string, Uint8Array, number, string, number, Partial<ServerOptions>?]> = [
    ['without REQUEST_METHOD', empty, 400, 'ERR_UWSGI_BAD_REQUEST_METHOD', empty.length],
    ['without variables', Buffer.alloc(4), 400, 'ERR_UWSGI_BAD_REQUEST_METHOD', 4],
    ['with an empty REQUEST_METHOD', packet({ REQUEST_METHOD: '' }), 400, 'ERR_UWSGI_BAD_REQUEST_METHOD', before],
    ['with a REQUEST_METHOD that is no token', packet({ REQUEST_METHOD: 'GE T' }), 400, 'ERR_UWSGI_BAD_REQUEST_METHOD', before + 2],
    ['with a line break in REQUEST_METHOD', packet({ REQUEST_METHOD: 'GET\r\n' }), 400, 'ERR_UWSGI_BAD_REQUEST_METHOD', before + 3],
    ['with a bad second REQUEST_METHOD', encodeUwsgi([['REQUEST_METHOD', 'GET'], ['REQUEST_METHOD', '\xE9']]), 400, 'ERR_UWSGI_BAD_REQUEST_METHOD', 4 + 21 + 18],
    ['with a modifier that is no request', packet({}, 17), 501, 'ERR_UWSGI_MODIFIER_NOT_A_REQUEST', 0],
    ['that is HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), 501, 'ERR_UWSGI_MODIFIER_NOT_A_REQUEST', 0],
    ['with a CONTENT_LENGTH over the limit', post('123456'), 413, 'ERR_UWSGI_CONTENT_TOO_LARGE', 0, { limits: { maxContentBytes: 5 } }],
    ['over maxPacketBytes', packet({ HTTP_COOKIE: 'x'.repeat(200) }), 431, 'ERR_UWSGI_PACKET_TOO_LARGE', 0, { limits: { maxPacketBytes: 200 } }],
    ['over maxVars', packet(), 431, 'ERR_UWSGI_TOO_MANY_VARS', 0, { limits: { maxVars: 4 } }],
    ['with a repeated field that the options refuse', encodeUwsgi([['HTTP_A', '1'], ['HTTP_A', '2']]), 400, 'ERR_UWSGI_DUPLICATE_VAR', 0,
      { duplicates: 'refuse' }],
    ['that ends inside the header', Buffer.from([0, 9]), 400, 'ERR_UWSGI_PACKET_TRUNCATED', 2],
    ['that ends inside the block', packet().subarray(0, 50), 400, 'ERR_UWSGI_PACKET_TRUNCATED', 50]
  ]
  test.each(cases)('%s: answered and closed', async (_, bytes, status, code, offset, options = {}) => {
    const { response, messages, calls } = await refused(bytes, options)
    expect(statusOf(response)).toBe(status)
    expect(messages).toMatchObject([{ error: { code, status } }])
    if (offset > 0) expect(messages[0]!.error).toMatchObject({ offset })
    expect(calls).toBe(0)
  })

  test('gets its answer before its content is sent', async () => {
    const { port } = await serve(() => ({ status: 200 }), { limits: { maxContentBytes: 5 } })
    const peer = new FrontEnd(port).send(packet({ REQUEST_METHOD: 'POST', CONTENT_LENGTH: '100000' }))
    await until(() => peer.received !== '')
    await new Promise<void>(resolve => { peer.socket.write(Buffer.alloc(100_000), () => resolve()) })
    expect(statusOf(await peer.response())).toBe(413)
    expect(peer.ending).toBe('end')
  })

  test('is not quoted in its answer', async () => {
    const { response } = await refused(packet({ REQUEST_METHOD: 'GET', CONTENT_LENGTH: 'marker-of-the-test' }))
    expect(statusOf(response)).toBe(400)
    expect(response).not.toContain('marker')
  })
})

describe('time-outs', () => {
  const slow = { headTimeout: 60 }

  test('a head that does not come to its end: 408', async () => {
    const messages = published<RefusedMessage>('gatewire:refused')
    const { port } = await serve(() => ({ status: 200 }), slow)
    expect(statusOf(await new FrontEnd(port).send(packet().subarray(0, 30)).response())).toBe(408)
    expect(messages).toMatchObject([{ error: { code: 'ERR_SERVER_HEAD_TIMEOUT', status: 408 } }])
  })

  test('a head that trickles: 408 all the same', async () => {
    const { port } = await serve(() => ({ status: 200 }), slow)
    const peer = new FrontEnd(port)
    for (const byte of packet({ HTTP_COOKIE: 'x'.repeat(1000) })) {
      if (peer.ending !== undefined) break
      peer.send(Buffer.of(byte))
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    expect(statusOf(await peer.response())).toBe(408)
  })

  // Times a machine with much to do does not reach by itself, and a process that is busy for longer.
  test('a process that was busy: what the peer had sent meanwhile is not late', async () => {
    const waiting = { peer: undefined as FrontEnd | undefined }
    const { port } = await serve(request => {
      if (request.get('PATH_INFO') === '/busy') {
        waiting.peer!.send(packet().subarray(30))
        for (const end = performance.now() + 1500; performance.now() < end;);
      }
      return { status: 200 }
    }, { headTimeout: 1000 })
    waiting.peer = new FrontEnd(port).send(packet().subarray(0, 30))
    await waiting.peer.connected
    expect(statusOf(await ask(port, packet({ PATH_INFO: '/busy' })))).toBe(200)
    expect(statusOf(await waiting.peer.response())).toBe(200)
  })

  test('a connection without a byte: closed without a word', async () => {
    const messages = published<RefusedMessage>('gatewire:refused')
    const { port } = await serve(() => ({ status: 200 }), slow)
    expect(await new FrontEnd(port).response()).toBe('')
    expect(messages).toEqual([])
  })

  test('a connection that is closed at once: nothing is said of it', async () => {
    const { response, messages } = await refused(Buffer.alloc(0))
    expect(response).toBe('')
    expect(messages).toEqual([])
  })

  test('content that stops: 408, and reading it throws', async () => {
    let code: unknown
    const { port } = await serve(async request => {
      await request.bytes().catch((error: { code: string }) => { code = error.code })
      return { status: 200 }
    }, { idleTimeout: 60 })
    expect(statusOf(await ask(port, post('x', 2)))).toBe(408)
    expect(code).toBe('ERR_SERVER_CONTENT_TIMEOUT')
  })

  test('content that is slower than minContentRate: 408', async () => {
    const { port } = await serve(async request => ({ status: 200, body: await request.text() }), { contentGrace: 40, minContentRate: 100_000 })
    const peer = new FrontEnd(port).send(post('', 1_000_000))
    while (peer.ending === undefined) {
      peer.send('x')
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    expect(statusOf(await peer.response())).toBe(408)
  })

  test('content that nobody reads: the peer is not to blame', async () => {
    const { port } = await serve(async request => {
      await new Promise(resolve => setTimeout(resolve, 2000))
      return { status: 200, body: String((await request.bytes()).length) }
    }, { idleTimeout: 1000, contentGrace: 1000, minContentRate: 2 ** 31 - 1 })
    const content = Buffer.alloc(400_000)
    // Two thirds of it are there at once, more than is held without a reader.
    const peer = new FrontEnd(port).send(post(content))
    expect(bodyOf(await peer.response())).toBe('400000')
  })

  test('a handler that takes its time: none', async () => {
    const { port } = await serve(async () => {
      await new Promise(resolve => setTimeout(resolve, 300))
      return { status: 200 }
    }, { headTimeout: 40, idleTimeout: 40, contentGrace: 40 })
    expect(statusOf(await ask(port, packet()))).toBe(200)
  })

  test('a peer that takes nothing of its response: the connection is cut', async () => {
    const messages = published<RefusedMessage>('gatewire:refused')
    const { port } = await serve(() => ({ status: 200, body: Buffer.alloc(50_000_000) }), { idleTimeout: 100 })
    const peer = new FrontEnd(port)
    peer.socket.pause()
    peer.send(packet())
    await until(() => messages.length > 0)
    expect(messages).toMatchObject([{ error: { code: 'ERR_SERVER_WRITE_TIMEOUT', status: 0 } }])
    peer.socket.resume()
    await peer.ended
    expect(bodyOf(peer.received).length).toBeLessThan(50_000_000)
  })

  test('a peer that is only slow: none', async () => {
    const size = 40_000_000
    const idleTimeout = 1500
    const { port } = await serve(() => ({ status: 200, body: Buffer.alloc(size) }), { idleTimeout })
    const peer = new FrontEnd(port)
    const began = performance.now()
    let taken = 0
    peer.socket.on('data', chunk => {
      taken += chunk.length
      // As slow as it has to be to take twice the time-out for all of it, at an even pace.
      const due = began + 2 * idleTimeout * taken / size
      peer.socket.pause()
      setTimeout(() => peer.socket.resume(), Math.max(0, due - performance.now()))
    })
    peer.send(packet())
    expect(bodyOf(await peer.response()).length).toBe(size)
  })
})

describe('connections', () => {
  test('over maxConnections are closed at once', async () => {
    const messages = published<RefusedMessage>('gatewire:refused')
    const waiting: Array<() => void> = []
    const { port } = await serve(async () => {
      await new Promise<void>(resolve => waiting.push(resolve))
      return { status: 200, body: 'x' }
    }, { maxConnections: 2, drainTimeout: 1000 })
    const first = [0, 1].map(() => new FrontEnd(port).send(packet()))
    await until(() => waiting.length === 2)
    expect(await new FrontEnd(port).response()).toBe('')
    expect(messages).toMatchObject([{ error: { code: 'ERR_SERVER_TOO_MANY_CONNECTIONS' }, remoteAddress: '127.0.0.1' }])
    for (const go of waiting) go()
    for (const peer of first) expect(statusOf(await peer.response())).toBe(200)
    const again = new FrontEnd(port).send(packet())
    await until(() => waiting.length === 3)
    waiting[2]!()
    expect(statusOf(await again.response())).toBe(200)
  })

  test.each([
    [['127.0.0.1'], true], [['127.0.0.0/8'], true], [['::1', '10.0.0.0/8', '127.0.0.1/32'], true],
    [[], false], [['10.0.0.0/8'], false], [['::1'], false], [['127.0.0.2'], false]
  ])('from 127.0.0.1 with allow %j: %s', async (allow, accepted) => {
    const messages = published<RefusedMessage>('gatewire:refused')
    const { port } = await serve(() => ({ status: 200 }), { allow })
    const response = await ask(port, packet())
    expect(response.startsWith('HTTP/1.1 200')).toBe(accepted)
    expect(messages).toMatchObject(accepted ? [] : [{ error: { code: 'ERR_SERVER_PEER_NOT_ALLOWED' }, remoteAddress: '127.0.0.1' }])
  })
})
