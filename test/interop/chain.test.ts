// The whole way: an HTTP client, nginx, a gatewire server whose handler calls Flask under uWSGI through the client, and back.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ClientError, request as call } from '../../src/client/index.js'
import type { Environ, RequestHead } from '../../src/index.js'
import type { Handler } from '../../src/server/index.js'
import { Application, type Listen } from './application.js'
import { GENEROUS, until } from './front_end.js'
import { exchange, fieldValues, request } from './http.js'
import { chunked, contentOf, get, head, MIB, post } from './messages.js'
import { describeWithPeers } from './peers/availability.js'
import { startNginx } from './peers/nginx.js'
import type { HttpPeer } from './peers/process.js'
import { startUwsgi } from './peers/uwsgi.js'
import { RunningUwsgi } from './running_uwsgi.js'

/**
 * nginx passes Transfer-Encoding on although it has taken the chunks apart and given CONTENT_LENGTH; an application that obeys it would
 * look for chunks.
 */
function variables (head: RequestHead): RequestHead | Environ {
  if (!head.has('HTTP_TRANSFER_ENCODING')) return head
  const { HTTP_TRANSFER_ENCODING: _, ...environ } = head.environ
  return environ
}

/** Hands a request on as it came, its content piece by piece, and gives the answer as it comes. */
function forwardTo (address: string): Handler {
  return async ({ head, content, signal }) => {
    try {
      const { status, reason, headers, content: body } = await call(address, {
        vars: variables(head),
        content: head.framing.kind === 'none' ? undefined : content,
        signal
      })
      return { status: `${status} ${reason}`, headers, body }
    } catch (error) {
      if (error instanceof ClientError) return { status: 502, body: error.code }
      throw error
    }
  }
}

describeWithPeers(['nginx', 'flask'], 'from nginx to Flask through a gatewire server', () => {
  describe.each(['tcp', 'unix'] as const)('over %s', GENEROUS, (listen: Listen) => {
    let flask: RunningUwsgi
    let application: Application
    let nginx: HttpPeer
    const stops: Array<() => Promise<unknown>> = []
    beforeAll(async () => {
      flask = new RunningUwsgi(await startUwsgi({ listen }))
      stops.push(() => flask.peer.stop())
      application = await Application.start(listen)
      stops.push(() => application.close())
      application.otherwise(forwardTo(flask.address))
      nginx = await startNginx({ upstream: application.upstream, requestBuffering: false, responseBuffering: false })
      stops.push(() => nginx.stop())
    })
    afterAll(async () => { for (const stop of stops.reverse()) await stop() })

    it('GET', async () => {
      const response = await request(nginx.port, get('/'))
      expect(response).toMatchObject({ status: 200, reason: 'OK' })
      expect(fieldValues(response, 'content-type')).toEqual(['text/html; charset=utf-8'])
      expect(response.content.toString()).toContain('hello from Flask')
    })

    it('the environ is the same at both ends', async () => {
      const response = await request(nginx.port, get('/environ?q=%20', 'Cookie: a=1', 'Cookie: b=2', 'X-Bytes: caf\u00E9'))
      const seen = JSON.parse(response.content.toString()) as unknown
      expect(seen).toMatchObject(application.requests.at(-1)!.environ)
      expect(seen).toMatchObject({ HTTP_COOKIE: 'a=1; b=2', HTTP_X_BYTES: 'caf\u00E9', QUERY_STRING: 'q=%20', REMOTE_ADDR: '127.0.0.1' })
    })

    it.each([0, 1, MIB])('POST of %i bytes and back', async size => {
      const content = contentOf(size)
      const response = await request(nginx.port, post('/echo', content))
      expect(response.status).toBe(200)
      expect(response.content.equals(content)).toBe(true)
    })

    it('POST in chunks', async () => {
      const content = contentOf(50_000)
      const response = await request(nginx.port, chunked('/echo', [content.subarray(0, 20_000), content.subarray(20_000)]))
      expect(response.content.equals(content)).toBe(true)
    })

    it('HEAD', async () => {
      const { received, response } = await exchange(nginx.port, head('HEAD', '/big', ['Connection: close']), { untilClose: true })
      expect(fieldValues(response!, 'content-length')).toEqual(['1000000'])
      expect(received.toString('latin1')).toMatch(/\r\n\r\n$/)
    })

    it('a streamed response, and one of 5 MB', async () => {
      const streamed = await request(nginx.port, get('/stream?parts=3'))
      expect(streamed).toMatchObject({ framing: 'chunked', content: Buffer.from('part 0\npart 1\npart 2\n') })
      expect((await request(nginx.port, get('/big?bytes=5000000'))).content.length).toBe(5_000_000)
    })

    it.each([['/nowhere', 404], ['/error', 500], ['/204', 204], ['/304', 304]])('%s is %i', async (target, status) => {
      expect((await request(nginx.port, get(target))).status).toBe(status)
    })

    it('two cookies are two field lines', async () => {
      const response = await request(nginx.port, get('/cookies'))
      expect(fieldValues(response, 'set-cookie')).toEqual(['first=1; Path=/', 'second=2; Path=/; HttpOnly'])
    })

    it('too much for uWSGI is 502, with the reason', async () => {
      const response = await request(nginx.port, get('/', `X-Large: ${'v'.repeat(5000)}`))
      expect(response).toMatchObject({ status: 502, content: Buffer.from('ERR_RESPONSE_EMPTY') })
    })

    it('a client that goes takes the request to Flask with it', async () => {
      const { refused } = application
      refused.length = 0
      const { end } = await exchange(nginx.port, get('/stream?parts=200&pause=0.05'), { abortAfterReceived: 1 })
      expect(end).toBe('aborted')
      await until(() => refused.length > 0)
      expect(refused).toEqual(['ERR_SERVER_PEER_CLOSED'])
      expect((await request(nginx.port, get('/'))).status).toBe(200)
    })

    it('50 at once', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, async (_, i) => {
        const content = contentOf(1000 * i)
        return (await request(nginx.port, post('/echo', content))).content.equals(content)
      }))
      expect(answers).toEqual(Array(50).fill(true))
      expect(application.errors).toEqual([])
    })
  })
})
