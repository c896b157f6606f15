// gatewire/server: content of requests, and peers that go away before they get their response.
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ErrorMessage, RefusedMessage, ServerRequest } from '../src/server/index.js'
import { ask, bodyOf, folder, FrontEnd, packet, post, published, serve, statusOf, until } from './front_end.js'

const length = (size: number): Buffer => packet({ REQUEST_METHOD: 'POST', CONTENT_LENGTH: String(size) })

describe('content', () => {
  test.each([0, 1, 65_536, 1_048_576])('of %i bytes is there by bytes(), text() and iteration', async size => {
    const content = Buffer.alloc(size, 'content ')
    const { port } = await serve(async request => {
      switch (request.get('PATH_INFO')) {
        case '/bytes': return { status: 200, body: await request.bytes() }
        case '/text': return { status: 200, body: await request.text() }
        default: return { status: 200, body: request.content }
      }
    })
    for (const path of ['/bytes', '/text', '/echo']) {
      const head = packet({ REQUEST_METHOD: 'POST', PATH_INFO: path, CONTENT_LENGTH: String(size) })
      const response = await ask(port, Buffer.concat([head, content]))
      expect(statusOf(response)).toBe(200)
      expect(bodyOf(response) === content.toString()).toBe(true)
    }
  })

  test('is decoded as UTF-8 by text(), however it is cut', async () => {
    const { port } = await serve(async request => ({ status: 200, body: JSON.stringify(await request.text()) }))
    const peer = new FrontEnd(port).send(length(7))
    for (const byte of Buffer.from('é€\xFF')) {
      peer.send(Buffer.of(byte))
      await setTimeout(2)
    }
    expect(Buffer.from(bodyOf(await peer.response()), 'latin1').toString()).toBe('"é€ÿ"')
  })

  test('is there as it comes, before it is complete', async () => {
    const pieces: string[] = []
    const { port } = await serve(async request => {
      for await (const bytes of request.content) pieces.push(Buffer.from(bytes).toString())
      return { status: 200, body: pieces.join('|') }
    })
    const peer = new FrontEnd(port).send(length(10))
    for (const piece of ['first', 'later']) {
      peer.send(piece)
      await until(() => pieces.at(-1) === piece)
    }
    expect(bodyOf(await peer.response())).toBe('first|later')
  })

  test('makes the peer wait when nobody reads it, and goes on when somebody does', async () => {
    let read: (() => void) | undefined
    const size = 50_000_000
    const { port } = await serve(async request => {
      await new Promise<void>(resolve => { read = resolve })
      let sum = 0
      for await (const bytes of request.content) sum += bytes.length
      return { status: 200, body: String(sum) }
    })
    const peer = new FrontEnd(port).send(length(size))
    await until(() => read !== undefined)
    let sent = 0
    const piece = Buffer.alloc(100_000)
    const sending = (async () => {
      for (; sent < size; sent += piece.length) await new Promise<void>(resolve => { peer.socket.write(piece, () => resolve()) })
    })()
    let last = -1
    while (sent !== last) {
      last = sent
      await setTimeout(200)
    }
    // What the system buffers on both sides, and what the server holds.
    expect(sent).toBeLessThan(size)
    read!()
    await sending
    expect(bodyOf(await peer.response())).toBe(String(size))
  })

  test('can be read once', async () => {
    const codes: unknown[] = []
    const { port } = await serve(async request => {
      await request.bytes()
      const again: Array<() => unknown> = [() => request.bytes(), () => request.text(), async () => { for await (const _ of request.content) codes.push(_) }]
      for (const read of again) {
        try { await read() } catch (error) { codes.push((error as { code: string }).code) }
      }
      return { status: 200 }
    })
    await ask(port, post('x'))
    expect(codes).toEqual(Array.from({ length: 3 }, () => 'ERR_SERVER_CONTENT_USED'))
  })

  test('can no longer be read after the response', async () => {
    let code: unknown
    const { port } = await serve(request => {
      request.bytes().catch((error: { code: string }) => { code = error.code })
      return { status: 202 }
    })
    expect(statusOf(await ask(port, length(5)))).toBe(202)
    await until(() => code !== undefined)
    expect(code).toBe('ERR_SERVER_CONTENT_DISCARDED')
  })

  test('can no longer be read after the response was cut', async () => {
    published('gatewire:error')
    let code: unknown
    const { port } = await serve(request => {
      request.bytes().catch((error: { code: string }) => { code = error.code })
      return { status: 200, headers: { 'content-length': '1' }, body: 'two' }
    })
    expect(await ask(port, length(5))).toBe('')
    await until(() => code !== undefined)
    expect(code).toBe('ERR_SERVER_CONTENT_DISCARDED')
  })

  test('that nobody reads is taken all the same, so that the response is not lost', async () => {
    const { port } = await serve(() => ({ status: 413, body: 'too much' }))
    const peer = new FrontEnd(port)
    // As a front end that reads nothing before it has sent everything.
    peer.socket.pause()
    peer.send(length(1_000_000))
    for (let i = 0; i < 10; i++) {
      await new Promise<void>(resolve => { peer.socket.write(Buffer.alloc(100_000), () => resolve()) })
      await setTimeout(10)
    }
    peer.socket.resume()
    expect(bodyOf(await peer.response())).toBe('too much')
    expect(peer.ending).toBe('end')
  })

  test('that nobody reads is not taken for ever', async () => {
    const { port } = await serve(() => ({ status: 413, body: 'too much' }))
    const peer = new FrontEnd(port).send(length(1e12))
    const content = Buffer.alloc(65536)
    let closed = false
    peer.socket.on('close', () => { closed = true })
    while (!closed) {
      peer.send(content)
      await new Promise(resolve => setImmediate(resolve))
    }
  })
})

