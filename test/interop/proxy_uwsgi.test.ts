// gatewire proxy and a real uWSGI: what only a raw client sends, what uWSGI refuses, and what is left when uWSGI dies. What browsers and
// other clients do is in the other proxy suites.
import { describe, expect, it, onTestFinished } from 'vitest'
import { GENEROUS, until } from './front_end.js'
import { exchange, fieldValues, type RawResponse, request } from './http.js'
import { chunked, contentOf, get, head, KIB, MIB, post } from './messages.js'
import { describeWithPeers } from './peers/availability.js'
import { startProxy } from './peers/gatewire.js'
import { startUwsgi } from './peers/uwsgi.js'
import { siteForSuite } from './site.js'

type Seen = Record<string, string>
const seenBy = (response: RawResponse): Seen => JSON.parse(response.content.toString()) as Seen

describeWithPeers('flask', 'a raw client and Flask behind gatewire proxy', () => {
  describe.each(['tcp', 'unix'] as const)('over %s', GENEROUS, listen => {
    const site = siteForSuite({ listen })
    const ask = (source: Parameters<typeof request>[1]): Promise<RawResponse> => request(site().front.port, source)

    it('pipelined requests are answered in order, those that take longer as well', async () => {
      const contents = [contentOf(100 * KIB), contentOf(3)]
      const requests = [
        get('/slow?seconds=0.3'), post('/echo', contents[0]!), get('/204'), head('HEAD', '/big?bytes=100', []), chunked('/echo', [contents[1]!]),
        get('/stream?parts=2'), get('/', 'Connection: close')
      ]
      const { received, end } = await exchange(site().front.port, Buffer.concat(requests.map(part => Buffer.from(part as string, 'latin1'))),
        { untilClose: true, timeoutMs: 20_000 })
      expect(end).toBe('closed')
      const text = received.toString('latin1')
      expect(text.match(/HTTP\/1\.1 \d{3}/g)).toEqual([200, 200, 204, 200, 200, 200, 200].map(status => `HTTP/1.1 ${status}`))
      const order = ['slept\n', contents[0]!.toString('latin1'), '204', 'Content-Length: 100\r\n', contents[1]!.toString('latin1'), 'part 1', 'hello from Flask']
      expect(order.map((one, i) => text.indexOf(one, i === 0 ? 0 : text.indexOf(order[i - 1]!)))).not.toContain(-1)
    })

    it.each([
      ['both framings', ['Content-Length: 5', 'Transfer-Encoding: chunked'], 400],
      ['two lengths', ['Content-Length: 5', 'Content-Length: 6'], 400],
      ['a signed length', ['Content-Length: +5'], 400],
      ['chunked with a friend', ['Transfer-Encoding: gzip, chunked'], 501],
      ['white space before the colon', ['Content-Length : 5'], 400],
      ['a folded line', ['X: a', ' Content-Length: 5'], 400]
    ])('%s: refused, and what follows is no request', async (_, lines, status) => {
      const smuggled = get('/echo?smuggled')
      const source = head('POST', '/echo', lines) + smuggled
      const { received, response, end } = await exchange(site().front.port, source, { untilClose: true })
      expect([response?.status, end]).toEqual([status, 'closed'])
      expect(received.toString('latin1').match(/HTTP\/1\.1 /g)).toHaveLength(1)
      expect(site().uwsgi.log()).not.toContain('smuggled')
    })

    it('a length in a name with an underscore frames nothing', async () => {
      const source = head('POST', '/environ', ['Content_Length: 60', 'X-Own: 1']) + get('/', 'Connection: close')
      const { received } = await exchange(site().front.port, source, { untilClose: true })
      const text = received.toString('latin1')
      expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
      expect(text).not.toMatch(/content_length/i)
    })

    it('fields of one hop end here, both ways', async () => {
      const response = await ask(get('/environ', 'Connection: keep-alive, X-Gone, X-Forwarded-For', 'Keep-Alive: timeout=5', 'TE: trailers', 'X-Gone: 1',
        'X-Forwarded-For: 203.0.113.9', 'Upgrade: h2c', 'Expect: 100-continue', 'X-Stays: 1'))
      const names = Object.keys(seenBy(response)).filter(name => name.startsWith('HTTP_')).sort()
      expect(names).toEqual(['HTTP_HOST', 'HTTP_X_FORWARDED_FOR', 'HTTP_X_FORWARDED_HOST', 'HTTP_X_FORWARDED_PROTO', 'HTTP_X_STAYS'])
      expect(seenBy(response)).toMatchObject({ HTTP_X_FORWARDED_FOR: '127.0.0.1' })
      expect(fieldValues(response, 'connection')).toEqual([])
    })

    it('an upload goes on while it comes, and a client that goes in the middle of it does no harm', async () => {
      const content = contentOf(MIB)
      expect((await ask(post('/echo', content))).content.equals(content)).toBe(true)
      const { end } = await exchange(site().front.port, post('/echo', content), { abortAfterSent: 300_000 })
      expect(end).toBe('aborted')
      expect((await ask(get('/'))).status).toBe(200)
    })

    it('a client that goes in the middle of an answer ends it for the application', async () => {
      const { end } = await exchange(site().front.port, get('/stream?parts=1000&pause=0.02'), { abortAfterReceived: 200 })
      expect(end).toBe('aborted')
      await until(() => /stream\?parts=1000.*=> generated/.test(site().uwsgi.log()))
    })
  })

  describe('options', GENEROUS, () => {
    const site = siteForSuite({ listen: 'unix' }, '--trust', '127.0.0.1', '--mount', '/app', '--timeout', '1', '--max-buffered', '100')
    const port = (): number => site().front.port

    it('--trust: uWSGI takes the scheme from X-Forwarded-Proto', async () => {
      const told = ['X-Forwarded-For: 203.0.113.9', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: site.test']
      expect(seenBy(await request(port(), get('/app/environ', ...told)))).toMatchObject({
        'wsgi.url_scheme': 'https',
        REMOTE_ADDR: '127.0.0.1',
        REQUEST_SCHEME: 'http',
        HTTP_X_FORWARDED_FOR: '203.0.113.9, 127.0.0.1',
        HTTP_X_FORWARDED_HOST: 'site.test',
        SCRIPT_NAME: '/app',
        PATH_INFO: '/environ'
      })
      expect(seenBy(await request(port(), get('/app/environ')))).toMatchObject({ 'wsgi.url_scheme': 'http', HTTP_X_FORWARDED_PROTO: 'http' })
    })

    it('--mount: other paths are not found', async () => {
      expect((await request(port(), get('/apple'))).status).toBe(404)
    })

    it('--timeout: 504', async () => {
      expect((await request(port(), get('/app/slow?seconds=2'))).status).toBe(504)
      expect(site().front.log()).toMatch(/GET \/app\/slow: 504: ERR_CLIENT_TIMEOUT: nothing was sent to or received from unix socket .*for 1000 ms/)
    })

    it('--max-buffered: 413 for chunked content, while content with a length may be larger', async () => {
      expect((await request(port(), chunked('/app/echo', [contentOf(60), contentOf(41)]))).status).toBe(413)
      expect((await request(port(), chunked('/app/echo', [contentOf(60), contentOf(40)]))).content).toHaveLength(100)
      expect((await request(port(), post('/app/echo', contentOf(101)))).content).toHaveLength(101)
    })
  })

  describe('what uWSGI refuses', GENEROUS, () => {
    const site = siteForSuite({ listen: 'tcp' })

    it('variables over 4096 bytes: 502, and the log says which option helps', async () => {
      expect((await request(site().front.port, get('/', `Cookie: ${'x'.repeat(5000)}`))).status).toBe(502)
      expect(site().front.log()).toMatch(/GET \/: 502: ERR_RESPONSE_EMPTY: .* uWSGI accepts 4096 unless buffer-size is set/)
      expect((await request(site().front.port, get('/'))).status).toBe(200)
    })
  })

  describe('uWSGI with a large buffer', GENEROUS, () => {
    const site = siteForSuite({ listen: 'unix', bufferSize: 65_535 })

    it('takes the largest head that is accepted', async () => {
      const lines = ['a', 'b', 'c'].map(name => `X-${name}: ${name.repeat(8000)}`)
      const response = await request(site().front.port, get(`/environ?${'q'.repeat(7000)}`, ...lines))
      expect(response.status).toBe(200)
      expect(seenBy(response)).toMatchObject({ QUERY_STRING: 'q'.repeat(7000), HTTP_X_C: 'c'.repeat(8000) })
    })
  })

  describe('uWSGI dies', GENEROUS, () => {
    async function started (listen: 'tcp' | 'unix') {
      const uwsgi = await startUwsgi({ listen })
      onTestFinished(() => uwsgi.stop())
      const front = await startProxy(uwsgi.address, '--timeout', '20')
      onTestFinished(() => front.stop())
      return { uwsgi, front }
    }

    function kill (pid: number): void {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {} // it is dead already
    }

    it.each(['tcp', 'unix'] as const)('within an answer over %s: it is cut, and the next request is 502', async listen => {
      const { uwsgi, front } = await started(listen)
      const { end, response } = await exchange(front.port, get('/big?bytes=50000000'), {
        timeoutMs: 20_000,
        onReceived: () => kill(uwsgi.pid)
      })
      // Where much waits to be read, Node's client takes a reset for an end: what tells is that content is missing.
      expect(end).not.toBe('answered')
      expect(response).toMatchObject({ status: 200, complete: false })
      await until(() => front.log().includes('GET /big: the answer was cut: ERR_'))
      expect((await request(front.port, get('/'))).status).toBe(502)
      expect(front.log()).toMatch(/GET \/: 502: ERR_CLIENT_REFUSED: no server listens on/)
    })

    it('before its answer: 502', async () => {
      const { uwsgi, front } = await started('unix')
      // 100 (Continue) says that uWSGI has the packet.
      const upload = head('POST', '/slow?seconds=30', ['Content-Length: 5', 'Expect: 100-continue'])
      const { status, interim } = await request(front.port, upload, { timeoutMs: 20_000, onReceived: () => kill(uwsgi.pid) })
      expect([status, interim.map(response => response.status)]).toEqual([502, [100]])
      expect(front.log()).toMatch(/POST \/slow: 502: ERR_RESPONSE_EMPTY/)
    })
  })
})
