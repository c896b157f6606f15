// The gateway of examples/wsgi-in-js, with an application of the test (children/wsgi_pages.mjs) in the place of its own: what PEP 3333 asks of a
// server, and what Python's wsgiref.validate says of the environs that the application gets.
import { expect, it } from 'vitest'
import { ExampleProject } from './example_project.js'
import { until } from './front_end.js'
import { Client, chunked, exchange, post, request } from './http_peer.js'
import type { Running } from './running.js'
import { faultsOf, type Judged } from './wsgiref.js'

const CLOSE = 'Connection: close'

async function start (): Promise<{ running: Running, port: number }> {
  const project = await ExampleProject.make()
  project.replace('wsgi-in-js', 'app.mjs', new URL('children/wsgi_pages.mjs', import.meta.url))
  const running = project.start('wsgi-in-js', 'node server.mjs')
  return { running, port: await running.port() }
}

it('gives environs that wsgiref.validate has no complaint about', async () => {
  const { port } = await start()
  const requests: Array<[text: string, content: string]> = [
    [request('/environ?a=%20b', ['Accept: a', 'accept: b', 'Cookie: c=1', CLOSE]), ''], [post('/environ', 'hello', 'Content-Type: text/plain', CLOSE), 'hello'],
    [chunked('/environ', ['he', 'llo'], CLOSE), 'hello'], [request('/environ', ['X-Odd: \xE9\xFF', CLOSE]), ''],
    ['GET /environ HTTP/1.0\r\n\r\n', ''], [request('PROPFIND /environ HTTP/1.1', [CLOSE]), '']
  ]
  const environs: Judged[] = []
  for (const [text, content] of requests) {
    const [response] = await exchange(port, text)
    expect([text, response!.status]).toEqual([text, 200])
    environs.push([text, JSON.parse(Buffer.from(response!.body, 'latin1').toString()) as Record<string, unknown>, content])
  }
  expect(faultsOf(environs)).toEqual([])
  expect(environs[0]![1]).toMatchObject({ QUERY_STRING: 'a=%20b', HTTP_ACCEPT: 'a, b', 'wsgi.url_scheme': 'http', SERVER_PORT: String(port) })
})

it('gives input that is read like a file', async () => {
  const { port } = await start()
  const content = 'abcdef\nghij\nk\nl'
  const [first, second] = await exchange(port, post('/read', content) + chunked('/read', ['abcd', 'ef\nghi', 'j\nk\nl'], CLOSE))
  for (const response of [first, second]) expect(JSON.parse(response!.body)).toEqual(['abc', '', 'def\n', 'gh', 'ij\n', 'k\n', 'l', '', ''])
})

it('sends what is written, returned and yielded, in its order, with the head that was said last', async () => {
  const { running, port } = await start()
  const paths = ['/write', '/generator', '/changed', '/later', '/errors']
  const responses = await exchange(port, paths.map((path, i) => request(path, i === paths.length - 1 ? [CLOSE] : [])).join(''))
  expect(responses.map(({ status, body }) => [status, body])).toEqual([[200, 'abcd'], [200, 'xy'], [503, 'changed'], [200, 'later'], [204, '']])
  expect([responses[1]!.fields.get('x-page'), responses[2]!.head.split('\r\n')[0]]).toEqual(['generator', 'HTTP/1.1 503 Changed'])
  expect(running.stderr).toBe('one\ntwo\nthree\n')
})

it('answers 500 to an application that breaks the rules, and cuts a response that has begun', async () => {
  const { port } = await start()
  expect((await exchange(port, request('/twice') + request('/silent', [CLOSE]))).map(({ status }) => status)).toEqual([500, 500])
  const late = new Client(port).send(request('/late'))
  expect(await late.ended).toBe('reset')
  expect(late.responses().map(({ body, complete }) => [body, complete])).toEqual([['begun', false]])
})

it('closes every iterable that wants it: sent, not asked for, not allowed, or when the client has gone', async () => {
  const { port } = await start()
  await exchange(port, request('/write') + request('HEAD /write HTTP/1.1') + request('/silent', [CLOSE]), ['', 'HEAD', ''])
  const endless = new Client(port).send(request('/forever'))
  await until(() => endless.received.length > 1_000_000)
  endless.socket.destroy()
  for (;;) {
    const [response] = await exchange(port, request('/closings', [CLOSE]))
    const { made, closed } = JSON.parse(response!.body) as { made: number, closed: number }
    expect(made).toBe(4)
    if (closed === made) break
    expect(closed).toBeLessThan(made)
  }
})
