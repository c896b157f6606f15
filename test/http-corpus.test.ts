// Every case of corpus/http, in every way that its bytes can come: whole, byte by byte, cut anywhere, with more behind them, as the first
// of two requests. Knows the public API only; what is expected stands in the cases.
import { describe, expect, it } from 'vitest'
import { decodeHttp, ProtocolError, RequestDecoder, type RequestHead } from '../src/index.js'
import { type Accepted, type Framing, hasHead, headEnd, type HttpCase, httpCases, isFaulty, type Refused } from './http_corpus.js'
import { refused } from './verdicts.js'

const accepted = httpCases.filter((test): test is HttpCase & { expect: Accepted } => 'framing' in test.expect)
const refusals = httpCases.filter((test): test is HttpCase & { expect: Refused } => 'error' in test.expect)

const SECOND = 'GET /second HTTP/1.1\r\nHost: second\r\n\r\n'
/** Longer cases are cut at some places only. */
const CUT_EVERYWHERE = 300

interface Heard {
  heads: RequestHead[]
  content: string
  trailers: Array<[string, string]>
  ends: number
  error: ProtocolError | undefined
  /** Bytes that had been pushed when the error came. */
  after: number
}

/** Takes all events that there are now. */
function listen (decoder: RequestDecoder, heard: Heard): void {
  try {
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      if (event.type === 'head') heard.heads.push(event.head)
      if (event.type === 'content') {
        expect(event.bytes.length).toBeGreaterThan(0)
        heard.content += Buffer.from(event.bytes).toString('latin1')
      }
      if (event.type === 'end') {
        heard.trailers.push(...event.trailers)
        heard.ends++
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    heard.error ??= error
  }
}

const decoderOf = ({ options }: HttpCase, more: { mount?: string } = {}): RequestDecoder =>
  new RequestDecoder({ ...options, ...more, protocol: 'http' })

/** What a decoder says of bytes that come in pieces, and then end. */
function hear (bytes: Buffer, cuts: readonly number[], decoder: RequestDecoder): Heard {
  const heard: Heard = { heads: [], content: '', trailers: [], ends: 0, error: undefined, after: 0 }
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    decoder.push(bytes.subarray(from, to))
    from = to
    listen(decoder, heard)
    if (heard.error === undefined) heard.after = to
    else if (heard.after < to) { heard.after = to; return heard }
  }
  try {
    decoder.end()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    heard.error = error
  }
  return heard
}

function framingOf (head: RequestHead): Framing {
  return head.framing.kind === 'length' ? head.framing.length : head.framing.kind
}

const headFacts = (head: RequestHead): unknown =>
  [Object.entries(head.environ), framingOf(head), head.keepAlive, head.expectContinue, head.upgrade, head.byteLength, head.fields()]
/** All that was heard, to be compared; the same bytes have to give the same, however they are cut. */
const factsOf = ({ heads, content, trailers, ends, error }: Heard): unknown =>
  ({ heads: heads.map(headFacts), content, trailers, ends, error: error && [error.code, error.status, error.offset] })

const eachByte = (length: number): number[] => Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1)

/** The field lines as they stand in the bytes. */
function fieldLines (test: HttpCase): Array<[string, string]> {
  const lines = test.bytes.toString('latin1', 0, headEnd(test) - 4).split('\r\n')
  const fields = lines.slice(lines[0] === '' ? 2 : 1)
  return fields.map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).replace(/^[ \t]+|[ \t]+$/g, '')])
}

function expectHead (head: RequestHead, test: HttpCase & { expect: Accepted }): void {
  const { framing, keepAlive, expectContinue = false, upgrade, environ = {}, 'whole environ': whole } = test.expect
  expect([head.protocol, head.modifier1, head.modifier2, head.byteLength]).toEqual(['http', 0, 0, headEnd(test)])
  expect([framingOf(head), head.keepAlive, head.expectContinue, head.upgrade]).toEqual([framing, keepAlive, expectContinue, upgrade])
  for (const [name, value] of Object.entries(environ)) {
    expect([name, Object.getOwnPropertyDescriptor(head.environ, name)?.value, head.get(name), head.has(name)])
      .toEqual([name, value ?? undefined, value ?? undefined, value !== null])
    const bytes = head.getBytes(name)
    expect([name, bytes && Buffer.from(bytes).toString('latin1')]).toEqual([name, value ?? undefined])
  }
  if (whole !== undefined) expect(Object.entries(head.environ)).toEqual(Object.entries(whole))
  expect(head.environ['toString']).toBeUndefined()
  expect(head.fields()).toEqual(fieldLines(test))
}

