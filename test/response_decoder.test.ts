// ResponseDecoder: every row of the table of response heads in docs/uwsgi-support.md has a case in corpus/responses (or here, when it is
// about size). Each case runs whole, byte by byte and cut at every position, and the result has to be the same.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { binding } from '../src/engine.js'
import { encodeResponseHead, ProtocolError, ResponseDecoder, type ResponseEvent } from '../src/index.js'
import * as layout from '../src/layout.js'
import { type Expected, responseCases } from './response_corpus.js'

interface Result { response?: Expected, ended: boolean, error?: string, offset?: number }

function apply (result: Result, event: ResponseEvent): void {
  switch (event.type) {
    case 'head': {
      const { framing, ...head } = event.head
      result.response = { ...head, framing: framing.kind === 'length' ? framing.length : framing.kind, content: '' }
      break
    }
    case 'content':
      expect(event.bytes.length).toBeGreaterThan(0)
      result.response!.content += Buffer.from(event.bytes).toString('latin1')
      break
    case 'end':
      expect(result.ended).toBe(false)
      result.ended = true
  }
}

/** Feeds the chunks as a connection would and then closes it. */
function decode (chunks: Uint8Array[], method?: string): Result {
  const decoder = new ResponseDecoder(method === undefined ? {} : { method })
  const result: Result = { ended: false }
  const run = (step: () => void): void => {
    if (result.error !== undefined) return
    try {
      step()
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      expect(error.status).toBe(502)
      Object.assign(result, { error: error.code, offset: error.offset })
      expect(() => decoder.next()).toThrow(error)
    }
  }
  const drain = (): void => { for (const event of decoder) apply(result, event) }
  for (const chunk of chunks) {
    run(() => {
      decoder.push(chunk)
      drain()
    })
  }
  run(() => decoder.end())
  run(drain)
  return result
}

const cut = (bytes: Uint8Array, at: number) => [bytes.subarray(0, at), bytes.subarray(at)]
const singles = (bytes: Uint8Array) => Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))

describe.each(responseCases)('$name: $row', ({ bytes, method, expect: wanted }) => {
  const before = 'error' in wanted ? wanted.before : wanted
  // Surplus is found after the end, missing content instead of it.
  const ended = !('error' in wanted) || wanted.error === 'ERR_RESPONSE_CONTENT_SURPLUS'
  const refusal = 'error' in wanted ? { error: wanted.error, offset: wanted.offset } : {}
  const result: Result = { ...(before && { response: before }), ended, ...refusal }

  test('whole', () => expect(decode([bytes], method)).toEqual(result))
  test('byte by byte', () => expect(decode(singles(bytes), method)).toEqual(result))
  test('cut at every position', () => {
    for (let at = 0; at <= bytes.length; at++) expect([at, decode(cut(bytes, at), method)]).toEqual([at, result])
  })
  test('pushed as a whole and ended before anything is read', () => {
    const decoder = new ResponseDecoder(method === undefined ? {} : { method })
    decoder.push(bytes)
    let thrown: unknown
    const seen: Result = { ended: false }
    try {
      decoder.end()
    } catch (error) {
      thrown = error
    }
    try {
      for (const event of decoder) apply(seen, event)
      expect(thrown).toBeUndefined()
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      if (thrown !== undefined) expect(error).toBe(thrown)
      Object.assign(seen, { error: error.code, offset: error.offset })
    }
    expect(seen).toEqual(result)
  })

  if ('error' in wanted) {
    test('refused no later than the byte that completes the faulty line', () => {
      const decoder = new ResponseDecoder(method === undefined ? {} : { method })
      let pushed = 0
      try {
        for (const byte of singles(bytes)) {
          pushed++
          decoder.push(byte)
          for (const event of decoder) expect(event).toBeDefined()
        }
      } catch (error) {
        expect((error as ProtocolError).code).toBe(wanted.error)
        let latest = bytes.indexOf('\n', wanted.offset)
        // An interim response too many is known as such with its last line; surplus has no line.
        if (wanted.error === 'ERR_RESPONSE_TOO_MANY_INTERIM') latest = bytes.indexOf('\r\n\r\n', wanted.offset) + 3
        if (wanted.error === 'ERR_RESPONSE_CONTENT_SURPLUS') latest = wanted.offset
        expect(pushed - 1).toBeLessThanOrEqual(latest)
        return
      }
      // Only the end can tell: nothing more came, or a first line that has no end.
      expect(wanted.error).toMatch(/^ERR_RESPONSE_(EMPTY|.*_TRUNCATED|NO_STATUS)$/)
      if (wanted.error === 'ERR_RESPONSE_NO_STATUS') expect(bytes.indexOf('\n')).toBe(-1)
    })
  }
})

