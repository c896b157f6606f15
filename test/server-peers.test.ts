// Peers that come together, leave at any moment, or leave half: what they do to the others, and to the server's own end. Over both
// transports.
import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createServer, type Handler, type RefusedMessage, type ResponseMessage, type Server } from '../src/server/index.js'
import { ask, bodyOf, folder, FrontEnd, packet, post, published, serve, until } from './front_end.js'
import { Client, post as httpPost, request, serveHttp } from './http_peer.js'

/** Connections that have been answered once, so that the server knows them all. */
async function acquainted (port: number, count: number): Promise<Client[]> {
  const clients = Array.from({ length: count }, () => new Client(port).send(request('/first')))
  for (const client of clients) await client.wait(1)
  return clients
}

/** A server on a unix socket. */
async function serveUnix (handler: Handler): Promise<{ server: Server, path: string }> {
  const path = `${folder()}/s.sock`
  const server = createServer({ protocol: 'uwsgi', drainTimeout: 200 }, handler)
  onTestFinished(() => server.close())
  await server.listen(`unix:${path}`)
  return { server, path }
}

/** A long body whose every byte depends on its place; nothing of it is kept. */
function * numbers (size: number, pulled: { bytes: number } = { bytes: 0 }): Generator<string> {
  for (let i = 0; pulled.bytes < size; i++) {
    const piece = `${i}:${'.'.repeat(65_000)}\n`.slice(0, size - pulled.bytes)
    pulled.bytes += piece.length
    yield piece
  }
}

function hashOf (pieces: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}

const MUCH = 50_000_000

describe('many at once', () => {
  test('2000 connections, all with a request in one turn', async () => {
    let handled = 0
    const handler: Handler = request => { handled++; return { status: 200, body: request.get('PATH_INFO') ?? '' } }
    const { port } = await serveHttp(handler, { keepAliveTimeout: 60_000 })
    const clients = await acquainted(port, 2000)
    clients.forEach((client, i) => client.send(request(`/${i}`)))
    for (const [i, client] of clients.entries()) expect((await client.wait(2))[1]).toMatchObject({ status: 200, body: `/${i}` })
    expect(handled).toBe(4000)
  })

  test('connections that come while the server closes are answered or refused, and it ends', async () => {
    for (const closesAfter of [0, 1, 20, 100]) {
      const { server, port } = await serve(() => ({ status: 200, body: 'here' }), { drainTimeout: 20_000 })
      const peers: FrontEnd[] = []
      for (let i = 0; i < 100; i++) peers.push(new FrontEnd(port).send(packet()))
      await until(() => peers.filter(({ ending }) => ending !== undefined).length >= closesAfter)
      await server.close()
      for (const peer of peers) {
        await peer.ended
        expect(['', 'here']).toContain(bodyOf(peer.received))
      }
      expect(peers.filter(({ received }) => received !== '').length).toBeGreaterThanOrEqual(closesAfter)
    }
  })

  test('a request context that one connection enters is seen by no other, and goes along with its own', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: Record<string, unknown[]> = {}
    const { port } = await serveHttp(async request => {
      const path = request.get('PATH_INFO')!
      if (path === '/first') return { status: 200 }
      const before = storage.getStore()
      if (path.startsWith('/enter')) storage.enterWith(path)
      const [inside, later] = path.startsWith('/run')
        ? await storage.run(path, async () => [storage.getStore(), await setTimeout(1).then(() => storage.getStore())])
        : [storage.getStore(), await setTimeout(1).then(() => storage.getStore())]
      const text = await request.text()
      seen[path] = [before, inside, later, text, storage.getStore()]
      return { status: 200, body: (async function * () { yield String(storage.getStore()) })() }
    })
    const clients = await acquainted(port, 6)
    const paths = ['/enter/a', '/plain/a', '/run', '/enter/b', '/plain/b', '/plain/c']
    clients.forEach((client, i) => client.send(httpPost(paths[i]!, 'content')))
    const bodies = await Promise.all(clients.map(async client => (await client.wait(2))[1]!.body))
    for (const path of paths) {
      const own = path.startsWith('/plain') ? undefined : path
      expect(seen[path], path).toEqual([undefined, own, own, 'content', path === '/run' ? undefined : own])
    }
    expect(bodies).toEqual(['/enter/a', 'undefined', 'undefined', '/enter/b', 'undefined', 'undefined'])
    // Nor by connections that come later.
    const { body } = (await (await acquainted(port, 1))[0]!.send(httpPost('/plain/d', '')).wait(2))[1]!
    expect(body).toBe('undefined')
  })
})