describe('the corpus', () => {
  it('has cases of both kinds, each one once', () => {
    expect([accepted.length, refusals.length].map(count => count > 150)).toEqual([true, true])
    expect(accepted.length + refusals.length).toBe(httpCases.length)
    const known = new Map<string, string>()
    for (const { name, bytes, options } of httpCases) {
      const key = JSON.stringify([bytes.toString('latin1'), options])
      expect([name, known.get(key)]).toEqual([name, undefined])
      known.set(key, name)
    }
  })

  it('has a case of every reason to refuse that bytes can give', () => {
    const seen = new Set([...refusals.map(test => test.expect.error), ...accepted.map(test => test.expect.packet)])
    expect([...seen].filter(code => code !== undefined).length).toBeGreaterThan(35)
  })
})

describe.each(accepted.map(test => [test.name, test] as const))('%s is accepted', (_name, test) => {
  const { bytes, options } = test
  const { framing, keepAlive, upgrade, content = '', trailers = [] } = test.expect

  it('by decodeHttp, whole and with more behind it, and not before it is whole', () => {
    expectHead(decodeHttp(bytes, options)!, test)
    const longer = decodeHttp(Buffer.concat([bytes, Buffer.from(SECOND)]), options)!
    expect(headFacts(longer)).toEqual(headFacts(decodeHttp(bytes, options)!))
    const end = headEnd(test)
    const lengths = end <= CUT_EVERYWHERE ? [0, ...eachByte(end)] : [0, 1, end >> 1, end - 3, end - 2, end - 1]
    for (const length of lengths) expect(decodeHttp(bytes.subarray(0, length), options)).toBe(null)
  })

  it('by RequestDecoder, whole, byte by byte and cut anywhere', () => {
    const whole = hear(bytes, [], decoderOf(test))
    expect(whole.error).toBeUndefined()
    expect([whole.heads.length, whole.ends, whole.content, whole.trailers]).toEqual([1, 1, content, trailers])
    expectHead(whole.heads[0]!, test)
    if (typeof framing === 'number') expect(content.length).toBe(framing)
    const facts = factsOf(whole)
    expect(factsOf(hear(bytes, eachByte(bytes.length), decoderOf(test)))).toEqual(facts)
    if (bytes.length > CUT_EVERYWHERE) return
    for (const cut of eachByte(bytes.length)) expect(factsOf(hear(bytes, [cut], decoderOf(test)))).toEqual(facts)
  })

  it('as the first of two requests', () => {
    const two = Buffer.concat([bytes, Buffer.from(SECOND)])
    const goesOn = keepAlive && upgrade === undefined
    for (const cuts of [[], [bytes.length], eachByte(two.length)]) {
      const decoder = decoderOf(test, { mount: '' })
      const heard = hear(two, cuts, decoder)
      expect([heard.error, heard.heads.length, heard.ends, heard.content]).toEqual([undefined, goesOn ? 2 : 1, goesOn ? 2 : 1, content])
      if (goesOn) expect(heard.heads[1]!.get('PATH_INFO')).toBe('/second')
      expect(Buffer.from(decoder.rest()).toString('latin1')).toBe(goesOn ? '' : SECOND)
    }
  })

  it('and resume goes on where there was an Upgrade, and only there', () => {
    const decoder = decoderOf(test, { mount: '' })
    decoder.push(Buffer.concat([bytes, Buffer.from(SECOND)]))
    const paths = (): Array<string | undefined> =>
      Array.from(decoder).flatMap(event => event.type === 'head' ? [event.head.get('REQUEST_URI')] : [])
    expect(paths().length).toBe(keepAlive && upgrade === undefined ? 2 : 1)
    decoder.resume()
    expect(paths()).toEqual(keepAlive && upgrade !== undefined ? ['/second'] : [])
  })
})