test('every refusal of responses has a case', () => {
  const covered = new Set(responseCases.flatMap(({ expect: wanted }) => 'error' in wanted ? [wanted.error] : []))
  const bySize = ['ERR_RESPONSE_HEAD_TOO_LARGE', 'ERR_RESPONSE_TOO_MANY_FIELDS']
  const all = layout.REFUSALS.map(([code]) => code).filter(code => code.startsWith('ERR_RESPONSE_'))
  expect([...covered, ...bySize].sort()).toEqual([...all].sort())
})

describe('sizes', () => {
  const START = 'HTTP/1.1 200 OK\r\n'
  const latin1 = (text: string) => Buffer.from(text, 'latin1')

  /** A head of this many bytes, with one long value. */
  function headOf (size: number): Buffer {
    return latin1(`${START}X: ${'v'.repeat(size - START.length - 7)}\r\n\r\n`)
  }

  test('a head of 65 536 bytes is accepted, whole and in pieces', () => {
    const head = headOf(65536)
    expect(head).toHaveLength(65536)
    const chunks = Array.from({ length: 66 }, (_, i) => head.subarray(1000 * i, 1000 * i + 1000))
    const content = latin1('body')
    for (const input of [[head], chunks, singles(head), [Buffer.concat([head, content])], [...chunks, content]]) {
      const { response, error } = decode(input)
      expect(error).toBeUndefined()
      expect(response!.headers[0]![1]).toHaveLength(65536 - START.length - 7)
    }
  })

  test.each([65537, 65538, 100_000, 200_000])('a head of %i bytes is refused, whole and in pieces', size => {
    const head = headOf(size)
    const chunks = Array.from({ length: Math.ceil(size / 1000) }, (_, i) => head.subarray(1000 * i, 1000 * i + 1000))
    for (const input of [[head], chunks, [head.subarray(0, 65536), head.subarray(65536)], cut(head, 10)]) {
      expect(decode(input)).toEqual({ ended: false, error: 'ERR_RESPONSE_HEAD_TOO_LARGE', offset: 65536 })
    }
  })

  test('refused with byte 65 537, without waiting for the end of a line', () => {
    const decoder = new ResponseDecoder()
    decoder.push(headOf(70_000).subarray(0, 65536))
    expect(decoder.next()).toBe(null)
    decoder.push(latin1('v'))
    expect(() => decoder.next()).toThrow(expect.objectContaining({ code: 'ERR_RESPONSE_HEAD_TOO_LARGE', offset: 65536 }))
  })

  test('the bound is for one head: interim responses do not count', () => {
    const interim = latin1(`HTTP/1.1 103 x\r\nX: ${'v'.repeat(40_000)}\r\n\r\n`)
    expect(decode([Buffer.concat([interim, interim, headOf(65536)])])).toMatchObject({ ended: true, response: { status: 200 } })
  })

  test('1 000 field lines are accepted, one more is refused where it begins', () => {
    const lines = (count: number) => latin1(`${START}${'a: b\r\n'.repeat(count)}\r\n`)
    expect(decode([lines(1000)]).response!.headers).toEqual(Array.from({ length: 1000 }, () => ['a', 'b']))
    expect(decode(singles(lines(1000))).response!.headers).toHaveLength(1000)
    const refused = { ended: false, error: 'ERR_RESPONSE_TOO_MANY_FIELDS', offset: START.length + 6000 }
    expect(decode([lines(1001)])).toEqual(refused)
    expect(decode(singles(lines(1001)))).toEqual(refused)
  })
})