describe('leaving', () => {
  test.each(['tcp', 'unix'])('half: the last bytes and the end together, and then the answer (%s)', async where => {
    const handler: Handler = async request => {
      const content = await request.bytes()
      await setTimeout(20)
      return { status: 200, body: `${content.length} bytes` }
    }
    const to = where === 'tcp' ? (await serve(handler)).port : (await serveUnix(handler)).path
    for (const size of [0, 1, 100_000, 1_000_000]) {
      const peer = new FrontEnd(to)
      peer.socket.end(post(Buffer.alloc(size, 'x')))
      expect(bodyOf(await peer.response())).toBe(`${size} bytes`)
    }
  })

  const stages: Record<string, (peer: FrontEnd, known: () => boolean) => Promise<void>> = {
    'before it is accepted': async peer => { await peer.connected },
    'before its first byte': async peer => { await peer.connected; await setTimeout(20) },
    'in its head': async peer => { await peer.connected; peer.send(packet().subarray(0, 30)); await setTimeout(20) },
    'in its content': async (peer, known) => { peer.send(post('half', 100)); await until(known) },
    'while the handler works': async (peer, known) => { peer.send(packet({ PATH_INFO: '/slow' })); await until(known) },
    'when the response has begun': async (peer, known) => { peer.send(packet({ PATH_INFO: '/long' })); await until(() => known() && peer.received !== '') },
    'when it has not read what waits': async (peer, known) => {
      peer.socket.pause()
      peer.send(packet({ PATH_INFO: '/long' }))
      await until(known)
      await setTimeout(50)
    },
    'when it has the response': async peer => { await peer.send(packet()).ended }
  }

  describe.each(Object.entries(stages))('%s', (_, stage) => {
    test.each(['with a reset', 'by closing', 'by closing a unix socket'])('%s: the connection is over for the server, too', async how => {
      let known = false
      const refused = published<RefusedMessage>('gatewire:refused')
      const errors = published('gatewire:error')
      const handler: Handler = async request => {
        const path = request.get('PATH_INFO')
        if (path === '/other') return { status: 200, body: 'other' }
        known = true
        if (path === '/long') return { status: 200, body: numbers(MUCH) }
        if (path === '/slow') await new Promise(resolve => request.signal.addEventListener('abort', resolve))
        return { status: 200, body: await request.bytes() }
      }
      const { server, path } = await serveUnix(handler)
      const { port } = await server.listen(0) as AddressInfo
      const to = how === 'by closing a unix socket' ? path : port
      const peer = new FrontEnd(to)
      await stage(peer, () => known)
      if (how === 'with a reset') peer.socket.resetAndDestroy()
      else peer.socket.destroy()
      await until(() => peer.socket.destroyed)
      expect(bodyOf(await ask(to, packet({ PATH_INFO: '/other' })))).toBe('other')
      // It resolves when the last connection has closed, and is in no hurry.
      await server.close()
      expect(errors).toEqual([])
      expect(refused.map(({ error }) => error.code).filter(code => code === 'ERR_SERVER_DRAIN_TIMEOUT')).toEqual([])
    })
  })
})

describe('a response that waits to be sent', () => {
  test('goes out as fast as its reader reads, every byte once', async () => {
    const pulled = { bytes: 0 }
    const sent = published<ResponseMessage>('gatewire:response')
    const { port } = await serve(() => ({ status: 200, body: numbers(MUCH, pulled) }))
    const peer = new FrontEnd(port)
    peer.socket.pause()
    peer.send(packet())
    let last = -1
    while (pulled.bytes !== last || last === 0) {
      last = pulled.bytes
      await setTimeout(100)
    }
    expect(pulled.bytes).toBeLessThan(MUCH / 2) // what the system buffers, and nothing beyond it
    peer.socket.on('data', () => { // slowly
      peer.socket.pause()
      setImmediate(() => peer.socket.resume())
    })
    peer.socket.resume()
    const body = bodyOf(await peer.response())
    expect(body.length).toBe(MUCH)
    expect(hashOf([body])).toBe(hashOf(numbers(MUCH)))
    expect(sent).toMatchObject([{ contentBytes: MUCH }])
  })

  test('when the server gives up: each request is told as sent, or as cut for that reason', async () => {
    const refused = published<RefusedMessage>('gatewire:refused')
    const sent = published('gatewire:response')
    let handled = 0
    const server = createServer({ protocol: 'http', drainTimeout: 100 }, () => { handled++; return { status: 200, body: 'x'.repeat(65_000) } })
    onTestFinished(() => server.close())
    const path = `${folder()}/s.sock`
    await server.listen(`unix:${path}`)
    // The system takes a few of them when nobody reads: some peers get all responses, some lack the last, some lack more.
    const peers = Array.from({ length: 10 }, (_, i) => {
      const peer = new FrontEnd(path)
      peer.socket.pause()
      return peer.send(request().repeat(i) + request('/last', ['Connection: close']))
    })
    await until(() => handled >= peers.length)
    let last = -1
    while (handled !== last) {
      last = handled
      await setTimeout(50)
    }
    await server.close()
    expect(refused.length).toBeGreaterThan(0)
    expect(new Set(refused.map(({ error }) => error.code))).toEqual(new Set(['ERR_SERVER_DRAIN_TIMEOUT']))
    expect(sent.length + refused.length).toBe(handled)
  })

  test('in time is no reason to cut it', async () => {
    const { server, port } = await serve(() => ({ status: 200, body: numbers(MUCH) }), { drainTimeout: 50_000 })
    const peer = new FrontEnd(port)
    peer.socket.pause()
    peer.send(packet())
    await setTimeout(100)
    const closing = server.close()
    peer.socket.resume()
    expect(bodyOf(await peer.response()).length).toBe(MUCH)
    await closing
  })
})

