// What holds for any HTTP/1.x request that is made of the corpus by changes here and there: it is judged as the second reading judges it,
// however it is cut.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHttp, decodeUwsgi, ProtocolError, RequestDecoder, type RequestHead, transcodeHttpToUwsgi } from '../src/index.js'
import { headEnd, httpCases } from './http_corpus.js'
import { type Outcome, readChunked, readHead } from './http_reading.js'

// Cases that reach no limit: the second reading knows none.
const plain = httpCases.filter(({ name, options }) => !name.startsWith('limit-') && Object.keys(options).length === 0)
const RUNS = 2000

/** A change at a place, given as a part of the length. */
type Change = { at: number, remove: number, insert: string }
const piece = fc.oneof(
  fc.nat(255).map(byte => String.fromCharCode(byte)),
  fc.constantFrom('', '', '\r', '\n', '\r\n', ' ', '\t', ':', ',', ';', '"', '\\', '%', '%4', '_', '-', '0', '\0', '\x7F', '\x80', '\xA0'),
  fc.constantFrom('chunked', 'close', 'keep-alive', 'upgrade', 'websocket', '100-continue', 'HTTP/1.0', 'HTTP/2.0', 'http://h', 'gzip'),
  fc.constantFrom('Host: b', 'Content-Length: 5', 'Transfer-Encoding: chunked', 'Connection: close', 'Expect: 100-continue', 'Proxy: x',
    'Upgrade: websocket', 'Connection: upgrade', 'X-A: 1', 'X_A: 2', 'Cookie: a=1', 'Content-Type: a/b').map(line => `${line}\r\n`)
)
const part = fc.double({ min: 0, max: 1, noNaN: true })
const change = fc.record({ at: part, remove: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(30)), insert: piece })
const changed = fc.record({ test: fc.constantFrom(...plain), changes: fc.array(change, { maxLength: 4 }) }).map(({ test, changes }) => {
  // Places behind the end of a line are where most of the faults are.
  const apply = (text: string, { at, remove, insert }: Change): string => {
    const near = Math.floor(at * text.length)
    const lineEnd = text.indexOf('\r\n', near)
    const place = insert.endsWith('\r\n') && lineEnd >= 0 ? lineEnd + 2 : near
    return text.slice(0, place) + insert + text.slice(place + remove)
  }
  return changes.reduce(apply, test.bytes.toString('latin1'))
})

function outcomeOf (decode: () => RequestHead | null): Outcome {
  try {
    const head = decode()
    if (head === null) return undefined
    return {
      environ: { ...head.environ },
      framing: head.framing.kind === 'length' ? head.framing.length : head.framing.kind,
      keepAlive: head.keepAlive,
      expectContinue: head.expectContinue,
      upgrade: head.upgrade,
      byteLength: head.byteLength
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return error.status
  }
}

/** Everything that a decoder says, in one line for each event, of bytes that come in pieces. */
function story (bytes: Buffer, cuts: readonly number[]): string[] {
  const decoder = new RequestDecoder({ protocol: 'http' })
  const lines: string[] = []
  let content = ''
  try {
    let from = 0
    for (const to of [...cuts, bytes.length]) {
      decoder.push(bytes.subarray(from, to))
      from = to
      for (const event of decoder) {
        if (event.type === 'content') content += Buffer.from(event.bytes).toString('latin1')
        if (event.type === 'head') lines.push(JSON.stringify(Object.entries(event.head.environ)))
        if (event.type === 'end') {
          lines.push(JSON.stringify([content, event.trailers]))
          content = ''
        }
      }
    }
    decoder.end()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    lines.push(`${content} ${error.code} ${error.offset}`)
  }
  return lines
}

describe('the second reading', () => {
  it('agrees with the corpus', () => {
    for (const test of plain) {
      const text = test.bytes.toString('latin1')
      const { expect: expected } = test
      const outcome = readHead(text)
      if (!('error' in expected)) {
        const { framing, keepAlive, expectContinue = false, upgrade } = expected
        expect([test.name, outcome]).toMatchObject([test.name, { framing, keepAlive, expectContinue, upgrade, byteLength: headEnd(test) }])
      } else if (expected.before === undefined) {
        expect([test.name, outcome]).toEqual([test.name, expected.error.endsWith('_TRUNCATED') ? undefined : expected.status])
      }
    }
  })
})

describe('a request of the corpus, changed here and there', () => {
  it('is judged as a head as the second reading judges it', () => {
    fc.assert(fc.property(changed, text => {
      const outcome = readHead(text)
      const expected = typeof outcome === 'object' ? { ...outcome, environ: { ...outcome.environ } } : outcome
      expect(outcomeOf(() => decodeHttp(Buffer.from(text, 'latin1')))).toEqual(expected)
    }), { numRuns: RUNS })
  })

  it('has the same variables in a packet', () => {
    fc.assert(fc.property(changed, text => {
      const bytes = Buffer.from(text, 'latin1')
      const outcome = readHead(text)
      if (typeof outcome !== 'object') return
      const { packet, head } = transcodeHttpToUwsgi(bytes)!
      expect(head.byteLength).toBe(outcome.byteLength)
      expect({ ...decodeUwsgi(packet)!.environ }).toEqual({ ...outcome.environ })
    }), { numRuns: RUNS })
  })

  it('has the content that the second reading finds', () => {
    fc.assert(fc.property(changed, text => {
      const outcome = readHead(text)
      if (typeof outcome !== 'object' || outcome.framing !== 'chunked') return
      const [, end] = story(Buffer.from(text, 'latin1'), [])
      const read = readChunked(text.slice(outcome.byteLength))
      if (read === undefined) expect(end).toMatch(/ ERR_HTTP_\w+ \d+$/)
      else expect(end).toBe(JSON.stringify([read.content, read.trailers]))
    }), { numRuns: RUNS })
  })

  it('tells the same story however it is cut', () => {
    const requests = fc.array(changed, { minLength: 1, maxLength: 2 })
    fc.assert(fc.property(requests, fc.array(part, { maxLength: 6 }), (texts, places) => {
      const bytes = Buffer.from(texts.join(''), 'latin1')
      const cuts = places.map(place => Math.floor(place * bytes.length)).sort((a, b) => a - b)
      const whole = story(bytes, [])
      expect(story(bytes, cuts)).toEqual(whole)
      expect(story(bytes, Array.from({ length: bytes.length }, (_, i) => i))).toEqual(whole)
    }), { numRuns: RUNS / 4 })
  })
})
