// nginx that keeps connections to our HTTP server, as in front of any Node server.
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Application, type Listen } from './application.js'
import { gate, GENEROUS } from './front_end.js'
import { exchange, fieldValues, request } from './http.js'
import { chunked, contentOf, get, head, KIB, MIB, post } from './messages.js'
import { describeWithPeers } from './peers/availability.js'
import { startServe } from './peers/gatewire.js'
import { startNginx } from './peers/nginx.js'
import type { HttpPeer } from './peers/process.js'
import { runWrk } from './peers/wrk.js'

const KEPT = 8

describeWithPeers('nginx', 'nginx proxy_pass to our HTTP server', () => {
  const settings: Array<[Listen, 'gathered' | 'passed on']> = [['tcp', 'gathered'], ['tcp', 'passed on'], ['unix', 'passed on']]
  describe.each(settings)('over %s, content %s', GENEROUS, (listen, content) => {
    let application: Application
    let nginx: HttpPeer
    beforeAll(async () => {
      application = await Application.start(listen, { protocol: 'http' })
      const buffering = content === 'gathered'
      nginx = await startNginx({
        upstream: application.upstream, speaks: 'http', keepalive: KEPT, requestBuffering: buffering, responseBuffering: buffering
      })
    })
    afterAll(async () => {
      await nginx?.stop()
      await application?.close()
    })
    const environOf = async (bytes: string | Uint8Array): Promise<Record<string, string>> =>
      JSON.parse((await request(nginx.port, bytes)).content.toString()) as Record<string, string>

    it('GET', async () => {
      const response = await request(nginx.port, get('/hello'))
      expect(response).toMatchObject({ status: 200, reason: 'OK', framing: 'length', content: Buffer.from('hello') })
      expect(fieldValues(response, 'content-type')).toEqual(['text/plain'])
    })

    it('the environ', async () => {
      const environ = await environOf(get('/environ?q=%20', 'X-Test: 1', 'X-Test: 2', 'Cookie: a=1'))
      expect(environ).toMatchObject({
        REQUEST_METHOD: 'GET',
        SCRIPT_NAME: '',
        PATH_INFO: '/environ',
        QUERY_STRING: 'q=%20',
        REQUEST_URI: '/environ?q=%20',
        RAW_URI: '/environ?q=%20',
        SERVER_PROTOCOL: 'HTTP/1.1',
        REMOTE_ADDR: listen === 'tcp' ? '127.0.0.1' : '',
        HTTP_HOST: 'backend',
        HTTP_X_TEST: '1, 2',
        HTTP_COOKIE: 'a=1'
      })
      expect(environ).not.toHaveProperty('CONTENT_LENGTH')
    })

    it.each([0, 1, 64 * KIB, 3 * MIB])('POST of %i bytes and back', async size => {
      const content = contentOf(size)
      const response = await request(nginx.port, post('/echo', content))
      expect(response.status).toBe(200)
      expect(response.content.equals(content)).toBe(true)
    })

    it('POST in chunks', async () => {
      const content = contentOf(100_000)
      const pieces = [content.subarray(0, 1), content.subarray(1, 70_000), content.subarray(70_000)]
      const response = await request(nginx.port, chunked('/echo', pieces))
      expect(response.content.equals(content)).toBe(true)
    })

    it('HEAD', async () => {
      const { received, response } = await exchange(nginx.port, head('HEAD', '/hello', ['Connection: close']), { untilClose: true })
      expect(fieldValues(response!, 'content-length')).toEqual(['5'])
      expect(received.toString('latin1')).toMatch(/\r\n\r\n$/)
    })

    it('a response of 5 MiB that is made as it goes', async () => {
      const piece = contentOf(MIB)
      application.answer('/large', () => ({ status: 200, body: (function * () { for (let i = 0; i < 5; i++) yield piece })() }))
      const response = await request(nginx.port, get('/large'))
      expect(response.content.equals(Buffer.concat(Array(5).fill(piece)))).toBe(true)
    })

    it.each([204, 304, 404])('%i, and the connection serves on', async status => {
      application.answer('/status', () => ({ status, body: status === 404 ? 'nowhere' : undefined }))
      expect((await request(nginx.port, get('/status'))).status).toBe(status)
      expect((await request(nginx.port, get('/hello'))).status).toBe(200)
    })

    if (content === 'passed on') {
      it('a response part by part, each when the one before it has come', async () => {
        const gates = [gate(), gate(), gate()]
        application.answer('/parts', () => ({
          status: 200,
          body: (async function * () {
            for (const [number, { opened }] of gates.entries()) {
              yield `part ${number}\n`
              await opened
            }
          })()
        }))
        let text = ''
        const onReceived = (bytes: Buffer): void => {
          text += bytes.toString()
          gates.forEach(({ open }, number) => { if (text.includes(`part ${number}\n`)) open() })
        }
        const response = await request(nginx.port, get('/parts'), { onReceived })
        expect(response).toMatchObject({ framing: 'chunked', content: Buffer.from('part 0\npart 1\npart 2\n') })
      })

      it('an upload is read while it comes', async () => {
        const reached = gate()
        application.answer('/upload', async ({ content }) => {
          let size = 0
          for await (const bytes of content) {
            size += bytes.length
            reached.open()
          }
          return { status: 200, body: String(size) }
        })
        async function * source (): AsyncGenerator<string> {
          yield head('POST', '/upload', ['Content-Length: 20'])
          yield '0123456789'
          await reached.opened
          yield '0123456789'
        }
        expect(await request(nginx.port, source())).toMatchObject({ status: 200, content: Buffer.from('20') })
      })
    }

    it('300 requests over few connections', async () => {
      const seen: unknown[] = []
      const connections = new Set<string>()
      application.answer('/count', request => {
        connections.add(request.get('REMOTE_PORT') ?? '')
        return { status: 200, body: 'counted' }
      })
      const agent = new Agent({ keepAlive: true, maxSockets: 6 })
      const sent = Array.from({ length: 300 }, async () => {
        const request = httpRequest({ host: '127.0.0.1', port: nginx.port, agent, path: '/count' }).end()
        const [response] = await once(request, 'response') as [IncomingMessage]
        seen.push(response.statusCode, String(Buffer.concat(await response.toArray() as Buffer[])))
      })
      await Promise.all(sent)
      agent.destroy()
      expect(new Set(seen)).toEqual(new Set([200, 'counted']))
      // A connection on a unix socket has no port: all of them count as one.
      expect(connections.size).toBeLessThanOrEqual(2 * KEPT)
    })

    it('has refused nothing', () => {
      expect(application.refused).toEqual([])
      expect(application.errors).toEqual([])
    })
  })
})

describeWithPeers(['nginx', 'wrk'], 'nginx proxy_pass to gatewire serve --http', () => {
  let served: HttpPeer
  let nginx: HttpPeer
  beforeAll(async () => {
    served = await startServe(new URL('peers/served_app.mjs', import.meta.url))
    nginx = await startNginx({ upstream: `127.0.0.1:${served.port}`, speaks: 'http', keepalive: KEPT })
  })
  afterAll(async () => {
    await nginx?.stop()
    await served?.stop()
  })

  it('both ways', async () => {
    const content = contentOf(MIB)
    for (const { port } of [served, nginx]) {
      expect((await request(port, get('/'))).content.toString()).toBe('hello\n')
      expect((await request(port, post('/echo', content))).content.equals(content)).toBe(true)
      expect((await request(port, chunked('/echo', [content]))).content.equals(content)).toBe(true)
    }
  })

  it('every request of a second is answered', async () => {
    const report = await runWrk(nginx.url, { connections: 16, seconds: 1 })
    expect(report, report.text).toMatchObject({ refused: 0, socketErrors: 0 })
    expect(report.requests).toBeGreaterThan(16)
  })
})
