// gatewire/client when something goes wrong, or ends early: content and answers that do not fit, no answer, signals, mistakes. Time-outs
// are in client-timeouts.test.ts.
import { chmodSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo, type Socket } from 'node:net'
import path from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { request, type RequestOptions } from '../src/client/index.js'
import { decodeUwsgi } from '../src/index.js'
import { answering, call, closeAll, failure, folder, GET, OK, POST, serve } from './client_peer.js'

afterEach(closeAll)

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
    const addresses = [await serve(closing), await serve(lazy), await serve(closing, unix), await serve(lazy, `${unix}2`)]
    for (const [i, address] of addresses.entries()) {
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
    // The system asks its name servers for longer than the default when none answers.
    const error = await failure(request('uwsgi://host.invalid:3031', { vars: GET, connectTimeout: 60_000 }))
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
    const head = await failure(call(async socket => {
      socket.write('HTTP/1.1 200')
      await sleep(20)
      await new Promise(resolve => { setImmediate(resolve) })
      socket.resetAndDestroy()
    }))
    expect(head).toMatchObject({ name: 'ClientError', code: 'ERR_CLIENT_CONNECTION_LOST', cause: { code: 'ECONNRESET' } })
    let reset = (): void => {}
    const response = await call(socket => {
      reset = () => socket.resetAndDestroy()
      socket.write('HTTP/1.1 200 OK\r\n\r\npart')
    })
    reset()
    expect(await failure(response.text())).toMatchObject({ name: 'ClientError', code: 'ERR_CLIENT_CONNECTION_LOST' })
  })

  test('reset together with bytes of the answer, whatever ends it', async () => {
    const heads = ['HTTP/1.1 200 OK\r\n\r\npart', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\npart']
    for (const [i, text] of [...heads, ...heads, ...heads].entries()) {
      // Both have reached the client's system before its process looks.
      const answer = call(socket => {
        socket.write(text)
        socket.resetAndDestroy()
      })
      const error = await failure(answer.then(response => response.text()))
      expect([i, error]).toMatchObject([i, { name: 'ClientError', code: 'ERR_CLIENT_CONNECTION_LOST', cause: { code: 'ECONNRESET' } }])
    }
  })

  test('reset behind content of known length does no harm', async () => {
    const response = await call(socket => socket.write(OK, () => setTimeout(() => socket.resetAndDestroy(), 20)))
    expect(await response.text()).toBe('hello')
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