describe('bytes', () => {
  const FIELD_BYTE = /^[\t\u0020-\u007e\u0080-\u00ff]$/
  const TCHAR = /^[!#$%&'*+.^_`|~0-9A-Za-z-]$/

  test('each of the 256 in a name, a value and a reason', () => {
    for (let byte = 0; byte < 256; byte++) {
      const character = String.fromCharCode(byte)
      const input = (text: string) => decode([Buffer.from(`${text}\r\n\r\n`, 'latin1')])
      const line = (code: string) => {
        if (byte === 0x0d) return 'ERR_RESPONSE_BARE_CR'
        return byte === 0x0a ? expect.stringMatching(/BARE_LF|NO_COLON/) as string : code
      }
      const name = input(`HTTP/1.1 200 OK\r\nx${character}y: v`)
      if (TCHAR.test(character)) expect(name.response!.headers).toEqual([[`x${character}y`, 'v']])
      else if (character === ':') expect(name.response!.headers).toEqual([['x', 'y: v']])
      else expect([byte, name.error]).toEqual([byte, line('ERR_RESPONSE_BAD_FIELD_NAME')])
      const value = input(`HTTP/1.1 200 OK\r\nx: a${character}b`)
      if (FIELD_BYTE.test(character)) expect(value.response!.headers).toEqual([['x', `a${character}b`]])
      else expect([byte, value.error]).toEqual([byte, line('ERR_RESPONSE_BAD_FIELD_VALUE')])
      const reason = input(`HTTP/1.1 200 a${character}b`)
      if (FIELD_BYTE.test(character)) expect(reason.response!.reason).toBe(`a${character}b`)
      else expect([byte, reason.error]).toEqual([byte, line('ERR_RESPONSE_BAD_REASON')])
    }
  })

  test('what the encoder writes is read back', () => {
    const character = fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code))
    const text = (test: RegExp, options: object) => fc.string({ ...options, unit: character.filter(it => test.test(it)) })
    const name = text(TCHAR, { minLength: 1, maxLength: 10 }).filter(it => !/^(content-length|transfer-encoding|status)$/i.test(it))
    const value = text(FIELD_BYTE, { maxLength: 20 }).map(it => it.replace(/^[ \t]+|[ \t]+$/g, ''))
    const status = fc.integer({ min: 200, max: 999 })
    const reason = text(FIELD_BYTE, { maxLength: 20 })
    fc.assert(fc.property(status, reason, fc.array(fc.tuple(name, value)), fc.nat(), (status, reason, headers, at) => {
      const head = encodeResponseHead(`${status} ${reason}`, headers)
      expect(decode(cut(head, at % head.length)).response).toMatchObject({ status, reason, headers })
    }))
  })
})

