// What clients get from our front end when the application, or uWSGI, does not answer as it should, and what the log says then.
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { gate, GENEROUS, until } from './front_end.js'
import { exchange, fieldValues, request } from './http.js'
import { chunked, contentOf, get, head, KIB, MIB, post } from './messages.js'
import { describeWithPeers } from './peers/availability.js'
import { startProxy } from './peers/gatewire.js'
import { temporaryFolder } from './peers/process.js'
import { startUwsgi } from './peers/uwsgi.js'
import { siteForSuite } from './site.js'

/** Waits until the front end has logged a line like this. */
async function logged (front: { log (): string }, pattern: RegExp): Promise<void> {
  await until(() => pattern.test(front.log()))
}

describeWithPeers('flask', 'Flask behind gatewire proxy, when something goes wrong', () => {
  describe.each(['tcp', 'unix'] as const)('over %s', GENEROUS, listen => {
    const site = siteForSuite({ listen }, '--max-buffered', '100000', '--max-content', '8000000')

    it("more variables than uWSGI takes are 502, and the log names uWSGI's option", async () => {
      expect(await request(site().front.port, get('/', `X-Large: ${'v'.repeat(5000)}`))).toMatchObject({ status: 502 })
      await logged(site().front, /GET \/: 502: ERR_RESPONSE_EMPTY: .* take \d{4} bytes, .* 4096 unless buffer-size/)
    })

    it('chunked content beyond --max-buffered is 413', async () => {
      const pieces = Array.from({ length: 20 }, () => contentOf(10_000))
      expect(await request(site().front.port, chunked('/echo', pieces.slice(0, 10)))).toMatchObject({ status: 200 })
      expect(await request(site().front.port, chunked('/echo', pieces))).toMatchObject({ status: 413 })
      await logged(site().front, /POST \/echo: 413: ERR_HTTP_CONTENT_TOO_LARGE: .*--max-buffered/)
    })

    it('content beyond --max-content is 413, before any of it is sent', async () => {
      const before = head('POST', '/echo', ['Content-Length: 8000001'])
      expect(await request(site().front.port, before)).toMatchObject({ status: 413 })
    })

    it('an answer that comes before the content has been read', async () => {
      for (let i = 0; i < 5; i++) {
        const response = await request(site().front.port, post('/early', contentOf(5 * MIB)))
        expect(response).toMatchObject({ status: 200, content: Buffer.from('not read\n') })
      }
    })

    it('a client that goes within its content', async () => {
      const { end } = await exchange(site().front.port, post('/echo', contentOf(MIB)), { abortAfterSent: 300 * KIB })
      expect(end).toBe('aborted')
      expect((await request(site().front.port, get('/'))).status).toBe(200)
    })

    it('a failure of the application is its own 500', async () => {
      const response = await request(site().front.port, get('/error'))
      expect(response.status).toBe(500)
      expect(fieldValues(response, 'content-type')).toEqual(['text/html; charset=utf-8'])
    })
  })

  describe.each(['tcp', 'unix'] as const)('over %s, which ends', GENEROUS, listen => {
    it('uWSGI: 502', async () => {
      const uwsgi = await startUwsgi({ listen })
      onTestFinished(() => uwsgi.stop())
      const front = await startProxy(uwsgi.address)
      onTestFinished(() => front.stop())
      expect((await request(front.port, get('/'))).status).toBe(200)
      await uwsgi.stop()
      expect(await request(front.port, get('/'))).toMatchObject({ status: 502, content: Buffer.from('Bad Gateway\n') })
      await logged(front, listen === 'tcp' ? /502: ERR_CLIENT_REFUSED: / : /502: ERR_CLIENT_NO_SOCKET: /)
    })

    it('the front end: what has begun is finished', async () => {
      const uwsgi = await startUwsgi({ listen })
      onTestFinished(() => uwsgi.stop())
      const front = await startProxy(uwsgi.address)
      onTestFinished(() => front.stop())
      const begun = gate()
      const response = request(front.port, get('/stream?parts=10&pause=0.05'), { onReceived: () => begun.open() })
      await begun.opened
      process.kill(front.pid, 'SIGTERM')
      expect((await response).content.toString()).toBe(Array.from({ length: 10 }, (_, i) => `part ${i}\n`).join(''))
      expect(front.log()).toContain('SIGTERM')
    })
  })

  describe('which takes its time', GENEROUS, () => {
    const site = siteForSuite({ listen: 'unix' }, '--timeout', '1')

    it('no answer in time is 504', async () => {
      expect(await request(site().front.port, get('/slow?seconds=10'))).toMatchObject({ status: 504 })
      await logged(site().front, /GET \/slow: 504: ERR_CLIENT_TIMEOUT: .*--timeout/)
    })
  })

  it('the front end on a unix socket: its client has no address', GENEROUS, async () => {
    const folder = await temporaryFolder('front')
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = path.join(folder, 'http.sock')
    const uwsgi = await startUwsgi({ listen: 'unix' })
    onTestFinished(() => uwsgi.stop())
    const front = await startProxy(uwsgi.address, '--http', `unix:${file}`)
    onTestFinished(() => front.stop())
    await logged(front, /^gatewire: http on unix:/m)
    const { status, content } = await request({ path: file }, get('/environ', 'X-Forwarded-For: 203.0.113.9'))
    expect(status).toBe(200)
    const environ = JSON.parse(content.toString()) as Record<string, string>
    expect(environ).toMatchObject({ REMOTE_ADDR: '', SERVER_NAME: 'localhost', SERVER_PORT: '80', HTTP_X_FORWARDED_HOST: 'example.test' })
    expect(environ).not.toHaveProperty('HTTP_X_FORWARDED_FOR')
  })
})

describeWithPeers('uwsgi', 'answers that no framework would give, behind gatewire proxy', () => {
  const site = siteForSuite({ listen: 'unix', app: 'wsgi' })

  it.each([
    ['/no-start-response', 'ERR_RESPONSE_NO_STATUS'],
    ['/nothing', 'ERR_RESPONSE_EMPTY'],
    ['/interim?103', 'ERR_RESPONSE_HEAD_TRUNCATED'],
    ['/interim?101', 'ERR_RESPONSE_UPGRADE'],
    ['/chunked', 'ERR_RESPONSE_TRANSFER_ENCODING']
  ])('%s is 502: %s', async (target, code) => {
    expect(await request(site().front.port, get(target))).toMatchObject({ status: 502, content: Buffer.from('Bad Gateway\n') })
    await logged(site().front, new RegExp(`GET ${target.split('?')[0]}: 502: ${code}: `))
  })

  it('less content than announced ends with the connection, short', async () => {
    const { response } = await exchange(site().front.port, get('/length-too-large'))
    expect(response).toMatchObject({ status: 200, framing: 'length', complete: false, content: Buffer.from('0123456789') })
    await logged(site().front, /GET \/length-too-large: the answer was cut: ERR_RESPONSE_CONTENT_TRUNCATED: /)
  })

  it('more content than announced is left out, and the connection ends', async () => {
    const { response, end, received } = await exchange(site().front.port, get('/length-too-small'), { untilClose: true })
    expect(response).toMatchObject({ status: 200, complete: true, content: Buffer.from('012') })
    expect(end).not.toBe('answered')
    expect(received.toString('latin1')).toMatch(/\r\n\r\n012$/)
  })

  it('a status and a reason of its own', async () => {
    expect(await request(site().front.port, get('/odd-reason'))).toMatchObject({ status: 299, reason: 'Said By The Application' })
  })
})
