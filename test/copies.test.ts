// Several copies of the package's JavaScript in one thread, as bundles and test runners make them: they share the addon, and nothing else.
import { afterAll, describe, expect, it, vi } from 'vitest'
import { runChild } from './child.js'

type Codec = typeof import('../src/index.js')

async function copy (): Promise<Codec> {
  vi.resetModules()
  return await import('../src/index.js')
}

const one = await copy()
const other = await copy()
afterAll(() => { vi.resetModules() })

const ROUNDS = 30
const request = Buffer.from('GET /app/path/that/has/some/length HTTP/1.1\r\nHost: a\r\nCookie: c\r\nAccept: d\r\nX_Y: e\r\n\r\n')

describe('two copies, turn by turn', () => {
  it('are two', () => {
    expect(other.decodeHttp).not.toBe(one.decodeHttp)
    expect(other.engine).toBe(one.engine)
  })

  it('keep to their own options', () => {
    const narrow = { limits: { maxRequestLineBytes: 20 } }
    const mounted = { mount: '/app', underscores: 'keep' as const, connection: { remoteAddress: '192.0.2.1' } }
    for (let round = 0; round < ROUNDS; round++) {
      expect(() => one.decodeHttp(request, narrow)).toThrow(expect.objectContaining({ code: 'ERR_HTTP_REQUEST_LINE_TOO_LONG' }))
      expect(other.decodeHttp(request, mounted)!.environ).toMatchObject({ SCRIPT_NAME: '/app', REMOTE_ADDR: '192.0.2.1', HTTP_X_Y: 'e' })
      expect(one.decodeUwsgi(one.transcodeHttpToUwsgi(request)!.packet)!.environ).toMatchObject({ SCRIPT_NAME: '', REMOTE_ADDR: '' })
      expect(other.decodeUwsgi(other.transcodeHttpToUwsgi(request, mounted)!.packet)!.environ).toEqual(other.decodeHttp(request, mounted)!.environ)
    }
  })

  it('give the values that each was asked for', () => {
    for (let round = 0; round < ROUNDS; round++) {
      expect(one.decodeHttp(request)!.get('HTTP_COOKIE')).toBe('c')
      expect(other.decodeHttp(request)!.get('HTTP_ACCEPT')).toBe('d')
    }
    const heads = [one.decodeHttp(request)!, other.decodeHttp(request)!]
    for (const head of heads) expect([head.get('HTTP_ACCEPT'), head.get('HTTP_COOKIE'), head.environ['HTTP_COOKIE']]).toEqual(['d', 'c', 'c'])
  })

  it('write the names that each was given, also when one has forgotten its forms', () => {
    const said = (codec: Codec, name: string): string => codec.encodeResponseHead(204, { [name]: 'v' }).toString('latin1')
    for (let round = 0; round < ROUNDS; round++) {
      expect(said(one, 'A')).toBe('HTTP/1.1 204 No Content\r\nA: v\r\n\r\n')
      expect(said(other, 'B')).toBe('HTTP/1.1 204 No Content\r\nB: v\r\n\r\n')
    }
    for (let name = 0; name < 400; name++) expect(said(one, `A${name}`)).toContain(`\r\nA${name}: v\r\n`)
    for (let name = 0; name < 400; name++) {
      expect(said(other, `B${name}`)).toContain(`\r\nB${name}: v\r\n`)
      expect(said(one, `A${name}`)).toContain(`\r\nA${name}: v\r\n`)
    }
  })

  it('decode content that comes in turns', () => {
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
    const decoders = [one, other].map(codec => new codec.RequestDecoder({ protocol: 'http' }))
    const texts = decoders.map(() => '')
    for (const piece of [head, '5\r\nab', 'cde\r', '\n3;x=y\r\n', 'fgh\r\n0\r\nT: ', 'u\r\n\r\n']) {
      decoders.forEach((decoder, i) => {
        decoder.push(Buffer.from(piece))
        for (const event of decoder) {
          if (event.type === 'content') texts[i] += Buffer.from(event.bytes).toString()
          if (event.type === 'end') texts[i] += JSON.stringify(event.trailers)
        }
      })
    }
    expect(texts).toEqual(['abcdefgh[["T","u"]]', 'abcdefgh[["T","u"]]'])
  })
})

describe('what a copy has of the addon', () => {
  it('goes with it, and lasts as long as one of its functions', async () => {
    const { code, signal, stderr, report } = await runChild('copies_collected.mjs', ['--expose-gc'], { GATEWIRE_ENGINE: '' })
    expect([code, signal, stderr]).toEqual([0, null, ''])
    expect(report).toEqual({ usable: true, grown: false })
  })
})
