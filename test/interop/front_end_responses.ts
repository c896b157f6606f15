// Cases about responses: what an HTTP client gets of what a handler gives, through a front end.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ServerResponse } from '../../src/server/index.js'
import type { Listen } from './application.js'
import { type FrontEnd, gate, GENEROUS, type Setting, startSetting, stopSetting, until } from './front_end.js'
import { exchange, fieldValues, request } from './http.js'
import { contentOf, get, head, MIB } from './messages.js'

export function responseCases (frontEnd: FrontEnd, listen: Listen): void {
  describe(`responses over ${listen}`, GENEROUS, () => {
    let setting: Setting
    beforeAll(async () => { setting = await startSetting(frontEnd, listen, true) })
    afterAll(() => stopSetting(setting))
    beforeEach(() => { setting.application.errors.length = 0 })

    it('status, reason and field lines', async () => {
      const { application, peer } = setting
      application.answer('/fields', () => ({
        status: '299 Said So',
        headers: [
          ['Content-Type', 'text/x-test'], ['Set-Cookie', 'a=1; Path=/'], ['X-Bytes', 'caf\u00E9'], ['Set-Cookie', 'b=2'], ['X-Empty', '']
        ],
        body: 'content'
      }))
      const response = await request(peer.port, get('/fields'))
      expect(response).toMatchObject({ status: 299, content: Buffer.from('content') })
      expect(fieldValues(response, 'content-type')).toEqual(['text/x-test'])
      expect(fieldValues(response, 'set-cookie')).toEqual(['a=1; Path=/', 'b=2'])
      expect(fieldValues(response, 'x-bytes')).toEqual(['caf\u00E9'])
    })

    it.each([204, 304])('%i has no content, and the connection goes on', async status => {
      const { application, peer } = setting
      application.answer('/silent', () => ({ status, headers: { ETag: '"x"' } }))
      const answer = await exchange(peer.port, get('/silent') + get('/hello', 'Connection: close'), { untilClose: true })
      expect(answer.response).toMatchObject({ status, framing: 'none' })
      expect(fieldValues(answer.response!, 'etag')).toEqual(['"x"'])
      expect(answer.received.toString('latin1')).toMatch(/\r\n\r\nHTTP\/1\.1 200 [^]*\r\n\r\nhello$/)
    })

    it('HEAD has the Content-Length of GET, or the one that is given', async () => {
      const { application, peer } = setting
      application.answer('/large', () => ({ status: 200, headers: { 'Content-Length': '123456789' } }))
      for (const [path, length] of [['/hello', '5'], ['/large', '123456789']] as const) {
        const answer = await exchange(peer.port, head('HEAD', path, ['Connection: close']), { untilClose: true })
        expect(fieldValues(answer.response!, 'content-length')).toEqual([length])
        expect(answer.received.toString('latin1')).toMatch(/\r\n\r\n$/)
      }
    })

    it('1 MiB in one piece', async () => {
      const content = contentOf(MIB)
      setting.application.answer('/large', () => ({ status: 200, body: content }))
      const response = await request(setting.peer.port, get('/large'))
      expect(fieldValues(response, 'content-length')).toEqual([String(MIB)])
      expect(response.content.equals(content)).toBe(true)
    })

    it('of unknown length goes out as it is made', async () => {
      const { application, peer } = setting
      const firstSeen = gate()
      application.answer('/stream', () => ({
        status: 200,
        body: (async function * () {
          yield 'first '
          await firstSeen.opened
          yield 'second'
        })()
      }))
      const response = await request(peer.port, get('/stream'), {
        onReceived: bytes => { if (bytes.includes('first')) firstSeen.open() }
      })
      expect(response.content.toString()).toBe('first second')
      expect(response.framing).toBe('chunked') // by the front end, for its client
    })

    it('1 MiB of unknown length', async () => {
      const content = contentOf(MIB)
      setting.application.answer('/stream', () => ({
        status: 200,
        body: (async function * () { for (let at = 0; at < MIB; at += 10_007) yield content.subarray(at, at + 10_007) })()
      }))
      const response = await request(setting.peer.port, get('/stream'))
      expect(fieldValues(response, 'content-length')).toEqual([])
      expect(response.content.equals(content)).toBe(true)
    })

    it('is 500 when the handler throws, which says nothing of the reason', async () => {
      const { application, peer } = setting
      const reason = new Error('secret reason')
      application.answer('/throw', () => { throw reason }).answer('/reject', () => Promise.reject(reason))
      for (const path of ['/throw', '/reject']) {
        const { received, response } = await exchange(peer.port, get(path))
        expect(response).toMatchObject({ status: 500, complete: true })
        expect(received.toString('latin1')).not.toContain('secret')
      }
      expect(application.errors).toEqual([reason, reason])
    })

    const forbidden: Array<[what: string, response: ServerResponse]> = [
      ['Transfer-Encoding', { status: 200, headers: { 'Transfer-Encoding': 'chunked' }, body: '0\r\n\r\n' }],
      ['Status', { status: 200, headers: { Status: '404 Not Found' }, body: 'x' }],
      ['a line end in a value', { status: 200, headers: { 'X-Test': 'a\r\nSet-Cookie: b=1' }, body: 'x' }],
      ['a NUL in a value', { status: 200, headers: { 'X-Test': 'a\0b' }, body: 'x' }],
      ['a space in a name', { status: 200, headers: { 'X Test': 'a' }, body: 'x' }],
      ['a colon in a name', { status: 200, headers: { 'X-Test: a\r\nX': 'a' }, body: 'x' }],
      ['a character beyond latin-1', { status: 200, headers: { 'X-Test': '\u20AC' }, body: 'x' }],
      ['two Content-Lengths', { status: 200, headers: [['Content-Length', '1'], ['Content-Length', '1']], body: 'x' }],
      ['status 103', { status: 103, headers: { Link: '</x>' } }],
      ['status 101', { status: 101, headers: { Upgrade: 'x' } }],
      ['a line end in the reason', { status: '200 OK\r\nSet-Cookie: b=1', body: 'x' }]
    ]
    it.each(forbidden)('with %s is 500 instead', async (_what, response) => {
      const { application, peer } = setting
      application.answer('/forbidden', () => response)
      const answer = await request(peer.port, get('/forbidden'))
      expect(answer.status).toBe(500)
      expect(fieldValues(answer, 'set-cookie')).toEqual([])
      expect(answer.content.toString()).not.toContain('x')
      expect(application.errors).toHaveLength(1)
    })

    it('loses what is about the connection', async () => {
      setting.application.answer('/hops', () => ({
        status: 200,
        headers: { 'Keep-Alive': 'timeout=77', Upgrade: 'other', TE: 'x', Trailer: 'x', 'Proxy-Connection': 'x', 'X-Test': 'stays' },
        body: 'x'
      }))
      const response = await request(setting.peer.port, get('/hops'))
      expect(fieldValues(response, 'x-test')).toEqual(['stays'])
      for (const name of ['upgrade', 'te', 'trailer', 'proxy-connection']) expect(fieldValues(response, name)).toEqual([])
      expect(fieldValues(response, 'keep-alive').join()).not.toContain('77')
    })

    it('is cut before it begins when its length is wrong: the client gets an error', async () => {
      const { application, peer } = setting
      application.answer('/short', () => ({ status: 200, headers: { 'Content-Length': '10' }, body: 'short' }))
      application.answer('/long', () => ({ status: 200, headers: { 'Content-Length': '3' }, body: 'longer' }))
      for (const path of ['/short', '/long']) expect((await request(peer.port, get(path))).status).toBe(frontEnd.noResponse)
      await until(() => application.errors.length === 2)
      expect(application.errors).toEqual(Array(2).fill(expect.objectContaining({ code: 'ERR_SERVER_CONTENT_LENGTH_MISMATCH' })))
    })
  })
}
