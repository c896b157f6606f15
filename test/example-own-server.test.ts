// The server of examples/own-server-on-the-codec, which people are to copy: what every case of corpus/http gets from it, by both engines; who
// waits for whom, and how long; and how it ends.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { judge } from './corpus_dialogue.js'
import { engines } from './engines.js'
import { ExampleProject, launchInPlace, startInPlace } from './example_project.js'
import { untilStill } from './interop/front_end.js'
import { httpCases } from './http_corpus.js'
import { chunked, Client, exchange, post, request } from './http_peer.js'
import type { Running } from './running.js'

const SERVER = 'own-server-on-the-codec/server.mjs'
const CLOSE = 'Connection: close'

describe.each(engines)('by the engine %s', engine => {
  let running: Running
  let port = 0
  beforeAll(async () => {
    running = launchInPlace(SERVER, ['0'], { GATEWIRE_ENGINE: engine })
    port = await running.port()
  })
  afterAll(async () => {
    await running.end()
    expect([await running.exited, running.stderr]).toEqual([0, ''])
  })

  // Without those for other options, and the one whose length is beyond what this server takes.
  const cases = httpCases.filter(({ name, options }) => Object.keys(options).length === 0 && name !== 'truncated-length-2-53')
  it.each(cases.map(one => [one.name, one] as const))('%s', async (_, one) => { await judge(port, one) })
})

describe('a connection', () => {
  it('answers pipelined requests in their order, streamed or not, and what nobody has read does not come between them', async () => {
    const port = await startInPlace(SERVER, '0').port()
    const all = request('/first') + chunked('/echo', ['hello', ' ', 'world']) + post('/echo', 'again') + post('/third', '123') + request('HEAD /fourth HTTP/1.1', [CLOSE])
    const responses = await exchange(port, all, ['', '', '', '', 'HEAD'])
    expect(responses.map(({ status, body }) => [status, body])).toEqual([
      [200, 'GET /first, 0 bytes of content\n'], [200, 'hello world'], [200, 'again'], [200, 'POST /third, 3 bytes of content\n'], [200, '']
    ])
    expect(responses.map(({ fields }) => fields.get('connection'))).toEqual(['keep-alive', 'keep-alive', 'keep-alive', 'keep-alive', 'close'])
  })

  it('asks for content that waits for its word, and ends a body of HTTP/1.0 with itself', async () => {
    const port = await startInPlace(SERVER, '0').port()
    const waiting = new Client(port).send(request('POST /a HTTP/1.1', ['Content-Length: 5', 'Expect: 100-continue', CLOSE]))
    expect((await waiting.wait(1)).map(({ status }) => status)).toEqual([100])
    waiting.send('hello')
    expect((await waiting.wait(2)).map(({ status, body }) => [status, body])).toEqual([[100, ''], [200, 'POST /a, 5 bytes of content\n']])
    const [old] = await exchange(port, 'POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nold')
    expect([old!.body, old!.fields.get('connection'), old!.fields.has('transfer-encoding')]).toEqual(['old', 'close', false])
  })

  it('goes on with HTTP when another protocol is asked for', async () => {
    const port = await startInPlace(SERVER, '0').port()
    const responses = await exchange(port, request('/a', ['Connection: upgrade', 'Upgrade: x']) + request('/b', [CLOSE]))
    expect(responses.map(({ body }) => body)).toEqual(['GET /a, 0 bytes of content\n', 'GET /b, 0 bytes of content\n'])
  })

  it('cuts a response that cannot be completed', async () => {
    const port = await startInPlace(SERVER, '0').port()
    const client = new Client(port).send(`${chunked('/echo', ['hello']).slice(0, -5)}no chunk\r\n`)
    expect(await client.ended).toBe('reset')
    expect(client.responses().map(({ status, complete }) => [status, complete])).toEqual([[200, false]])
  })

  it('takes no more than it can pass on', async () => {
    const port = await startInPlace(SERVER, '0').port()
    const client = new Client(port)
    client.socket.pause()
    const content = 'x'.repeat(900_000)
    // 72 MB, more than the system holds for both directions together.
    for (let i = 0; i < 80; i++) client.send(post('/echo', content))
    await untilStill(() => client.socket.writableLength)
    expect(client.socket.writableLength).toBeGreaterThan(0)
    client.socket.resume()
    expect((await client.wait(80)).every(({ status, body }) => status === 200 && body === content)).toBe(true)
  })

  it('is closed by those who make it wait: silently, with 408, or cut', async () => {
    const project = await ExampleProject.make()
    project.set('own-server-on-the-codec', 'connection.mjs', { HEAD_TIME: 200, CONTENT_TIME: 200, WRITE_TIME: 200, LINGER_TIME: 200 })
    const port = await project.start('own-server-on-the-codec', 'node server.mjs').port()
    const after = async (text: string): Promise<Array<[number, string | undefined]>> => {
      const client = new Client(port).send(text)
      await client.ended
      return client.responses().map(({ status, fields }) => [status, fields.get('connection')])
    }
    expect(await after('')).toEqual([])
    expect(await after(request('/'))).toEqual([[200, 'keep-alive']])
    expect(await after('GET / HTTP/1.1\r\nHost: ')).toEqual([[408, 'close']])
    expect(await after(request('POST / HTTP/1.1', ['Content-Length: 5']))).toEqual([[408, 'close']])
    // Of a response that does not get to its end.
    const client = new Client(port)
    client.socket.pause()
    for (let i = 0; i < 50; i++) client.send(post('/echo', 'x'.repeat(900_000)))
    await untilStill(() => client.socket.writableLength)
    client.socket.resume()
    await client.ended
    expect(client.responses().length).toBeLessThan(50)
  })
})

describe('when it is stopped', () => {
  it('answers what has begun to its end, and closes what waits', async () => {
    const running = startInPlace(SERVER, '0')
    const port = await running.port()
    const idle = new Client(port).send(request('/'))
    await idle.wait(1)
    const busy = new Client(port).send(chunked('/echo', ['hello']).slice(0, -5))
    while (!busy.received.includes('hello')) await new Promise(resolve => setTimeout(resolve, 5))
    const ended = running.stop('SIGTERM')
    await idle.ended
    busy.send('0\r\n\r\n')
    expect((await busy.wait(1)).map(({ body, complete }) => [body, complete])).toEqual([['hello', true]])
    expect(await ended).toBe(0)
  })
})