describe('content that nobody reads', () => {
  test('waits where it is; read slowly, every byte comes once', async () => {
    const text = [...numbers(MUCH)].join('')
    let reading: (() => void) | undefined
    const { port } = await serve(async request => {
      await new Promise<void>(resolve => { reading = resolve })
      const hash = createHash('sha256')
      let pieces = 0
      for await (const piece of request.content) {
        hash.update(piece)
        if (++pieces % 10 === 0) await setTimeout(0)
      }
      return { status: 200, body: hash.digest('hex') }
    })
    const peer = new FrontEnd(port).send(post(text))
    await until(() => reading !== undefined)
    let last = -1
    while (peer.socket.writableLength !== last) {
      last = peer.socket.writableLength
      await setTimeout(100)
    }
    // The system's buffers are full, and the rest is with the peer.
    expect(last).toBeGreaterThan(MUCH / 2)
    reading!()
    expect(bodyOf(await peer.response())).toBe(hashOf([text]))
  })
})

describe('a peer that never stops', () => {
  /** Sends as fast as the server takes it, until somebody says stop. */
  function pour (peer: FrontEnd, piece: Uint8Array, stopped: () => boolean): void {
    const more = (): void => { if (!stopped() && !peer.socket.destroyed) peer.socket.write(piece, more) }
    for (let i = 0; i < 16; i++) more()
  }

  test('sending content: others are answered meanwhile', async () => {
    let taken = 0
    const { port } = await serveHttp(async request => {
      if (request.get('PATH_INFO') === '/small') return { status: 200, body: 'small' }
      for await (const piece of request.content) taken += piece.length
      return { status: 200, body: String(taken) }
    })
    const chunk = Buffer.concat([Buffer.from('40000\r\n'), Buffer.alloc(0x40000), Buffer.from('\r\n')])
    let answered = 0
    const greedy = new Client(port).send(request('POST /large HTTP/1.1', ['Transfer-Encoding: chunked']))
    pour(greedy, chunk, () => answered === 50)
    await until(() => taken > 1_000_000)
    const other = new Client(port)
    for (; answered < 50; answered++) expect((await other.send(request('/small')).wait(answered + 1))[answered]).toMatchObject({ body: 'small' })
    greedy.send('0\r\n\r\n')
    const [response] = await greedy.wait(1)
    expect(response).toMatchObject({ status: 200, body: String(taken) })
  })

  test('sending requests, and reading all answers: others are answered meanwhile', async () => {
    let handled = 0
    const { port } = await serveHttp(() => ({ status: 200, body: String(handled++) }))
    let answered = 0
    const greedy = new FrontEnd(port)
    greedy.socket.removeAllListeners('data').on('data', () => {})
    pour(greedy, Buffer.from(request().repeat(1000)), () => answered === 50)
    await until(() => handled > 1000)
    const other = new Client(port)
    for (; answered < 50; answered++) expect((await other.send(request('/small')).wait(answered + 1)).length).toBe(answered + 1)
  })
})

describe('bytes of every kind of memory', () => {
  const size = 1_000_000
  const kinds: Record<string, () => Uint8Array> = {
    'shared memory': () => new Uint8Array(new SharedArrayBuffer(size)),
    'resizable memory': () => new Uint8Array(Reflect.construct(ArrayBuffer, [size, { maxByteLength: 2 * size }]) as ArrayBuffer),
    'a part of some memory': () => new Uint8Array(new ArrayBuffer(size + 100), 77, size),
    'a Buffer': () => Buffer.alloc(size)
  }
  test.each(Object.entries(kinds))('%s as a body: whole, and in pieces', async (_, make) => {
    const bytes = make().map((_, i) => i * 7)
    expect(bytes.length).toBe(size)
    const own = make()
    own.set(bytes)
    const { port } = await serve(request => ({
      status: 200, body: request.get('PATH_INFO') === '/whole' ? own : [own.subarray(0, 10), own.subarray(10, 100_010), own.subarray(100_010)]
    }))
    for (const path of ['/whole', '/pieces']) {
      const body = Buffer.from(bodyOf(await ask(port, packet({ PATH_INFO: path }))), 'latin1')
      expect(body.equals(bytes)).toBe(true)
    }
  })
})
