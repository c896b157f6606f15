// gatewire/client against real sockets: what servers receive, and what callers get for recorded and hand-written answers.
import net, { type AddressInfo, type Socket } from 'node:net'
import path from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { ClientError, request, type RequestOptions } from '../src/client/index.js'
import { decodeUwsgi, ProtocolError } from '../src/index.js'
import { afterwards, type Answer, answering, call, closeAll, failure, folder, GET, OK, POST, serve } from './client_peer.js'
import { type Expected, type ExpectedRefusal, responseCases } from './response_corpus.js'

afterEach(closeAll)

describe('requests', () => {
  test('the packet carries the variables, modifiers and no content', async () => {
    const seen: Buffer[] = []
    const address = await serve(answering(OK, seen))
    const response = await request(address, { vars: [['A', 'b'], ['B', new Uint8Array([255])], ['A', 'c']], modifier1: 5, modifier2: 9 })
    expect(await response.text()).toBe('hello')
    const head = decodeUwsgi(Buffer.concat(seen))!
    expect([head.modifier1, head.modifier2, head.fields()]).toEqual([5, 9, [['A', 'b'], ['B', '\u00ff'], ['A', 'c']]])
    expect(Buffer.concat(seen)).toHaveLength(head.byteLength)
  })

  test('a RequestHead is sent on', async () => {
    const seen: Buffer[] = []
    const first = decodeUwsgi(Buffer.from('\u0005\u000f\u0000\u0001\u0003\u0000KEY\u0003\u0000val\u0001\u0000A\u0000\u0000', 'latin1'))!
    const response = await request(await serve(answering(OK, seen)), { vars: first, content: 'x' })
    await response.bytes()
    const head = decodeUwsgi(Buffer.concat(seen))!
    expect([head.modifier1, head.modifier2, head.fields()]).toEqual([5, 1, [['KEY', 'val'], ['A', ''], ['CONTENT_LENGTH', '1']]])
  })

  test('`set` replaces, adds and leaves out, and decides about CONTENT_LENGTH and the method', async () => {
    const sent = async (options: Partial<RequestOptions>): Promise<Array<[string, string]>> => {
      const seen: Buffer[] = []
      const response = await request(await serve(answering(OK, seen)), { vars: { ...POST, CONTENT_LENGTH: '9' }, ...options })
      await response.bytes()
      return decodeUwsgi(Buffer.concat(seen))!.fields()
    }
    expect(await sent({ set: { PATH_INFO: '/x', CONTENT_LENGTH: undefined, ADDED: 'y', ABSENT: undefined } }))
      .toEqual([['REQUEST_METHOD', 'POST'], ['PATH_INFO', '/x'], ['ADDED', 'y']])
    expect(await sent({ set: { CONTENT_LENGTH: undefined }, content: 'four' }))
      .toEqual([['REQUEST_METHOD', 'POST'], ['PATH_INFO', '/'], ['CONTENT_LENGTH', '4']])
    expect(await sent({ set: { CONTENT_LENGTH: '5' }, content: later('he', 'llo') })).toContainEqual(['CONTENT_LENGTH', '5'])
    expect(await failure(sent({ set: { CONTENT_LENGTH: '5' }, content: 'four' }))).toMatchObject({ code: 'ERR_CONTENT_LENGTH_MISMATCH' })
    expect(await sent({ set: { REQUEST_METHOD: 'HEAD', CONTENT_LENGTH: undefined } })).toContainEqual(['REQUEST_METHOD', 'HEAD'])
    expect(await failure(sent({ set: null as never }))).toMatchObject({ code: 'ERR_INVALID_OPTION' })
  })

  async function * later (...pieces: Array<string | Uint8Array>): AsyncGenerator<string | Uint8Array> {
    for (const piece of pieces) {
      await sleep(1)
      yield piece
    }
  }
  const MIB = Buffer.alloc(1 << 20, 'gatewire')
  test.each<[string, () => RequestOptions['content'], string | undefined, Uint8Array | string, string]>([
    ['nothing', () => undefined, undefined, '', ''],
    ['an empty string', () => '', undefined, '', '0'],
    ['a string, in UTF-8', () => 'h\u00e9\u20ac', undefined, 'h\u00e9\u20ac', '6'],
    ['bytes', () => new Uint8Array([0, 255]), undefined, new Uint8Array([0, 255]), '2'],
    ['bytes of a length that was given', () => 'hello', '005', 'hello', '005'],
    ['an empty CONTENT_LENGTH', () => 'hello', '', 'hello', '5'],
    ['nothing, of length 0', () => undefined, '0', '', '0'],
    ['64 KiB', () => MIB.subarray(0, 65536), undefined, MIB.subarray(0, 65536), '65536'],
    ['64 KiB and a byte', () => MIB.subarray(0, 65537), undefined, MIB.subarray(0, 65537), '65537'],
    ['1 MiB', () => MIB, undefined, MIB, '1048576'],
    ['an array', () => ['he', Buffer.from('llo')], undefined, 'hello', '5'],
    ['a generator, gathered', () => (function * () { yield 'he'; yield ''; yield 'llo' })(), undefined, 'hello', '5'],
    ['a generator of known length', () => (function * () { yield 'he'; yield ''; yield 'llo' })(), '5', 'hello', '5'],
    ['an async generator', () => later('he', '', 'llo'), '5', 'hello', '5'],
    ['an async generator without a piece', () => later(), '0', '', '0'],
    ['large pieces of an async generator', () => later(MIB, 'x', MIB), '2097153', Buffer.concat([MIB, Buffer.from('x'), MIB]), '2097153'],
    ['a Readable', () => Readable.from([Buffer.from('he'), Buffer.from('llo')]), '5', 'hello', '5']
  ])('content: %s', async (_, content, given, wanted, length) => {
    const seen: Buffer[] = []
    const vars = given === undefined ? POST : { ...POST, CONTENT_LENGTH: given }
    const response = await request(await serve(answering(OK, seen)), { vars, content: content() })
    expect(await response.text()).toBe('hello')
    const received = Buffer.concat(seen)
    const head = decodeUwsgi(received)!
    expect(head.get('CONTENT_LENGTH') ?? '').toBe(length)
    expect(received.subarray(head.byteLength).equals(Buffer.from(wanted as string))).toBe(true)
  })

  test('packet and small content are one write', async () => {
    const seen: Buffer[] = []
    await (await request(await serve(answering(OK, seen)), { vars: POST, content: 'x'.repeat(1000) })).bytes()
    expect(seen).toHaveLength(1)
  })

  test('unix sockets', async () => {
    const address = await serve(answering(OK), path.join(folder(), 'app.sock'))
    expect(await (await request(address, { vars: GET })).text()).toBe('hello')
  })

  test('IPv6 addresses', async () => {
    const server = net.createServer(answering(OK))
    const listening = await new Promise(resolve => server.once('error', () => resolve(false)).listen(0, '::1', () => resolve(true)))
    if (listening === false) return expect((await failure(request('uwsgi://[::1]:9', { vars: GET }))).name).toBe('ClientError')
    afterwards(() => new Promise(resolve => { server.close(resolve) }))
    expect(await (await request(`uwsgi://[::1]:${(server.address() as AddressInfo).port}`, { vars: GET })).text()).toBe('hello')
  })

  test('content is taken no faster than the server reads', async () => {
    let pulled = 0
    let ended = false
    async function * endless (): AsyncGenerator<Buffer> {
      try {
        for (;;) {
          pulled++
          yield MIB
        }
      } finally {
        ended = true
      }
    }
    const abort = new AbortController()
    const address = await serve(socket => { socket.pause() })
    const vars = { ...POST, CONTENT_LENGTH: String(2 ** 40) }
    const waiting = failure(request(address, { vars, content: endless(), signal: abort.signal }))
    let before = -1
    while (before !== pulled) {
      before = pulled
      await sleep(100)
    }
    expect(pulled).toBeLessThan(64)
    abort.abort()
    expect((await waiting).name).toBe('AbortError')
    await expect.poll(() => ended).toBe(true)
  })
})