describe('a peer that goes', () => {
  test('inside its content: reading throws, the signal aborts, nothing is published as an error', async () => {
    const errors = published<ErrorMessage>('gatewire:error')
    const refused = published<RefusedMessage>('gatewire:refused')
    const seen: unknown[] = []
    const { port } = await serve(async request => {
      request.signal.addEventListener('abort', () => seen.push((request.signal.reason as { code: string }).code))
      try {
        for await (const bytes of request.content) seen.push(Buffer.from(bytes).toString())
      } catch (error) {
        seen.push((error as { code: string }).code)
        throw error
      }
      return { status: 200 }
    })
    const peer = new FrontEnd(port).send(Buffer.concat([length(10), Buffer.from('half')]))
    await until(() => seen.length > 0)
    peer.socket.end()
    expect(statusOf(await peer.response())).toBe(400)
    expect(seen[0]).toBe('half')
    expect(seen.slice(1).toSorted()).toEqual(['ERR_SERVER_PEER_CLOSED', 'ERR_UWSGI_CONTENT_TRUNCATED'])
    expect(refused).toMatchObject([{ error: { code: 'ERR_UWSGI_CONTENT_TRUNCATED', offset: length(10).length + 4 }, remoteAddress: '127.0.0.1' }])
    expect(refused[0]!.request).toBeDefined()
    expect(errors).toEqual([])
  })

  test('by a reset inside its content: the same', async () => {
    const refused = published<RefusedMessage>('gatewire:refused')
    let called = false
    let code: unknown
    const { port } = await serve(async request => {
      called = true
      await request.bytes().catch((error: { code: string }) => { code = error.code })
      return { status: 200 }
    })
    const peer = new FrontEnd(port).send(length(10))
    await until(() => called)
    peer.socket.resetAndDestroy()
    await until(() => code !== undefined)
    expect(code).toBe('ERR_UWSGI_CONTENT_TRUNCATED')
    expect(refused).toMatchObject([{ error: { code: 'ERR_UWSGI_CONTENT_TRUNCATED' }, remoteAddress: '127.0.0.1' }])
  })

  test('after what was sent before can still be read', async () => {
    let read: (() => void) | undefined
    const seen: string[] = []
    const { port } = await serve(async request => {
      await new Promise<void>(resolve => { read = resolve })
      try {
        for await (const bytes of request.content) seen.push(Buffer.from(bytes).toString())
      } catch (error) {
        seen.push((error as { code: string }).code)
      }
      return { status: 200 }
    })
    const peer = new FrontEnd(port).send(Buffer.concat([length(10), Buffer.from('half')]))
    await until(() => read !== undefined)
    peer.socket.end()
    await peer.response()
    read!()
    await until(() => seen.length === 2)
    expect(seen).toEqual(['half', 'ERR_UWSGI_CONTENT_TRUNCATED'])
  })

  test.each(['end', 'resetAndDestroy'] as const)('after a complete request (%s): the signal aborts', async way => {
    let request: ServerRequest | undefined
    let done: (() => void) | undefined
    const { port } = await serve(async given => {
      request = given
      await new Promise<void>(resolve => { done = resolve })
      return { status: 200, body: 'late' }
    })
    const peer = new FrontEnd(port).send(packet())
    await until(() => request !== undefined)
    expect(request!.signal.aborted).toBe(false)
    peer.socket[way]()
    await until(() => request!.signal.aborted)
    expect(request!.signal.reason).toMatchObject({ code: 'ERR_SERVER_PEER_CLOSED' })
    done!()
    // One that has closed its own direction only still gets the response.
    if (way === 'end') expect(bodyOf(await peer.response())).toBe('late')
  })

  test('has a handler that gives up for it: no error of the handler', async () => {
    const errors = published<ErrorMessage>('gatewire:error')
    const refused = published<RefusedMessage>('gatewire:refused')
    let waiting = 0
    const { port } = await serve(async request => {
      waiting++
      if (request.get('PATH_INFO') === '/timer') await setTimeout(60_000, undefined, { signal: request.signal })
      await new Promise((_, reject) => { request.signal.addEventListener('abort', () => reject(request.signal.reason as Error)) })
      return { status: 200 }
    })
    for (const [i, path] of ['/timer', '/reason'].entries()) {
      const peer = new FrontEnd(port).send(packet({ PATH_INFO: path }))
      await until(() => waiting === i + 1)
      peer.socket.end()
      await peer.ended
      expect(peer.received).toBe('')
    }
    expect(refused).toMatchObject([{ error: { code: 'ERR_SERVER_PEER_CLOSED' } }, { error: { code: 'ERR_SERVER_PEER_CLOSED' } }])
    expect(errors).toEqual([])
  })

  test('before somebody asks for the signal: it is aborted already', async () => {
    let request: ServerRequest | undefined
    const refused = published<RefusedMessage>('gatewire:refused')
    const { port } = await serve(given => {
      request = given
      return new Promise(() => {})
    })
    const peer = new FrontEnd(port).send(packet())
    await until(() => request !== undefined)
    peer.socket.resetAndDestroy()
    await until(() => refused.length > 0)
    expect(refused).toMatchObject([{ request, error: { code: 'ERR_SERVER_PEER_CLOSED' } }])
    expect(request!.signal.aborted).toBe(true)
  })

  test('gets its stream closed: destroyed, when it is one of Node', async () => {
    const { Readable } = await import('node:stream')
    const stalled = new Readable({ read () {} })
    stalled.push('first')
    const { port } = await serve(() => ({ status: 200, body: stalled }))
    const peer = new FrontEnd(port).send(packet())
    await until(() => peer.received.includes('first'))
    peer.socket.resetAndDestroy()
    await until(() => stalled.destroyed)
  })

  test('has a response of a unix socket cut as well', async () => {
    published('gatewire:error')
    const { server } = await serve(() => ({ status: 200, headers: { 'content-length': '9' }, body: 'short' }))
    const path = `${folder()}/s.sock`
    await server.listen(`unix:${path}`)
    expect(await ask(path, packet())).toBe('')
  })
})
