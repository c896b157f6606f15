// gatewire/client against real sockets: raw servers that take the request apart and answer recorded or hand-written bytes. Each server is
// closed after its test, which waits for its connections: one that the client forgets makes the test fail.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import { ClientError, request, type RequestOptions } from '../src/client/index.js'
import { decodeUwsgi, ProtocolError } from '../src/index.js'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const GET = { REQUEST_METHOD: 'GET', PATH_INFO: '/' }
const POST = { REQUEST_METHOD: 'POST', PATH_INFO: '/' }
const cleanups: Array<() => unknown> = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function folder (): string {
  const made = mkdtempSync(path.join(tmpdir(), 'gatewire-client-'))
  cleanups.push(() => rmSync(made, { recursive: true }))
  return made
}

/** A server on a port of its own, or on a unix socket. */
async function serve (onconnection: (socket: Socket) => unknown, socketPath?: string, allowHalfOpen = false): Promise<string> {
  const sockets: Socket[] = []
  const server = net.createServer({ noDelay: true, allowHalfOpen }, socket => {
    sockets.push(socket)
    socket.on('error', () => {})
    onconnection(socket)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(socketPath ?? { port: 0, host: '127.0.0.1' }, resolve))
  cleanups.push(() => {
    for (const socket of sockets) socket.resume().end() // or it would not notice that the client has gone
    return new Promise(resolve => { server.close(resolve) })
  })
  return socketPath === undefined ? `uwsgi://127.0.0.1:${(server.address() as AddressInfo).port}` : `unix:${socketPath}`
}

/** Answers once the whole request has come; what came is kept in the order of arrival. */
function answering (answer: string | Uint8Array | ((socket: Socket, received: Buffer) => unknown), seen: Buffer[] = []): (socket: Socket) => void {
  return socket => {
    let answered = false
    socket.on('data', chunk => {
      seen.push(chunk)
      if (answered) return
      const received = Buffer.concat(seen)
      const head = decodeUwsgi(received, { limits: { maxVars: 13107 } })
      if (head === null || received.length < head.byteLength + (head.framing.kind === 'length' ? head.framing.length : 0)) return
      answered = true
      if (typeof answer === 'function') answer(socket, received)
      else socket.end(typeof answer === 'string' ? Buffer.from(answer, 'latin1') : answer)
    })
  }
}

async function failure (promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise
  } catch (error) {
    return error as Error & { code?: string }
  }
  throw new Error('no error')
}

