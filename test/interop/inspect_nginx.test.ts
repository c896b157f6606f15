// `gatewire inspect --listen` behind nginx, over uwsgi and over HTTP: what nginx sends is printed, request by request, and its clients get an
// answer.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from './front_end.js'
import { request } from './http.js'
import { chunked, contentOf, get, KIB, post } from './messages.js'
import { describeWithPeers } from './peers/availability.js'
import { startInspect } from './peers/gatewire.js'
import { startNginx } from './peers/nginx.js'
import type { HttpPeer } from './peers/process.js'

describeWithPeers('nginx', 'nginx before gatewire inspect --listen', () => {
  let live: HttpPeer
  let nginx: HttpPeer
  beforeAll(async () => {
    live = await startInspect('--status', '202')
    const upstream = `127.0.0.1:${live.port}`
    nginx = await startNginx({
      upstream,
      locations: { '/http/': `proxy_pass http://${upstream}; proxy_http_version 1.0; proxy_set_header Connection close;`, '/kept/': 'proxy_pass http://kept; proxy_http_version 1.1; proxy_set_header Connection "";' },
      // Of its own: a connection that has carried HTTP must not carry uwsgi.
      httpDirectives: `upstream kept { server ${upstream}; keepalive 4; }`
    })
  })
  afterAll(async () => {
    await nginx?.stop()
    await live?.stop()
  })

  /** The page that has these words, as soon as it is there. */
  async function pageWith (...words: string[]): Promise<string> {
    const find = (): string | undefined => live.log().split(/^(?=== \d)/m).find(page => words.every(word => page.includes(word)) && page.endsWith('\n\n'))
    await until(() => find() !== undefined)
    return find()!
  }

  it('uwsgi_pass: variables and content', async () => {
    const response = await request(nginx.port, post('/form?a=b', Buffer.from('x=1&y=2'), 'X-Test: 1'))
    expect([response.status, response.content.toString()]).toEqual([202, expect.stringMatching(/^gatewire inspect: connection \d+, request 1: \d+ bytes/)])
    const page = await pageWith('REQUEST_URI = /form?a=b')
    expect(page).toContain('uwsgi packet accepted')
    expect(page).toContain('HTTP_X_TEST = 1')
    expect(page).toContain('content, 7 bytes announced by CONTENT_LENGTH, all there')
    expect(page).toContain('x=1&y=2')
  })

  it('proxy_pass: a connection for each request, and one for several', async () => {
    expect((await request(nginx.port, get('/http/1', 'X-Test: 2'))).status).toBe(202)
    const page = await pageWith('target /http/1')
    expect(page).toContain('version HTTP/1.0')
    expect(page).toContain('the connection closes after the response')
    for (const i of [1, 2, 3]) expect((await request(nginx.port, chunked(`/kept/${i}`, [Buffer.from('ab'), Buffer.from('c')]))).status).toBe(202)
    expect(await pageWith('target /kept/3')).toContain('the connection stays open after the response')
  })

  it('content that is larger than what is kept', async () => {
    expect((await request(nginx.port, post('/large', contentOf(900 * KIB)))).status).toBe(202)
    expect(await pageWith('REQUEST_URI = /large')).toContain(`content, ${900 * KIB} bytes announced by CONTENT_LENGTH, all there`)
  })

  it('many at once, each on a page of its own', async () => {
    const paths = Array.from({ length: 40 }, (_, i) => i % 2 === 0 ? `/many/u${i}.` : `/http/many/h${i}.`)
    const responses = await Promise.all(paths.map(path => request(nginx.port, get(path))))
    expect(responses.every(({ status }) => status === 202)).toBe(true)
    for (const [i, path] of paths.entries()) expect(await pageWith(i % 2 === 0 ? `REQUEST_URI = ${path}` : `target ${path}`)).toContain('accepted')
  })
})