describe('state', () => {
  test('content is a view on the pushed chunk', () => {
    const decoder = new ResponseDecoder()
    const chunk = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody')
    decoder.push(chunk)
    const [head, content, end] = [...decoder]
    expect(head).toMatchObject({ type: 'head', head: { framing: { kind: 'length', length: 4 } } })
    expect(content).toEqual({ type: 'content', bytes: chunk.subarray(-4) })
    expect((content as { bytes: Uint8Array }).bytes.buffer).toBe(chunk.buffer)
    expect(end).toEqual({ type: 'end' })
    expect(decoder.next()).toBe(null)
    decoder.end()
    expect(decoder.next()).toBe(null)
  })

  test('surplus that comes after the end is refused as well', () => {
    const decoder = new ResponseDecoder()
    decoder.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na'))
    expect([...decoder].map(event => event.type)).toEqual(['head', 'content', 'end'])
    decoder.push(Buffer.from('b'))
    expect(() => decoder.next()).toThrow(expect.objectContaining({ code: 'ERR_RESPONSE_CONTENT_SURPLUS', offset: 39 }))
  })

  test('decoders that are fed in turn do not disturb each other', () => {
    const heads = Array.from({ length: 20 }, (_, i) => {
      const fields = `X-Long-${i}: ${'v'.repeat(i)}\r\nContent-Length: ${i}\r\n`
      return Buffer.from(`HTTP/1.1 ${400 + i} R${i}\r\n${fields}\r\n${'c'.repeat(i)}`)
    })
    const decoders = heads.map(() => new ResponseDecoder())
    const results = heads.map((): Result => ({ ended: false }))
    for (let at = 0; at < 120; at++) {
      heads.forEach((head, i) => {
        decoders[i]!.push(head.subarray(at, at + 1))
        for (const event of decoders[i]!) apply(results[i]!, event)
        encodeResponseHead(200, { some: 'parts' })
      })
    }
    results.forEach((result, i) => expect(result).toEqual({
      ended: true,
      response: {
        status: 400 + i,
        reason: `R${i}`,
        headers: [[`X-Long-${i}`, 'v'.repeat(i)], ['Content-Length', `${i}`]],
        framing: i,
        content: 'c'.repeat(i)
      }
    }))
  })

  test('bytes that were looked at are not looked at again', () => {
    const { slab } = binding
    const state = slab.subarray(layout.WORD_RESPONSE_LINE, layout.WORD_RESPONSE_LENGTH_HIGH + 1)
    const head = Buffer.from('HTTP/1.1 200 OK\r\nX-First: 1\r\nX-Second: 22\r\n\r\n')
    state.fill(0)
    slab[layout.WORD_RESPONSE_ENDED] = 0
    slab[layout.WORD_PARTS_AT] = 0
    const at = head.indexOf('Second')
    binding.decodeResponseHead(head.subarray(0, at))
    expect([slab[layout.WORD_OUTCOME], slab[layout.WORD_PART_COUNT]]).toEqual([0, 1])
    head.fill('\n', 0, at - 2) // lines that were read
    binding.decodeResponseHead(head.subarray(0, at + 3))
    expect([slab[layout.WORD_OUTCOME], slab[layout.WORD_PART_COUNT]]).toEqual([0, 0])
    head.write('\n', at + 1) // inside what was searched for the end of the line
    binding.decodeResponseHead(head)
    expect(slab[layout.WORD_OUTCOME]).toBe(2)
    // Seen as the end of a line, it would be a bare LF or a missing colon.
    expect(layout.REFUSALS[slab[layout.WORD_REFUSAL]! - 1]![0]).toBe('ERR_RESPONSE_BAD_FIELD_NAME')
  })

  test('a state that leads beyond the bytes is not followed', () => {
    const { slab } = binding
    const state = slab.subarray(layout.WORD_RESPONSE_LINE, layout.WORD_RESPONSE_LENGTH_HIGH + 1)
    for (const words of [[5, 4], [0, 100], [100, 100], [0xFFFFFFFF, 0xFFFFFFFF], [0, 0, 1001]]) {
      state.fill(0)
      state.set(words)
      binding.decodeResponseHead(Buffer.from('HTTP/1.1 200 OK\r\n'))
      expect(slab[layout.WORD_OUTCOME]).toBe(layout.OUTCOME_UNUSABLE)
    }
    state.fill(0)
  })
})

describe('the caller\'s mistakes', () => {
  test('chunks that are no Uint8Array, or resizable, shared or detached', () => {
    const detached = new Uint8Array(4)
    structuredClone(detached, { transfer: [detached.buffer] })
    const resizable = new Uint8Array(Reflect.construct(ArrayBuffer, [4, { maxByteLength: 8 }]) as ArrayBuffer)
    for (const [chunk, code] of [
      ['text', 'ERR_INVALID_ARG_TYPE'], [undefined, 'ERR_INVALID_ARG_TYPE'], [new Uint16Array(2), 'ERR_INVALID_ARG_TYPE'],
      [new Uint8Array(new SharedArrayBuffer(4)), 'ERR_SHARED_BYTES'], [resizable, 'ERR_RESIZABLE_BYTES'], [detached, 'ERR_DETACHED_BYTES']
    ] as const) {
      expect(() => new ResponseDecoder().push(chunk as never)).toThrow(expect.objectContaining({ name: 'TypeError', code }))
    }
  })

  test('a chunk that is detached between push and next', () => {
    const decoder = new ResponseDecoder()
    const chunk = new Uint8Array([72, 84])
    decoder.push(chunk)
    structuredClone(chunk, { transfer: [chunk.buffer] })
    expect(() => decoder.next()).toThrow(expect.objectContaining({ code: 'ERR_DETACHED_BYTES' }))
  })

  test('a method that is no string', () => {
    const mistake = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_OPTION' })
    expect(() => new ResponseDecoder({ method: 5 as never })).toThrow(mistake)
  })
})