describe('answers', () => {
  async function receive (answer: Answer, method = 'GET'): Promise<object> {
    try {
      const { status, reason, headers, content } = await call(answer, { vars: { REQUEST_METHOD: method } })
      let text = ''
      const seen = { status, reason, headers }
      try {
        for await (const piece of content) text += Buffer.from(piece).toString('latin1')
      } catch (error) {
        const { code, offset } = error as ProtocolError
        return { error: code, offset, before: { ...seen, content: text } }
      }
      return { ...seen, content: text }
    } catch (error) {
      if (error instanceof ClientError) return { error: error.code, offset: (error.cause as ProtocolError).offset }
      return { error: (error as ProtocolError).code, offset: (error as ProtocolError).offset }
    }
  }
  const wantedOf = (wanted: Expected | ExpectedRefusal): object => {
    const plain = ({ status, reason, headers, content }: Expected) => ({ status, reason, headers, content })
    if (!('error' in wanted)) return plain(wanted)
    const { error, offset, before } = wanted
    return { error, offset, ...(before && { before: plain(before) }) }
  }

  test.each(responseCases)('$name, whole', async ({ bytes, method, expect: wanted }) => {
    expect(await receive(bytes, method)).toEqual(wantedOf(wanted))
  })

  test.each(responseCases.filter(({ bytes }) => bytes.length > 1))('$name, in two segments', async ({ bytes, method, expect: wanted }) => {
    const step = Math.max(1, Math.floor(bytes.length / 12))
    for (let at = 1; at < bytes.length; at += step) {
      const answer = async (socket: Socket): Promise<void> => {
        socket.write(bytes.subarray(0, at))
        await sleep(1)
        socket.end(bytes.subarray(at))
      }
      expect([at, await receive(answer, method)]).toEqual([at, wantedOf(wanted)])
    }
  })

  test('bytes and text', async () => {
    const answer = Buffer.from('HTTP/1.1 200 OK\r\n\r\n\u00e9\u20ac', 'utf8')
    expect(await (await call(answer)).text()).toBe('\u00e9\u20ac')
    expect(Buffer.from(await (await call(answer)).bytes())).toEqual(Buffer.from('\u00e9\u20ac'))
    expect(await (await call('HTTP/1.1 204 No Content\r\n\r\n')).bytes()).toHaveLength(0)
  })

  test('content can be read once', async () => {
    const response = await call(OK)
    expect(await response.text()).toBe('hello')
    for (const again of [() => response.text(), () => response.bytes(), async () => { for await (const _ of response.content); }]) {
      expect(await failure(again())).toMatchObject({ name: 'TypeError', code: 'ERR_CONTENT_CONSUMED' })
    }
  })

  test('content comes piece by piece, as the server writes it', async () => {
    let goOn: () => void = () => {}
    const response = await call(async socket => {
      socket.write('HTTP/1.1 200 OK\r\n\r\nfirst')
      await new Promise<void>(resolve => { goOn = resolve })
      socket.end('second')
    })
    const pieces: string[] = []
    for await (const piece of response.content) {
      pieces.push(Buffer.from(piece).toString())
      goOn()
    }
    expect(pieces).toEqual(['first', 'second'])
  })

  test('the server is slowed down to the pace of the reader', async () => {
    const block = Buffer.alloc(1 << 20)
    let accepted = 0
    const response = await call(async socket => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${256 * block.length}\r\n\r\n`)
      for (let i = 0; i < 256 && !socket.destroyed; i++) {
        await new Promise(resolve => { socket.write(block, resolve) })
        accepted++
      }
      socket.end()
    })
    let before = -1
    while (before !== accepted) {
      before = accepted
      await sleep(100)
    }
    expect(accepted).toBeLessThan(64)
    let length = 0
    for await (const piece of response.content) length += piece.length
    expect(length).toBe(256 * block.length)
  })

  test('leaving the loop, or never entering it, ends the connection', async () => {
    for (const leave of [
      async (content: AsyncIterable<Uint8Array>) => { for await (const _ of content) break },
      async (content: AsyncIterable<Uint8Array>) => { await content[Symbol.asyncIterator]().return!() },
      async (content: AsyncIterable<Uint8Array>) => {
        const iterator = content[Symbol.asyncIterator]()
        await iterator.next()
        const waiting = iterator.next()
        await iterator.return!()
        expect(await waiting).toEqual({ done: true, value: undefined })
        expect(await iterator.next()).toEqual({ done: true, value: undefined })
      }
    ]) {
      let closed = false
      const response = await call(socket => {
        socket.on('close', () => { closed = true })
        socket.write('HTTP/1.1 200 OK\r\n\r\nfirst')
      })
      await leave(response.content)
      await expect.poll(() => closed).toBe(true)
    }
  })

  test('a small answer that nobody reads holds no connection, and can be read later', async () => {
    let closed = false
    const response = await call(socket => {
      socket.on('close', () => { closed = true })
      socket.end(OK)
    })
    await expect.poll(() => closed).toBe(true)
    expect(await response.text()).toBe('hello')
  })

  test('surplus is an error even when it comes later', async () => {
    const address = await serve(answering(async socket => {
      socket.write(OK)
      await sleep(20)
      socket.end('!')
    }), undefined, true)
    const response = await request(address, { vars: GET })
    expect(await failure(response.text())).toMatchObject({ code: 'ERR_RESPONSE_CONTENT_SURPLUS', offset: OK.length })
  })

  test('a server that does not close behind content of known length is not waited for', async () => {
    const address = await serve(answering(socket => socket.write(OK)), undefined, true)
    expect(await (await request(address, { vars: GET })).text()).toBe('hello')
  })

  test('an answer to HEAD, 204 and 304 end the connection at once', async () => {
    const answers = [['HTTP/1.1 204 x\r\n\r\n', 'GET'], ['HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n', 'GET'], [OK, 'HEAD']] as const
    for (const [answer, method] of answers) {
      let closed = false
      const response = await call(socket => {
        socket.on('close', () => { closed = true })
        socket.write(answer)
      }, { vars: { REQUEST_METHOD: method } })
      await expect.poll(() => closed).toBe(true)
      expect(await response.text()).toBe('')
    }
  })
})
