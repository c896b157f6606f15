// encodeResponseHead: grammar of status lines and field lines (RFC 9110 sections 5.5, 5.6.2 and 8.6, RFC 9112 section 4), byte by byte.
import { STATUS_CODES } from 'node:http'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeResponseHead, encodeUwsgi } from '../src/index.js'

const encode = (...args: Parameters<typeof encodeResponseHead>) => encodeResponseHead(...args).toString('latin1')

function codeOf (run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error
    return `${error.name} ${(error as Error & { code: string }).code}`
  }
  return 'no error'
}

// The grammar once more, written from the ABNF in another way than the core's tables.
const TCHAR = /^[!#$%&'*+.^_`|~0-9A-Za-z-]$/
const FIELD_BYTE = /^[\t\u0020-\u007e\u0080-\u00ff]$/
const BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte))

describe('status line', () => {
  test.each([
    [200, 'HTTP/1.1 200 OK\r\n\r\n'],
    [404, 'HTTP/1.1 404 Not Found\r\n\r\n'],
    [100, 'HTTP/1.1 100 Continue\r\n\r\n'],
    [299, 'HTTP/1.1 299 \r\n\r\n'],
    [999, 'HTTP/1.1 999 \r\n\r\n'],
    ['200 OK', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['204', 'HTTP/1.1 204 \r\n\r\n'],
    ['204 ', 'HTTP/1.1 204 \r\n\r\n'],
    ['418 I am\ta \u00e9t\u00e9 pot', 'HTTP/1.1 418 I am\ta \u00e9t\u00e9 pot\r\n\r\n']
  ])('%j is accepted', (status, head) => {
    expect(encode(status, [])).toBe(head)
  })

  test('every standard code gets its reason', () => {
    for (const [code, reason] of Object.entries(STATUS_CODES)) expect(encode(Number(code), {})).toBe(`HTTP/1.1 ${code} ${reason}\r\n\r\n`)
  })

  test.each([
    '', '2', '20', '099', '000 OK', '2000', '200OK', '200\tOK', 'abc', '20x', ' 200', '+200', '20\u00b2', '200 O\rK', '200 OK\r\n', '200 \0'
  ])('%j is refused', status => {
    expect(codeOf(() => encodeResponseHead(status, []))).toBe('RangeError ERR_INVALID_STATUS')
  })

  test.each([99, 1000, 0, -200, 200.5, NaN, Infinity])('%j is refused', status => {
    expect(codeOf(() => encodeResponseHead(status, []))).toBe('RangeError ERR_INVALID_STATUS')
  })

  test('every byte in a reason', () => {
    for (const byte of BYTES) {
      const wanted = FIELD_BYTE.test(byte) ? 'no error' : 'RangeError ERR_INVALID_STATUS'
      expect([byte, codeOf(() => encodeResponseHead(`200 a${byte}b`, []))]).toEqual([byte, wanted])
    }
  })

  test.each([undefined, null, {}, ['200']])('a status that is %j is a TypeError', status => {
    expect(codeOf(() => encodeResponseHead(status as never, []))).toBe('TypeError ERR_INVALID_STATUS')
  })
})

describe('field lines', () => {
  test('pairs keep order, case and repeated names', () => {
    expect(encode(200, [['X-b', '2'], ['Set-Cookie', 'a=1'], ['x-A', ''], ['Set-Cookie', 'b=2']]))
      .toBe('HTTP/1.1 200 OK\r\nX-b: 2\r\nSet-Cookie: a=1\r\nx-A: \r\nSet-Cookie: b=2\r\n\r\n')
  })

  test('an object, with arrays for repeated names; nothing inherited', () => {
    const own = { 'content-type': 'text/plain', 'set-cookie': ['a', 'b'], 'x-none': [] }
    const headers = Object.assign(Object.create({ inherited: 'x' }), own)
    expect(encode(200, headers)).toBe('HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nset-cookie: a\r\nset-cookie: b\r\n\r\n')
  })

  test('maps, Headers and generators are iterables of pairs', () => {
    expect(encode(204, new Map([['a', 'b']]))).toBe('HTTP/1.1 204 No Content\r\na: b\r\n\r\n')
    expect(encode(204, new Headers({ a: 'b' }))).toBe('HTTP/1.1 204 No Content\r\na: b\r\n\r\n')
    expect(encode(204, (function * (): Generator<[string, string]> { yield ['a', 'b'] })())).toBe('HTTP/1.1 204 No Content\r\na: b\r\n\r\n')
  })

  test('every byte in a name, alone, first, inside and last', () => {
    for (const byte of BYTES) {
      const wanted = TCHAR.test(byte) ? 'no error' : 'RangeError ERR_INVALID_FIELD_NAME'
      for (const name of [byte, `${byte}x`, `x${byte}x`, `x${byte}`]) {
        expect([name, codeOf(() => encodeResponseHead(200, [[name, 'v']]))]).toEqual([name, wanted])
      }
    }
    expect(codeOf(() => encodeResponseHead(200, [['', 'v']]))).toBe('RangeError ERR_INVALID_FIELD_NAME')
  })

  test('every byte in a value, alone, first, inside and last', () => {
    for (const byte of BYTES) {
      for (const value of [byte, `${byte}x`, `x${byte}x`, `x${byte}`]) {
        if (FIELD_BYTE.test(byte)) {
          expect(encode(200, [['n', value]])).toBe(`HTTP/1.1 200 OK\r\nn: ${value.replace(/^[ \t]+|[ \t]+$/g, '')}\r\n\r\n`)
        } else {
          expect([value, codeOf(() => encodeResponseHead(200, [['n', value]]))]).toEqual([value, 'RangeError ERR_INVALID_FIELD_VALUE'])
        }
      }
    }
  })

  test('spaces and tabs around a value are left out, those inside stay', () => {
    expect(encode('200 OK', [['a', ' \t x \t y \t '], ['b', ' \t']])).toBe('HTTP/1.1 200 OK\r\na: x \t y\r\nb: \r\n\r\n')
  })

  test('a character above U+00FF is refused wherever it stands', () => {
    for (const run of [
      () => encodeResponseHead('200 \u0100', []),
      () => encodeResponseHead(200, [['\u0141', 'v']]),
      () => encodeResponseHead(200, { n: '\u{1f600}' })
    ]) expect(codeOf(run)).toBe('RangeError ERR_NOT_LATIN1')
  })

  test.each([[5], 'text', undefined, null, { n: 5 }, { n: undefined }, { n: [5] }, [['n', 5]], [['n']], [[undefined, 'v']], ['nv'], [5], [null],
    [{ 0: 'n', 1: 'v' }]])('headers that are %j are a TypeError', (...headers) => {
    for (const given of [headers, headers[0]]) expect(codeOf(() => encodeResponseHead(200, given as never))).toMatch(/^TypeError ERR_INVALID_ARG/)
  })

  test('messages tell the position, not the value', () => {
    const value = () => encodeResponseHead(200, [['a', 'b'], ['c', 'secret\n']])
    expect(value).toThrow(/^header 1, counted from 0: the value has a control character/)
    const name = () => encodeResponseHead(200, [['a', 'b'], ['c', 'd'], ['secret ', 'd']])
    expect(name).toThrow(/^header 2, counted from 0: the name is not a token/)
    for (const run of [() => encodeResponseHead(200, { c: 'secret\n' }), () => encodeResponseHead(200, { 'secret ': '' })]) {
      expect(run).not.toThrow(/secret/)
    }
  })
})

describe('Content-Length', () => {
  test.each(['0', '5', '005', '00000000000000000000000005', '9007199254740991', ' 5 '])('%j is accepted', value => {
    expect(encode(200, { 'Content-Length': value })).toBe(`HTTP/1.1 200 OK\r\nContent-Length: ${value.trim()}\r\n\r\n`)
  })

  test.each(['', ' ', '+5', '-0', '5.0', '0x5', '5 5', '5, 5', '5abc', '1_0', '\u00b2', '9007199254740992', '18446744073709551621', '1e3'])(
    '%j is refused', value => {
      for (const name of ['content-length', 'CONTENT-LENGTH', 'Content-length']) {
        expect(codeOf(() => encodeResponseHead(200, [[name, value]]))).toBe('RangeError ERR_INVALID_CONTENT_LENGTH')
      }
    })

  test('twice is refused, equal or not, in any case of letters', () => {
    for (const headers of [
      [['Content-Length', '5'], ['Content-Length', '5']], [['content-length', '5'], ['x', ''], ['CONTENT-LENGTH', '6']]
    ] as Array<Array<[string, string]>>) {
      expect(codeOf(() => encodeResponseHead(200, headers))).toBe('RangeError ERR_CONTENT_LENGTH_REPEATED')
    }
    expect(codeOf(() => encodeResponseHead(200, { 'content-length': ['5', '5'] }))).toBe('RangeError ERR_CONTENT_LENGTH_REPEATED')
  })

  test('names that only look like it are not checked', () => {
    const names = ['Content_Length', 'Content-Lengths', 'Content-Lengt', 'xContent-Length']
    const headers = names.map((name): [string, string] => [name, 'x'])
    for (const pair of headers) expect(encode(200, [...headers, pair])).toContain(`${pair[0]}: ${pair[1]}\r\n`)
  })
})

describe('size and state', () => {
  test('65 535 bytes of status, names and values are accepted, one more is not', () => {
    const room = 65535 - '200 OK'.length - 'n'.length
    expect(encodeResponseHead(200, { n: 'v'.repeat(room) })).toHaveLength(65535 + 9 + 2 + 4 + 2)
    expect(codeOf(() => encodeResponseHead(200, { n: 'v'.repeat(room + 1) }))).toBe('RangeError ERR_HEAD_TOO_LARGE')
    expect(codeOf(() => encodeResponseHead(`200 ${'r'.repeat(65532)}`, []))).toBe('RangeError ERR_HEAD_TOO_LARGE')
  })

  test('the most field lines that fit are written', () => {
    const lines = 65535 - '200 OK'.length
    const head = encode(200, Array.from({ length: lines }, (): [string, string] => ['n', '']))
    expect(head).toBe(`HTTP/1.1 200 OK\r\n${'n: \r\n'.repeat(lines)}\r\n`)
  })

  test('endless headers end', () => {
    function * endless (pair: [string, string]): Generator<[string, string]> { while (true) yield pair }
    expect(codeOf(() => encodeResponseHead(200, endless(['n', 'v'])))).toBe('RangeError ERR_HEAD_TOO_LARGE')
    expect(codeOf(() => encodeResponseHead(200, endless(['', ''])))).toMatch(/^RangeError/)
    expect(encode(200, {})).toBe('HTTP/1.1 200 OK\r\n\r\n')
  })

  test('a failure leaves nothing behind: the next heads are right', () => {
    for (let i = 0; i < 1000; i++) {
      expect(codeOf(() => encodeResponseHead(200, [['a', 'b'], ['c', '\0']]))).toBe('RangeError ERR_INVALID_FIELD_VALUE')
      expect(codeOf(() => encodeResponseHead(200, [['a', 'b'], ['c', 1 as never]]))).toBe('TypeError ERR_INVALID_ARG_TYPE')
    }
    expect(encode(200, [['a', 'b']])).toBe('HTTP/1.1 200 OK\r\na: b\r\n\r\n')
  })

  test('headers whose values encode something else on the way', () => {
    const headers = {
      first: '1',
      get nested () {
        expect(codeOf(() => encodeResponseHead(200, { x: '\n' }))).toBe('RangeError ERR_INVALID_FIELD_VALUE')
        encodeUwsgi([['k', 'v']])
        return String(encodeResponseHead(404, { deep: 'x' }).length)
      },
      last: '3'
    }
    expect(encode(200, headers)).toBe('HTTP/1.1 200 OK\r\nfirst: 1\r\nnested: 35\r\nlast: 3\r\n\r\n')
  })

  test('any accepted pairs are written as they are', () => {
    const name = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...BYTES.filter(byte => TCHAR.test(byte))) })
      .filter(text => text.toLowerCase() !== 'content-length')
    const value = fc.string({ maxLength: 20, unit: fc.constantFrom(...BYTES.filter(byte => FIELD_BYTE.test(byte))) })
    fc.assert(fc.property(fc.integer({ min: 100, max: 999 }), fc.array(fc.tuple(name, value)), (status, pairs) => {
      const lines = pairs.map(([n, v]) => `${n}: ${v.replace(/^[ \t]+|[ \t]+$/g, '')}\r\n`).join('')
      expect(encode(String(status), pairs)).toBe(`HTTP/1.1 ${status} \r\n${lines}\r\n`)
    }))
  })
})
