// nginx configured otherwise than by default, and a gatewire server with options of its own behind it.
import { expect, it, onTestFinished } from 'vitest'
import type { ServerOptions } from '../../src/server/index.js'
import { Application } from './application.js'
import { GENEROUS } from './front_end.js'
import { exchange, request } from './http.js'
import { chunked, contentOf, get, MIB, post } from './messages.js'
import { describeWithPeers } from './peers/availability.js'
import { type NginxOptions, startNginx } from './peers/nginx.js'

interface Started { application: Application, port: number }

async function start (nginx: Omit<NginxOptions, 'upstream'>, server: Partial<ServerOptions> = {}): Promise<Started> {
  const application = await Application.start('tcp', server)
  onTestFinished(() => application.close())
  const peer = await startNginx({ upstream: application.upstream, ...nginx })
  onTestFinished(() => peer.stop())
  return { application, port: peer.port }
}

async function environ (port: number, source: string): Promise<Record<string, string>> {
  const response = await request(port, source)
  expect(response.status).toBe(200)
  return JSON.parse(response.content.toString()) as Record<string, string>
}

describeWithPeers('nginx', 'nginx', () => {
  it('with uwsgi_modifier1 30 sends requests', GENEROUS, async () => {
    const { application, port } = await start({ modifier1: 30, modifier2: 7 })
    expect((await request(port, post('/echo', contentOf(1000)))).content.equals(contentOf(1000))).toBe(true)
    const { head } = application.requests[0]!
    expect([head.modifier1, head.modifier2]).toEqual([30, 7])
  })

  it('with a modifier that is no request gets 501', GENEROUS, async () => {
    const { application, port } = await start({ modifier1: 100 })
    expect((await request(port, get('/hello'))).status).toBe(501)
    expect(application.requests).toEqual([])
    expect(application.refused).toHaveLength(1)
  })

  it('without parameters gets 400', GENEROUS, async () => {
    const { application, port } = await start({ params: 'none' })
    expect((await request(port, get('/hello'))).status).toBe(400)
    expect(application.refused).toEqual(['ERR_UWSGI_BAD_REQUEST_METHOD'])
  })

  it('without buffering of requests still takes chunks apart', GENEROUS, async () => {
    const { application, port } = await start({ requestBuffering: false })
    const content = contentOf(100_000)
    const response = await request(port, chunked('/echo', [content.subarray(0, 99_999), content.subarray(99_999)]))
    expect(response.content.equals(content)).toBe(true)
    const seen = application.requests[0]!
    expect(seen.get('HTTP_TRANSFER_ENCODING')).toBe('chunked') // does not frame
    expect(seen.head.framing).toEqual({ kind: 'length', length: 100_000 })
  })

  it('sends a parameter as often as it is configured: the last one counts', GENEROUS, async () => {
    const serverDirectives = 'uwsgi_param QUERY_STRING "own=1"; uwsgi_param OWN_NAME "1"; uwsgi_param OWN_NAME "2";'
    const { application, port } = await start({ serverDirectives })
    expect(await environ(port, get('/environ?q=1'))).toMatchObject({ QUERY_STRING: 'own=1', OWN_NAME: '2' })
    expect(application.requests[0]!.head.fields().filter(([name]) => name === 'OWN_NAME')).toEqual([['OWN_NAME', '1'], ['OWN_NAME', '2']])
  })

  it('passes unusual names when it is told to', GENEROUS, async () => {
    const { port } = await start({ httpDirectives: 'underscores_in_headers on; ignore_invalid_headers off;' })
    const seen = await environ(port, get('/environ', 'X_Under: a', 'X.Dot: b', 'Content_Length: 99'))
    expect(seen).toMatchObject({ HTTP_X_UNDER: 'a', 'HTTP_X.DOT': 'b', HTTP_CONTENT_LENGTH: '99', CONTENT_LENGTH: '' })
  })

  it('sends requests of one client connection one by one, each on a connection of its own', GENEROUS, async () => {
    const { application, port } = await start({})
    const requests = [get('/hello'), get('/environ'), get('/nowhere'), get('/hello', 'Connection: close')]
    const { received } = await exchange(port, requests.join(''), { untilClose: true })
    expect(received.toString('latin1').match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200'])
    expect(application.requests.map(seen => seen.get('PATH_INFO'))).toEqual(['/hello', '/environ', '/nowhere', '/hello'])
  })

  it('passes HTTP/1.0 on', GENEROUS, async () => {
    const { application, port } = await start({})
    const response = await request(port, 'GET /hello HTTP/1.0\r\n\r\n')
    expect(response).toMatchObject({ status: 200, content: Buffer.from('hello') })
    expect(application.requests[0]!.get('SERVER_PROTOCOL')).toBe('HTTP/1.0')
  })

  it('follows X-Accel-Redirect', GENEROUS, async () => {
    const { application, port } = await start({})
    application.answer('/redirect', () => ({ status: 200, headers: { 'X-Accel-Redirect': '/hello' } }))
    expect((await request(port, get('/redirect'))).content.toString()).toBe('hello')
    expect(application.requests).toHaveLength(2)
  })

  it.each([true, false])('that does not send the content it announces is answered 408 (handler reads: %s)', GENEROUS, async reads => {
    const { application, port } = await start({ locationDirectives: 'uwsgi_pass_request_body off;' }, { idleTimeout: 200 })
    let failure: unknown
    application.answer('/reads', async request => {
      if (!reads) return await new Promise(() => {})
      try {
        return { status: 200, body: await request.bytes() }
      } catch (error) {
        failure = error
        throw error
      }
    })
    expect((await request(port, post('/reads', contentOf(10)))).status).toBe(408)
    expect(application.refused).toEqual(['ERR_SERVER_CONTENT_TIMEOUT'])
    if (reads) expect(failure).toMatchObject({ code: 'ERR_SERVER_CONTENT_TIMEOUT' })
  })
})

describeWithPeers('nginx', 'a server with limits behind nginx', () => {
  it('answers 431 for variables', GENEROUS, async () => {
    const { application, port } = await start({}, { limits: { maxPacketBytes: 2000, maxVars: 30 } })
    expect((await request(port, get('/hello'))).status).toBe(200)
    expect((await request(port, get('/hello', `X-Large: ${'v'.repeat(2000)}`))).status).toBe(431)
    expect((await request(port, get('/hello', ...Array.from({ length: 30 }, (_, i) => `X-${i}: v`)))).status).toBe(431)
    expect(application.refused).toEqual(['ERR_UWSGI_PACKET_TOO_LARGE', 'ERR_UWSGI_TOO_MANY_VARS'])
  })

  it.each([true, false])('answers 413 for content, also while it comes (buffering: %s)', GENEROUS, async buffering => {
    const { application, port } = await start({ requestBuffering: buffering }, { limits: { maxContentBytes: 1000 } })
    expect((await request(port, post('/echo', contentOf(1000)))).status).toBe(200)
    for (const size of [1001, 100_000, 8 * MIB]) {
      expect((await request(port, post('/echo', contentOf(size)))).status).toBe(413)
    }
    expect(application.refused).toEqual(Array(3).fill('ERR_UWSGI_CONTENT_TOO_LARGE'))
  })

  it('closes connections of peers that it does not allow', GENEROUS, async () => {
    const refusing = await start({}, { allow: ['192.0.2.1'] })
    expect((await request(refusing.port, get('/hello'))).status).toBe(502)
    expect(refusing.application.refused).toEqual(['ERR_SERVER_PEER_NOT_ALLOWED'])
    const allowing = await start({}, { allow: ['127.0.0.0/8'] })
    expect((await request(allowing.port, get('/hello'))).status).toBe(200)
  })

  it('refuses repeated variables when told to, whatever was configured', GENEROUS, async () => {
    const serverDirectives = 'uwsgi_param HTTP_X_TEST "1"; uwsgi_param HTTP_X_TEST "2";'
    const { application, port } = await start({ serverDirectives }, { duplicates: 'refuse' })
    expect((await request(port, get('/hello'))).status).toBe(400)
    expect(application.refused).toEqual(['ERR_UWSGI_DUPLICATE_VAR'])
  })
})

describeWithPeers('nginx-system-params', 'nginx with the parameters of the distribution', () => {
  it('sends the same variables', GENEROUS, async () => {
    const { application, port } = await start({ params: 'system' })
    const seen = await environ(port, get('/environ?q=1', 'X-Test: yes'))
    expect(seen).toMatchObject({
      QUERY_STRING: 'q=1',
      REQUEST_METHOD: 'GET',
      CONTENT_TYPE: '',
      CONTENT_LENGTH: '',
      REQUEST_URI: '/environ?q=1',
      PATH_INFO: '/environ',
      SERVER_PROTOCOL: 'HTTP/1.1',
      REQUEST_SCHEME: 'http',
      REMOTE_ADDR: '127.0.0.1',
      SERVER_PORT: String(port),
      SERVER_NAME: 'localhost',
      HTTP_HOST: 'example.test',
      HTTP_X_TEST: 'yes'
    })
    expect((await request(port, post('/echo', contentOf(MIB)))).content.equals(contentOf(MIB))).toBe(true)
    expect(application.errors).toEqual([])
  })
})