const call = async (answer: Parameters<typeof answering>[0], options: Partial<RequestOptions> = {}) =>
  await request(await serve(answering(answer)), { vars: GET, ...options })

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
    ['large pieces of an async generator', () => later(MIB, 'x', MIB), String(2 * MIB.length + 1), Buffer.concat([MIB, Buffer.from('x'), MIB]), '2097153'],
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
    cleanups.push(() => new Promise(resolve => { server.close(resolve) }))
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
    const waiting = failure(request(address, { vars: { ...POST, CONTENT_LENGTH: String(2 ** 40) }, content: endless(), signal: abort.signal }))
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
  interface Expected { status: number, reason: string, headers: Array<[string, string]>, content: string }
  interface Case { method?: string, bytes?: string, file?: string, expect: Expected | { error: string, offset: number, before?: Expected } }
  const corpus = new URL('corpus/responses/', import.meta.url)
  const cases = readdirSync(corpus).filter(name => name.endsWith('.json')).map(name => {
    const one = JSON.parse(readFileSync(new URL(name, corpus), 'utf8')) as Case
    const bytes = one.file === undefined ? Buffer.from(one.bytes!, 'latin1') : readFileSync(new URL(one.file, corpus))
    return { ...one, name: name.slice(0, -5), bytes }
  })

  async function receive (answer: Parameters<typeof answering>[0], method = 'GET'): Promise<object> {
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
  const wantedOf = (wanted: Case['expect']): object => {
    const plain = ({ status, reason, headers, content }: Expected) => ({ status, reason, headers, content })
    if (!('error' in wanted)) return plain(wanted)
    const { error, offset, before } = wanted
    return { error, offset, ...(before && { before: plain(before) }) }
  }

  test.each(cases)('$name, whole', async ({ bytes, method, expect: wanted }) => {
    expect(await receive(bytes, method)).toEqual(wantedOf(wanted))
  })

  test.each(cases.filter(({ bytes }) => bytes.length > 1))('$name, in two segments', async ({ bytes, method, expect: wanted }) => {
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
    for (const [answer, method] of [['HTTP/1.1 204 x\r\n\r\n', 'GET'], ['HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n', 'GET'], [OK, 'HEAD']] as const) {
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

describe('answers before all content was sent', () => {
  const MIB = Buffer.alloc(1 << 20)

  test('an error ends the sending, and is delivered', async () => {
    let pulled = 0
    let returned = false
    async function * content (): AsyncGenerator<Buffer> {
      try {
        for (; pulled < 1000; pulled++) {
          yield MIB
          await sleep(1)
        }
      } finally {
        returned = true
      }
    }
    const address = await serve(socket => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig')
        socket.resume()
      })
    })
    const response = await request(address, { vars: { ...POST, CONTENT_LENGTH: String(1000 * MIB.length) }, content: content() })
    expect([response.status, await response.text()]).toEqual([413, 'big'])
    await expect.poll(() => returned).toBe(true)
    expect(pulled).toBeLessThan(1000)
  })

  test('an answer by a server that closes without reading is delivered', async () => {
    const unix = path.join(folder(), 'app.sock')
    const closing = (socket: Socket): unknown => socket.pause().end(OK, () => socket.destroy())
    const lazy = (socket: Socket): unknown => socket.once('readable', () => closing(socket))
    for (const [i, address] of [await serve(closing), await serve(lazy), await serve(closing, unix), await serve(lazy, `${unix}2`)].entries()) {
      for (let j = 0; j < 10; j++) {
        const response = await request(address, { vars: POST, content: Buffer.alloc(8 << 20) })
        expect([i, await response.text()]).toEqual([i, 'hello'])
      }
    }
  })

  test('a success does not: the application may answer while it reads', async () => {
    const address = await serve(socket => {
      let length = -1
      socket.on('data', chunk => {
        if (length < 0) {
          const head = decodeUwsgi(chunk)!
          length = 0
          socket.write('HTTP/1.1 200 OK\r\n\r\n')
          chunk = chunk.subarray(head.byteLength)
        }
        socket.write(chunk)
        length += chunk.length
        if (length === 4 << 20) socket.end()
      })
    })
    async function * content (): AsyncGenerator<Buffer> { for (let i = 0; i < 4; i++) yield Buffer.alloc(1 << 20, i) }
    const response = await request(address, { vars: { ...POST, CONTENT_LENGTH: String(4 << 20) }, content: content() })
    const echo = Buffer.from(await response.bytes())
    expect([0, 1, 2, 3].map(i => echo.subarray(i << 20, (i + 1) << 20).equals(Buffer.alloc(1 << 20, i)))).toEqual([true, true, true, true])
    expect(echo).toHaveLength(4 << 20)
  })

  test('the rest is not sent once the answer is complete', async () => {
    let returned = false
    async function * content (): AsyncGenerator<string> {
      try {
        for (;;) {
          yield 'x'
          await sleep(1)
        }
      } finally {
        returned = true
      }
    }
    const address = await serve(socket => { socket.once('data', () => socket.end(OK)) })
    const response = await request(address, { vars: { ...POST, CONTENT_LENGTH: '1000000' }, content: content() })
    expect(await response.text()).toBe('hello')
    await expect.poll(() => returned).toBe(true)
  })
})

describe('content that is not as long as CONTENT_LENGTH', () => {
  test.each<[string, RequestOptions['content'], string]>([
    ['none', undefined, '5'], ['a shorter string', 'abc', '5'], ['a longer string', 'abcdef', '5'], ['more bytes in UTF-8', '\u20ac', '1'],
    ['an array', ['ab', 'c'], '5']
  ])('%s is found before anything is sent', async (_, content, length) => {
    let connections = 0
    const address = await serve(() => { connections++ })
    const error = await failure(request(address, { vars: { ...POST, CONTENT_LENGTH: length }, content }))
    expect(error).toMatchObject({ name: 'RangeError', code: 'ERR_CONTENT_LENGTH_MISMATCH' })
    expect(connections).toBe(0)
  })

  test.each<[string, string[], string, string]>([
    ['too short', ['ab', 'c'], '5', 'abc'], ['too long', ['abc', 'def'], '5', 'abc'], ['too long at once', ['abcdef'], '5', '']
  ])('%s while it is sent: the connection is ended, and no byte too many was sent', async (_, pieces, length, sent) => {
    for (const content of [(function * () { yield * pieces })(), (async function * () { yield * pieces })()]) {
      const seen: Buffer[] = []
      let closed = false
      const address = await serve(socket => socket.on('data', chunk => seen.push(chunk)).on('close', () => { closed = true }))
      const error = await failure(request(address, { vars: { ...POST, CONTENT_LENGTH: length }, content }))
      expect(error).toMatchObject({ name: 'RangeError', code: 'ERR_CONTENT_LENGTH_MISMATCH' })
      await expect.poll(() => closed).toBe(true)
      const received = Buffer.concat(seen)
      const head = received.length > 0 ? decodeUwsgi(received) : null
      if (head !== null) expect(sent.startsWith(received.subarray(head.byteLength).toString())).toBe(true)
    }
  })

  test('what the iterable throws is what the request rejects with', async () => {
    const reason = new Error('no more')
    async function * content (): AsyncGenerator<string> {
      yield 'abc'
      throw reason
    }
    const address = await serve(socket => socket.resume())
    expect(await failure(request(address, { vars: { ...POST, CONTENT_LENGTH: '5' }, content: content() }))).toBe(reason)
  })
})

describe('no answer', () => {
  test('nobody listens', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise(resolve => { server.close(resolve) })
    const error = await failure(request(`uwsgi://127.0.0.1:${port}`, { vars: GET }))
    expect(error).toMatchObject({ name: 'ClientError', code: 'ERR_CLIENT_REFUSED', cause: { code: 'ECONNREFUSED' } })
    expect(error.message).toContain(`127.0.0.1:${port}: check that it runs`)
  })

  test('no such socket; one that nobody listens on', async () => {
    const where = folder()
    const missing = await failure(request(`unix:${where}/missing.sock`, { vars: GET }))
    expect(missing).toMatchObject({ name: 'ClientError', code: 'ERR_CLIENT_NO_SOCKET' })
    expect(missing.message).toContain(`there is no unix socket ${where}/missing.sock`)
    writeFileSync(`${where}/stale.sock`, '')
    const stale = await failure(request(`unix:${where}/stale.sock`, { vars: GET }))
    expect(stale).toMatchObject({ code: 'ERR_CLIENT_REFUSED' })
    expect(stale.message).toContain('left over')
  })

  test('no permission', async () => {
    const where = folder()
    const address = await serve(() => {}, `${where}/app.sock`)
    chmodSync(where, 0o755)
    chmodSync(`${where}/app.sock`, 0)
    const root = process.geteuid!() === 0 // whom no mode keeps out
    if (root) process.seteuid!(65534)
    const error = await failure(request(address, { vars: GET })).finally(() => { if (root) process.seteuid!(0) })
    expect(error).toMatchObject({ name: 'ClientError', code: 'ERR_CLIENT_PERMISSION', cause: { code: 'EACCES' } })
    expect(error.message).toContain('chmod-socket')
  })

  test('no such host', async () => {
    const error = await failure(request('uwsgi://host.invalid:3031', { vars: GET }))
    expect(error).toMatchObject({ name: 'ClientError', code: 'ERR_CLIENT_CONNECT' })
    expect(error.message).toContain('host.invalid:3031')
  })

  const many = (count: number, value = '') => Array.from({ length: count }, (_, i): [string, string] => [`V${i}`, value])
  const small = { ...GET, X: 'x'.repeat(4096 - 4 - 14 - 3 - 4 - 9 - 1 - 4 - 1) }
  test.each<[string, RequestOptions['vars'], RegExp, RegExp | undefined]>([
    ['a small packet', GET, /the server's log says why$/, /buffer-size|max-vars/],
    ['4 096 bytes', small, /the server's log says why$/, /buffer-size|max-vars/],
    ['4 097 bytes', { ...small, X: `${small.X}x` }, /take 4097 bytes, and uWSGI accepts 4096 unless buffer-size is set$/, /max-vars/],
    ['128 variables', many(128), /the server's log says why$/, /buffer-size|max-vars/],
    ['129 variables', many(129), /it has 129 variables, and uWSGI accepts 128 unless max-vars is set$/, /buffer-size/],
    ['both', many(200, 'x'.repeat(30)), /buffer-size is set; it has 200 variables/, undefined],
    ['more variables than a decoder takes by default', many(1500), /it has 1500 variables/, undefined]
  ])('closed without an answer: %s', async (_, vars, wanted, unwanted) => {
    const error = await failure(request(await serve(answering('')), { vars }))
    expect(error).toMatchObject({ name: 'ClientError', code: 'ERR_RESPONSE_EMPTY', cause: { code: 'ERR_RESPONSE_EMPTY' } })
    expect(error.message).toMatch(wanted)
    if (unwanted !== undefined) expect(error.message).not.toMatch(unwanted)
  })

  test('reset before the first byte is the same refusal', async () => {
    const address = await serve(socket => socket.once('data', () => socket.resetAndDestroy()))
    const error = await failure(request(address, { vars: { ...GET, X: 'x'.repeat(5000) } }))
    expect(error).toMatchObject({ name: 'ClientError', code: 'ERR_RESPONSE_EMPTY' })
    expect(error.message).toContain('buffer-size')
  })

  test('closed with unread content is the same refusal', async () => {
    for (const where of [undefined, path.join(folder(), 'app.sock')]) {
      const address = await serve(socket => socket.once('readable', () => socket.destroy()), where)
      expect(await failure(request(address, { vars: POST, content: Buffer.alloc(4 << 20) }))).toMatchObject({ code: 'ERR_RESPONSE_EMPTY' })
    }
  })

  test('reset within the answer', async () => {
    const head = await failure(call(socket => socket.write('HTTP/1.1 200', () => setTimeout(() => socket.resetAndDestroy(), 20))))
    expect(head).toMatchObject({ name: 'ClientError', code: 'ERR_CLIENT_CONNECTION_LOST', cause: { code: 'ECONNRESET' } })
    const response = await call(socket => socket.write('HTTP/1.1 200 OK\r\n\r\npart', () => setTimeout(() => socket.resetAndDestroy(), 20)))
    expect(await failure(response.text())).toMatchObject({ name: 'ClientError', code: 'ERR_CLIENT_CONNECTION_LOST' })
  })

  test('reset behind content of known length does no harm', async () => {
    const response = await call(socket => socket.write(OK, () => setTimeout(() => socket.resetAndDestroy(), 20)))
    expect(await response.text()).toBe('hello')
  })
})

describe('time-outs', () => {
  test('no connection', async () => {
    // A server whose thread sleeps takes nothing from its queue, which the first connections fill.
    const wake = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(`
      const { parentPort, workerData } = require('node:worker_threads')
      const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
        parentPort.postMessage(server.address().port)
        setImmediate(() => { Atomics.wait(workerData, 0, 0); process.exit() })
      })`, { eval: true, workerData: wake })
    const port = await new Promise<number>(resolve => { worker.once('message', resolve) })
    await sleep(50)
    const fillers = Array.from({ length: 8 }, () => net.connect(port, '127.0.0.1').on('error', () => {}))
    await sleep(50)
    const error = await failure(request(`uwsgi://127.0.0.1:${port}`, { vars: GET, connectTimeout: 100 }))
    for (const filler of fillers) filler.destroy()
    Atomics.store(wake, 0, 1)
    Atomics.notify(wake, 0)
    await new Promise(resolve => worker.once('exit', resolve))
    expect(error).toMatchObject({ name: 'ClientError', code: 'ERR_CLIENT_CONNECT_TIMEOUT' })
    expect(error.message).toContain('within 100 ms')
  })

  test('no answer, half a head, half the content', async () => {
    expect(await failure(call(() => {}, { timeout: 50 }))).toMatchObject({ name: 'ClientError', code: 'ERR_CLIENT_TIMEOUT' })
    expect(await failure(call(socket => socket.write('HTTP/1.1 2'), { timeout: 50 }))).toMatchObject({ code: 'ERR_CLIENT_TIMEOUT' })
    const response = await call(socket => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'), { timeout: 50 })
    const pieces: string[] = []
    const error = await failure((async () => { for await (const piece of response.content) pieces.push(Buffer.from(piece).toString()) })())
    expect([error.code, pieces]).toEqual(['ERR_CLIENT_TIMEOUT', ['half']])
  })

  test('content that the server does not read', async () => {
    const address = await serve(socket => { socket.pause() })
    const error = await failure(request(address, { vars: POST, content: Buffer.alloc(64 << 20), timeout: 100 }))
    expect(error).toMatchObject({ code: 'ERR_CLIENT_TIMEOUT' })
  })

  test('content that nobody reads does not hold the connection for ever', async () => {
    let closed = false
    const response = await call(socket => {
      socket.on('close', () => { closed = true })
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.write(Buffer.alloc(64 << 20))
    }, { timeout: 100 })
    await expect.poll(() => closed, { timeout: 5000 }).toBe(true)
    expect(await failure(response.bytes())).toMatchObject({ code: 'ERR_CLIENT_TIMEOUT' })
  })

  test('slow but steady is no reason', async () => {
    const response = await call(async socket => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      for (let i = 0; i < 10; i++) {
        socket.write('x')
        await sleep(40)
      }
      socket.end()
    }, { timeout: 300 })
    expect(await response.text()).toBe('xxxxxxxxxx')
  })
})

describe('signal', () => {
  test('aborted before: nothing is sent', async () => {
    let connections = 0
    const address = await serve(() => { connections++ })
    const reason = new Error('changed my mind')
    expect(await failure(request(address, { vars: GET, signal: AbortSignal.abort(reason) }))).toBe(reason)
    expect((await failure(request(address, { vars: GET, signal: AbortSignal.abort() }))).name).toBe('AbortError')
    expect(connections).toBe(0)
  })

  test('at once, before the head, within the content', async () => {
    for (const answer of ['', 'HTTP/1.1 200', 'HTTP/1.1 200 OK\r\n\r\npart', OK.slice(0, -1)]) {
      let closed = false
      const abort = new AbortController()
      const address = await serve(answering(socket => {
        socket.on('close', () => { closed = true })
        socket.write(answer)
        setTimeout(() => abort.abort(), 20)
      }))
      const error = await failure(request(address, { vars: GET, signal: abort.signal }).then(response => response.text()))
      expect(error.name).toBe('AbortError')
      await expect.poll(() => closed).toBe(true)
    }
    const abort = new AbortController()
    const waiting = failure(request(await serve(answering(OK)), { vars: GET, signal: abort.signal }))
    abort.abort()
    expect((await waiting).name).toBe('AbortError')
  })

  test('while nobody waits: the next read tells', async () => {
    const abort = new AbortController()
    const response = await call(socket => socket.write('HTTP/1.1 200 OK\r\n\r\n'), { signal: abort.signal })
    const reason = new Error('enough')
    abort.abort(reason)
    await sleep(10)
    expect(await failure(response.text())).toBe(reason)
  })

  test('AbortSignal.timeout', async () => {
    expect((await failure(call(() => {}, { signal: AbortSignal.timeout(20) }))).name).toBe('TimeoutError')
  })

  test('no listener is left on the signal', async () => {
    const { signal } = new AbortController()
    const listeners = new Set<unknown>()
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (type: string, listener: never, options: never) => {
      listeners.add(listener)
      addEventListener.call(signal, type, listener, options)
    }
    signal.removeEventListener = (type: string, listener: never) => {
      listeners.delete(listener)
      removeEventListener.call(signal, type, listener)
    }
    await (await call(OK, { signal })).text()
    await call('HTTP/1.1 204 x\r\n\r\n', { signal })
    await failure(call('', { signal }))
    await failure(call('junk\n', { signal }))
    await call(OK, { signal }) // not read
    await expect.poll(() => listeners.size).toBe(0)
  })
})

describe("the caller's mistakes", () => {
  test.each(['', '127.0.0.1:3031', 'http://127.0.0.1:3031', 'uwsgi://127.0.0.1', 'uwsgi://127.0.0.1:0', 'uwsgi://127.0.0.1:65536',
    'uwsgi://::1:3031', 'uwsgi://h:1/path', 'uwsgi://u@h:1', 'unix:', 'uwsgi://h:1\n'])('address %j', async address => {
    expect(await failure(request(address, { vars: GET }))).toMatchObject({ name: 'RangeError', code: 'ERR_INVALID_ADDRESS' })
  })

  const ADDRESS = 'unix:/nowhere/at/all.sock'
  test.each<[string, unknown, string, string]>([
    ['no options', undefined, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
    ['no vars', {}, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
    ['vars that are a string', { vars: 'A=b' }, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
    ['a value that is a number', { vars: { A: 5 } }, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
    ['an empty key', { vars: { '': 'x' } }, 'RangeError', 'ERR_EMPTY_KEY'],
    ['a packet over 65 535 bytes', { vars: { A: 'x'.repeat(70_000) } }, 'RangeError', 'ERR_PACKET_TOO_LARGE'],
    ['a character above U+00FF', { vars: { A: '\u20ac' } }, 'RangeError', 'ERR_NOT_LATIN1'],
    ['an option that does not exist', { vars: GET, method: 'GET' }, 'TypeError', 'ERR_INVALID_OPTION'],
    ['timeout 0', { vars: GET, timeout: 0 }, 'RangeError', 'ERR_OUT_OF_RANGE'],
    ['a timeout beyond what timers can', { vars: GET, timeout: 2 ** 31 }, 'RangeError', 'ERR_OUT_OF_RANGE'],
    ['connectTimeout 0.5', { vars: GET, connectTimeout: 0.5 }, 'RangeError', 'ERR_OUT_OF_RANGE'],
    ['a signal that is none', { vars: GET, signal: {} }, 'TypeError', 'ERR_INVALID_OPTION'],
    ['modifier1 256', { vars: GET, modifier1: 256 }, 'RangeError', 'ERR_OUT_OF_RANGE'],
    ['content that is a number', { vars: GET, content: 5 }, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
    ['content that is null', { vars: GET, content: null }, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
    ['content that is an object', { vars: GET, content: {} }, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
    ['content with a number in it', { vars: GET, content: ['a', 5] }, 'TypeError', 'ERR_INVALID_ARG_TYPE'],
    ['async content of unknown length', { vars: POST, content: Readable.from([]) }, 'TypeError', 'ERR_CONTENT_LENGTH_REQUIRED'],
    ['CONTENT_LENGTH that is no number', { vars: { CONTENT_LENGTH: '5x' }, content: 'hello' }, 'RangeError', 'ERR_INVALID_CONTENT_LENGTH'],
    ['CONTENT_LENGTH above 2^53-1', { vars: { CONTENT_LENGTH: '9007199254740992' } }, 'RangeError', 'ERR_INVALID_CONTENT_LENGTH'],
    ['two CONTENT_LENGTHs', { vars: [['CONTENT_LENGTH', '1'], ['CONTENT_LENGTH', '2']] }, 'RangeError', 'ERR_INVALID_CONTENT_LENGTH']
  ])('%s', async (_, options, name, code) => {
    expect(await failure(request(ADDRESS, options as RequestOptions))).toMatchObject({ name, code })
  })
})