// What is judged when the head is whole, and not with the line.
const OF_THE_HEAD: ReadonlySet<string> = new Set([
  'HOST_MISSING', 'HOST_REPEATED', 'BAD_HOST', 'CONTENT_TYPE_REPEATED', 'BAD_CONTENT_LENGTH', 'CONTENT_LENGTH_REPEATED',
  'BAD_TRANSFER_ENCODING', 'TRANSFER_ENCODING_WITH_LENGTH', 'TRANSFER_ENCODING_VERSION', 'UNKNOWN_CODING', 'UPGRADE_WITH_CONTENT',
  'EXPECTATION_FAILED', 'METHOD_NOT_SUPPORTED', 'CONNECT', 'OUTSIDE_MOUNT', 'CONTENT_TOO_LARGE', 'UNDERSCORE'
])

/** How many bytes may have come, at most, before the case is refused. */
function latest (test: HttpCase & { expect: Refused }): number {
  const { error, offset } = test.expect
  const code = error.replace('ERR_HTTP_', '')
  if (code === 'BAD_METHOD' || code === 'BAD_CHUNK_SIZE') return offset + 1
  if (code.endsWith('_TOO_LONG') || code.endsWith('_TOO_LARGE') && code !== 'CONTENT_TOO_LARGE') return offset + 2
  if (OF_THE_HEAD.has(code) && offset < headEnd(test)) return headEnd(test)
  const lineFeed = test.bytes.indexOf('\n', offset, 'latin1')
  return lineFeed < 0 ? test.bytes.length : lineFeed + 1
}

describe.each(refusals.map(test => [test.name, test] as const))('%s is refused', (_name, test) => {
  const { bytes, options } = test
  const { error, status, offset, before } = test.expect
  const verdict = { code: error, status, offset }

  it('by RequestDecoder, whole, byte by byte and cut anywhere, with what comes before the fault', () => {
    const whole = hear(bytes, [], decoderOf(test))
    expect(whole.error && { code: whole.error.code, status: whole.error.status, offset: whole.error.offset }).toEqual(verdict)
    expect([whole.heads.map(framingOf), whole.content]).toEqual(before === undefined ? [[], ''] : [[before.framing], before.content])
    expect(whole.ends).toBe(before?.complete === true ? 1 : 0)
    const facts = factsOf(whole)
    const slowly = hear(bytes, eachByte(bytes.length), decoderOf(test))
    expect(factsOf(slowly)).toEqual(facts)
    if (isFaulty(test)) expect(slowly.after).toBeLessThanOrEqual(latest(test))
    if (bytes.length > CUT_EVERYWHERE) return
    for (const cut of eachByte(bytes.length)) expect(factsOf(hear(bytes, [cut], decoderOf(test)))).toEqual(facts)
  })

  it('and nothing behind it is parsed', () => {
    if (!isFaulty(test)) return expect(decodeHttp(bytes, options) === null).toBe(before === undefined)
    const two = Buffer.concat([bytes, Buffer.from(SECOND)])
    for (const cuts of [[], [bytes.length]]) {
      const decoder = decoderOf(test)
      const heard = hear(two, cuts, decoder)
      expect(heard.error && { code: heard.error.code, status: heard.error.status, offset: heard.error.offset }).toEqual(verdict)
      expect(heard.heads.length).toBe(before === undefined ? 0 : 1)
      for (let i = 0; i < 2; i++) {
        decoder.push(Buffer.from(SECOND))
        expect(() => decoder.next()).toThrow(heard.error)
      }
    }
  })

  it('by decodeHttp, if it is the head', () => {
    if (hasHead(test)) return expect(framingOf(decodeHttp(bytes, options)!)).toBe(before!.framing)
    if (!isFaulty(test)) return expect(decodeHttp(bytes, options)).toBe(null)
    expect(refused(() => decodeHttp(bytes, options))).toEqual(verdict)
    expect(refused(() => decodeHttp(Buffer.concat([bytes, Buffer.from(SECOND)]), options))).toEqual(verdict)
  })
})
