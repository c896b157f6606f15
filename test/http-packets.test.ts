// Every case of corpus/http on its way into a uwsgi packet: the packet has the variables of the head, and what is refused as a head is
// refused here too. Knows the public API only.
import { describe, expect, it } from 'vitest'
import { decodeHttp, decodeUwsgi, encodeUwsgi, transcodeHttpToUwsgi } from '../src/index.js'
import { hasHead, headEnd, httpCases, isFaulty } from './http_corpus.js'
import { mistake, refused } from './verdicts.js'

const packetOf = (test: typeof httpCases[number]): string | undefined => 'packet' in test.expect ? test.expect.packet : undefined
const named = (tests: typeof httpCases): Array<[string, typeof httpCases[number]]> => tests.map(test => [test.name, test])

describe('a head becomes a packet with its variables', () => {
  it.each(named(httpCases.filter(test => hasHead(test) && packetOf(test) === undefined)))('%s', (_name, test) => {
    const { bytes, options } = test
    const head = decodeHttp(bytes, options)!
    const { packet, head: found } = transcodeHttpToUwsgi(bytes, options)!
    expect([found.byteLength, found.framing, found.keepAlive, { ...found.environ }])
      .toEqual([head.byteLength, head.framing, head.keepAlive, { ...head.environ }])
    expect({ ...decodeUwsgi(packet)!.environ }).toEqual({ ...head.environ })
    expect(decodeUwsgi(packet)!.fields().sort()).toEqual(Object.entries(head.environ).sort())
    expect(decodeUwsgi(encodeUwsgi(head))!.fields().sort()).toEqual(Object.entries(head.environ).sort())
    for (const length of [0, 1, headEnd(test) >> 1, headEnd(test) - 1]) {
      expect(transcodeHttpToUwsgi(bytes.subarray(0, length), options)).toBe(null)
    }
  })
})

describe('a head with more variables than a packet can hold is refused', () => {
  it.each(named(httpCases.filter(test => packetOf(test) !== undefined)))('%s', (_name, { bytes, options }) => {
    expect(refused(() => transcodeHttpToUwsgi(bytes, options))).toMatchObject({ code: 'ERR_HTTP_PACKET_TOO_LARGE', status: 431 })
    expect(mistake(() => encodeUwsgi(decodeHttp(bytes, options)!))).toBe('RangeError ERR_PACKET_TOO_LARGE')
  })
})

describe('what is refused as a head is refused as a packet', () => {
  it.each(named(httpCases.filter(test => !hasHead(test))))('%s', (_name, test) => {
    const { bytes, options } = test
    if (isFaulty(test)) expect(refused(() => transcodeHttpToUwsgi(bytes, options))).toEqual(refused(() => decodeHttp(bytes, options)))
    else expect(transcodeHttpToUwsgi(bytes, options)).toBe(null)
  })
})

describe('a field that set removes or shortens does not count', () => {
  const bytes = Buffer.from(`GET /${'p'.repeat(15_000)} HTTP/1.1\r\nHost: a\r\nX-Big: ${'v'.repeat(40_000)}\r\nX-End: 1\r\n\r\n`)
  const limits = { maxRequestLineBytes: 65_535, maxFieldLineBytes: 65_535, maxHeadBytes: 65_535 }

  it.each([[undefined], ['small']])('%s', value => {
    expect(refused(() => transcodeHttpToUwsgi(bytes, { limits }))).toMatchObject({ code: 'ERR_HTTP_PACKET_TOO_LARGE' })
    const { packet } = transcodeHttpToUwsgi(bytes, { limits, set: { HTTP_X_BIG: value } })!
    expect(decodeUwsgi(packet)!.get('HTTP_X_BIG')).toBe(value)
    expect(decodeUwsgi(packet)!.get('HTTP_X_END')).toBe('1')
  })
})
