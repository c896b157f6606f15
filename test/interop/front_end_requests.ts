// Cases about requests: what a handler sees of an HTTP request that came through a front end, compared with what that front end documents.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Listen } from './application.js'
import { type FrontEnd, GENEROUS, type Setting, startSetting, stopSetting } from './front_end.js'
import { exchange, request } from './http.js'
import { chunked, contentOf, get, head, KIB, MIB, post } from './messages.js'

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

export function requestCases (frontEnd: FrontEnd, listen: Listen): void {
  describe(`requests over ${listen}`, GENEROUS, () => {
    let setting: Setting
    beforeAll(async () => { setting = await startSetting(frontEnd, listen) })
    afterAll(() => stopSetting(setting))

    async function environ (source: string | Uint8Array): Promise<Record<string, string>> {
      const response = await request(setting.peer.port, source)
      expect(response.status).toBe(200)
      return JSON.parse(response.content.toString()) as Record<string, string>
    }

    /** What the application sees of a target; the status, when the front end answers itself. */
    async function pathOf (target: string): Promise<Record<string, string | undefined> | number> {
      const { requests } = setting.application
      const before = requests.length
      const { status } = await request(setting.peer.port, get(target))
      if (requests.length === before) return status
      const seen = requests.at(-1)!
      return { PATH_INFO: seen.get('PATH_INFO'), QUERY_STRING: seen.get('QUERY_STRING'), REQUEST_URI: seen.get('REQUEST_URI') }
    }

    it('GET has the variables that are documented', async () => {
      const seen = await environ(get('/environ?q=1&r=%20', 'X-Test: yes', 'User-Agent: witness/1', 'Accept: */*'))
      expect(seen).toMatchObject({
        REQUEST_METHOD: 'GET',
        REQUEST_URI: '/environ?q=1&r=%20',
        PATH_INFO: '/environ',
        QUERY_STRING: 'q=1&r=%20',
        SERVER_PROTOCOL: 'HTTP/1.1',
        REMOTE_ADDR: '127.0.0.1',
        HTTP_HOST: 'example.test',
        HTTP_X_TEST: 'yes',
        HTTP_USER_AGENT: 'witness/1',
        HTTP_ACCEPT: '*/*'
      })
      expect(seen).toMatchObject(frontEnd.variables(setting.peer.port))
      expect(seen['CONTENT_LENGTH']).toBe(frontEnd.noContentLength)
      expect(setting.application.requests.at(-1)!.head.framing).toEqual({ kind: 'none' })
    })

    it('HEAD is one, and gets no content', async () => {
      const answer = await exchange(setting.peer.port, head('HEAD', '/hello', ['Connection: close']), { untilClose: true })
      expect(setting.application.requests.at(-1)!.get('REQUEST_METHOD')).toBe('HEAD')
      expect(answer.response).toMatchObject({ status: 200, framing: 'none' })
      expect(answer.response!.fields).toContainEqual(['Content-Length', '5'])
      expect(answer.received.toString('latin1')).toMatch(/\r\n\r\n$/)
    })

    it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'])('%s is passed on', async method => {
      expect(await environ(head(method, '/environ', []))).toMatchObject({ REQUEST_METHOD: method, PATH_INFO: '/environ' })
    })

    it.each([0, 1, 64 * KIB, MIB])('POST of %i bytes comes and goes unchanged', async size => {
      const content = contentOf(size)
      const response = await request(setting.peer.port, post('/echo', content))
      expect(response.status).toBe(200)
      expect(response.content.length).toBe(size)
      expect(digest(response.content)).toBe(digest(content))
      const seen = setting.application.requests.at(-1)!
      expect(seen.get('CONTENT_LENGTH')).toBe(String(size))
      expect(seen.get('CONTENT_TYPE')).toBe('application/octet-stream')
      expect(seen.head.framing).toEqual(size === 0 ? { kind: 'none' } : { kind: 'length', length: size })
    })

    it(frontEnd.takesChunks ? 'POST in chunks has a CONTENT_LENGTH' : 'POST in chunks never comes: the front end answers 411', async () => {
      const { requests } = setting.application
      const before = requests.length
      const content = contentOf(100_000)
      const pieces = [content.subarray(0, 1), content.subarray(1, 70_000), content.subarray(70_000)]
      const response = await request(setting.peer.port, chunked('/echo', pieces))
      expect(response.status).toBe(frontEnd.takesChunks ? 200 : 411)
      expect(requests.length - before).toBe(frontEnd.takesChunks ? 1 : 0)
      if (!frontEnd.takesChunks) return
      expect(digest(response.content)).toBe(digest(content))
      expect(requests.at(-1)!.head.framing).toEqual({ kind: 'length', length: content.length })
    })

    it('a cookie of 8 KB', async () => {
      const cookie = `session=${contentOf(4000).toString('hex')}`
      expect((await environ(get('/environ', `Cookie: ${cookie}`)))['HTTP_COOKIE']).toBe(cookie)
    })

    it('variables of nearly 64 KiB, and an answer of the front end beyond', async () => {
      const { application, peer } = setting
      const value = contentOf(32_000).toString('hex')
      expect((await environ(get('/environ', `X-Large: ${value}`)))['HTTP_X_LARGE']).toBe(value)
      expect(application.requests.at(-1)!.head.byteLength).toBeGreaterThan(64_000)
      const before = application.requests.length
      const tooLarge = await request(peer.port, get('/environ', `X-Large: ${'v'.repeat(65_400)}`))
      expect(tooLarge.status).toBe(frontEnd.tooLarge)
      expect(application.requests.length).toBe(before)
    })

    it('repeated field lines are one variable', async () => {
      const seen = await environ(get('/environ', 'Cookie: a=1', 'X-Test: one', 'Cookie: b=2', 'x-test: two'))
      expect(seen).toMatchObject({ HTTP_COOKIE: ['a=1', 'b=2'].join(frontEnd.cookieSeparator), HTTP_X_TEST: 'one, two' })
    })

    it('two Hosts never come', async () => {
      const { requests } = setting.application
      const before = requests.length
      expect((await request(setting.peer.port, get('/environ', 'Host: other.test'))).status).toBe(400)
      expect(requests.length).toBe(before)
    })

    it('paths are decoded, targets are not', async () => {
      const target = '/%61%20b/c;d=1?x=%20'
      expect(await pathOf(target)).toEqual({ PATH_INFO: '/a b/c;d=1', QUERY_STRING: 'x=%20', REQUEST_URI: target })
      expect(await pathOf('/caf%C3%A9')).toMatchObject({ PATH_INFO: '/caf\u00C3\u00A9', REQUEST_URI: '/caf%C3%A9' })
      expect(await pathOf('/a/./b/../c')).toMatchObject({ PATH_INFO: '/a/c', REQUEST_URI: '/a/./b/../c' })
      expect(await pathOf('/?')).toMatchObject({ PATH_INFO: '/', QUERY_STRING: '' })
    })

    it('bytes above 127 are one character each', async () => {
      expect(await pathOf('/caf\u00E9')).toMatchObject({ PATH_INFO: '/caf\u00E9', REQUEST_URI: '/caf\u00E9' })
      expect(await pathOf('/caf%E9')).toMatchObject({ PATH_INFO: '/caf\u00E9', REQUEST_URI: '/caf%E9' })
      expect(await pathOf('/\u00C3\u00A9%C3%A9')).toMatchObject({ PATH_INFO: '/\u00C3\u00A9\u00C3\u00A9' })
      expect(await environ(get('/environ', 'X-Test: caf\u00E9 \u00FF'))).toMatchObject({ HTTP_X_TEST: 'caf\u00E9 \u00FF' })
    })
  })
}
