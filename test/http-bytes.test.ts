// Each byte 00-FF in each kind of place of an HTTP/1.x request, and lengths around the powers of two where programs go wrong. What is
// expected is computed from the byte classes of RFC 9110 and 9112, written out here; knows the public API only.
import { describe, expect, it } from 'vitest'
import { decodeHttp, ProtocolError, RequestDecoder } from '../src/index.js'

const everyByte = Array.from({ length: 256 }, (_, byte) => byte)
const of = (byte: number): string => String.fromCharCode(byte)
const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

// RFC 9110 sections 5.5 and 5.6.2, RFC 9112 section 3.2, RFC 5234 appendix B.1.
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'
const TOKEN = UPPER + LOWER + DIGITS + "!#$%&'*+-.^_`|~"
const isToken = (char: string): boolean => TOKEN.includes(char)
const isField = (char: string): boolean => char === '\t' || (char >= ' ' && char <= '~') || char >= '\x80'
const isTarget = (char: string): boolean => char > ' ' && char <= '~' && char !== '#'
const isHex = (char: string): boolean => (DIGITS + 'abcdefABCDEF').includes(char)
const isWhite = (char: string): boolean => char === ' ' || char === '\t'

/** What has to become of a request: accepted, with the value that the place gives; or refused, by a code, at an offset. */
type Verdict = { value?: string | undefined } | { code: string, offset: number }
const accepted = (value?: string): Verdict => ({ value })
const refused = (code: string, offset: number): Verdict => ({ code: `ERR_HTTP_${code}`, offset })
/** CR and LF are named as such, wherever they stand; another byte by `code`. */
const byteFault = (char: string, code: string, offset: number, lf = 'BARE_LF'): Verdict =>
  refused(char === '\r' ? 'BARE_CR' : char === '\n' ? lf : code, offset)

function verdictOf (call: () => string | undefined): Verdict {
  try {
    return accepted(call())
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return { code: error.code, offset: error.offset }
  }
}

/** One kind of place: the request with a character there, what is read from it, and what has to be. */
interface Place {
  where: string
  request: (char: string) => string
  read: string
  expected: (char: string, at: number) => Verdict
}

const REST = ' HTTP/1.1\r\nHost: a\r\n\r\n'
const FIELDS = 'GET / HTTP/1.1\r\nHost: a\r\n'

function methodVerdict (char: string, at: number, method: string): Verdict {
  if (LOWER.includes(char)) return refused('METHOD_NOT_SUPPORTED', 0)
  if (isToken(char)) return accepted(method)
  return byteFault(char, char === '\t' && at > 0 ? 'BAD_REQUEST_LINE' : 'BAD_METHOD', at, at === 0 ? 'BARE_LF' : 'BAD_REQUEST_LINE')
}

function nameVerdict (char: string, at: number, start: number, name: string): Verdict {
  if (isToken(char)) return accepted(name)
  if (at === start) return isWhite(char) ? refused('FOLDED_LINE', at) : byteFault(char, 'BAD_FIELD_NAME', at)
  return char === '\n' ? refused('NO_COLON', start) : byteFault(char, 'BAD_FIELD_NAME', at)
}

const nameOf = (line: string): string => line.slice(0, line.indexOf(':'))
const valueOf = (line: string): string => line.slice(line.indexOf(':') + 1).replace(/^[ \t]+|[ \t]+$/g, '')
const valueVerdict = (char: string, at: number, line: string): Verdict =>
  isField(char) ? accepted(valueOf(line)) : byteFault(char, 'BAD_FIELD_VALUE', at)

const methodPlaces = [['first', '', 'ET'], ['middle', 'G', 'T'], ['last', 'GE', '']].map(([where, before, after]): Place => ({
  where: `${where} byte of the method`,
  request: char => `${before}${char}${after} /${REST}`,
  read: 'REQUEST_METHOD',
  expected: (char, at) => {
    if (char === ' ' && at === 1) return refused('BAD_TARGET', 2) // "G T /": the target is T
    if (char === ' ' && at === 2) return refused('BAD_REQUEST_LINE', 3) // "GE  /": the target is empty
    return methodVerdict(char, at, `${before}${char}${after}`)
  }
}))

const targetPlaces = [['middle', '/a', 'b'], ['last', '/a', '']].map(([where, before, after]): Place => ({
  where: `${where} byte of the target`,
  request: char => `GET ${before}${char}${after}${REST}`,
  read: 'REQUEST_URI',
  expected: (char, at) => {
    if (isTarget(char)) return accepted(`${before}${char}${after}`)
    if (char === ' ') return refused('BAD_VERSION', at + 1)
    return byteFault(char, char === '\t' ? 'BAD_REQUEST_LINE' : 'BAD_TARGET', at, 'BAD_REQUEST_LINE')
  }
}))
targetPlaces.push({
  where: 'first byte of the target',
  request: char => `GET ${char}a${REST}`,
  read: 'REQUEST_URI',
  expected: (char, at) => {
    if (char === '/') return accepted('/a')
    return byteFault(char, isWhite(char) ? 'BAD_REQUEST_LINE' : 'BAD_TARGET', at, 'BAD_REQUEST_LINE')
  }
})

const VERSION = 'HTTP/1.1'
const versionPlaces = Array.from(VERSION, (right, i): Place => ({
  where: `byte ${i} of the version`,
  request: char => `GET / ${VERSION.slice(0, i)}${char}${VERSION.slice(i + 1)}\r\nHost: a\r\n\r\n`,
  read: 'SERVER_PROTOCOL',
  expected: (char, at) => {
    if (char === right) return accepted(VERSION)
    if (i === 7 && char === '0') return accepted('HTTP/1.0')
    if ((i === 5 || i === 7) && DIGITS.includes(char)) return refused('VERSION_NOT_SUPPORTED', at)
    return byteFault(char, 'BAD_VERSION', at, 'BAD_VERSION')
  }
}))
versionPlaces.push({
  where: 'byte behind the version',
  request: char => `GET / ${VERSION}${char}\r\nHost: a\r\n\r\n`,
  read: 'SERVER_PROTOCOL',
  expected: (char, at) => byteFault(char, 'BAD_VERSION', at)
})

const namePlaces = [['first', '', 'Y'], ['middle', 'X', 'Y'], ['last', 'X', '']].map(([where, before, after]): Place => ({
  where: `${where} byte of a field name`,
  request: char => `${FIELDS}${before}${char}${after}: v\r\n\r\n`,
  read: 'field name',
  expected: (char, at) => {
    if (char === ':' && before !== '') return accepted('X')
    return nameVerdict(char, at, FIELDS.length, `${before}${char}${after}`)
  }
}))

const around = [['only', '', ''], ['first', '', 'v'], ['middle', 'v', 'w'], ['last', 'v', '']]
const valuePlaces = around.map(([where, before, after]): Place => ({
  where: `${where} byte of a field value`,
  request: char => `${FIELDS}X:${before}${char}${after}\r\n\r\n`,
  read: 'field value',
  expected: (char, at) => valueVerdict(char, at, `X:${before}${char}${after}`)
}))

// uri-host [ ":" port ] of RFC 3986 section 3.2.2, in the middle of a name: unreserved, sub-delims, and what ends a name.
const hostPlace: Place = {
  where: 'byte of Host',
  request: char => `GET / HTTP/1.1\r\nHost: a${char}1\r\n\r\n`,
  read: 'HTTP_HOST',
  expected: (char, at) => {
    if ((UPPER + LOWER + DIGITS + "-._~!$&'()*+,;=:").includes(char)) return accepted(`a${char}1`)
    return isField(char) ? refused('BAD_HOST', at) : byteFault(char, 'BAD_FIELD_VALUE', at)
  }
}

const lengthPlace: Place = {
  where: 'byte of Content-Length',
  request: char => `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1${char}2\r\n\r\n`,
  read: 'CONTENT_LENGTH',
  expected: (char, at) => {
    if (DIGITS.includes(char)) return accepted(`1${char}2`)
    return isField(char) ? refused('BAD_CONTENT_LENGTH', at) : byteFault(char, 'BAD_FIELD_VALUE', at)
  }
}

const headPlaces = [...methodPlaces, ...targetPlaces, ...versionPlaces, ...namePlaces, ...valuePlaces, hostPlace, lengthPlace]

/** What a head says of the place. */
function readHead (bytes: Buffer, what: string): string | undefined {
  const head = decodeHttp(bytes)!
  const field = head.fields().at(-1)!
  return what === 'field name' ? field[0] : what === 'field value' ? field[1] : head.get(what)
}

describe('each byte as', () => {
  it.each(headPlaces.map(place => [place.where, place] as const))('%s', (_where, { request, read, expected }) => {
    for (const byte of everyByte) {
      const text = request(of(byte))
      const at = request('\u0100').indexOf('\u0100')
      const bytes = Buffer.from(text, 'latin1')
      expect([hex(byte), verdictOf(() => readHead(bytes, read))]).toEqual([hex(byte), expected(of(byte), at)])
    }
  })
})

const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'

/** Content and trailers of a chunked request, in one line. */
function readContent (bytes: Buffer): string {
  const decoder = new RequestDecoder({ protocol: 'http' })
  decoder.push(bytes)
  let content = ''
  for (const event of decoder) {
    if (event.type === 'content') content += Buffer.from(event.bytes).toString('latin1')
    if (event.type === 'end') return [content, ...event.trailers.flat()].join('|')
  }
  decoder.end()
  return content
}

interface ContentPlace {
  where: string
  content: (char: string) => string
  expected: (char: string, at: number) => Verdict
}

/** A chunk of that size, and the end. */
const sized = (size: string): string => `${size}\r\n${isHex(size[0]!) ? 'x'.repeat(Number.parseInt(size, 16)) : 'x'}\r\n0\r\n\r\n`
const badExtension = (char: string, at: number): Verdict => refused(char === '\n' ? 'BARE_LF' : 'BAD_CHUNK_EXTENSION', at)

const contentPlaces: ContentPlace[] = [
  {
    where: 'first byte of a chunk size',
    content: char => char === '0' ? sized('01') : sized(`${char}1`),
    expected: (char, at) => isHex(char)
      ? accepted('x'.repeat(Number.parseInt(`${char}1`, 16)))
      : refused(char === '\n' ? 'BARE_LF' : 'BAD_CHUNK_SIZE', at)
  },
  {
    where: 'last byte of a chunk size',
    content: char => sized(`1${char}`),
    expected: (char, at) => {
      if (isHex(char)) return accepted('x'.repeat(Number.parseInt(`1${char}`, 16)))
      if (char === ';' || isWhite(char)) return refused('BAD_CHUNK_EXTENSION', at + 1)
      return byteFault(char, 'BAD_CHUNK_SIZE', at)
    }
  },
  {
    where: 'first byte of an extension',
    content: char => `1;${char}a\r\nx\r\n0\r\n\r\n`,
    expected: (char, at) => isToken(char) || isWhite(char) ? accepted('x') : badExtension(char, at)
  },
  {
    where: 'byte inside the name of an extension',
    content: char => `1;a${char}b\r\nx\r\n0\r\n\r\n`,
    expected: (char, at) => {
      if (isToken(char) || char === ';' || char === '=') return accepted('x')
      if (isWhite(char)) return refused('BAD_CHUNK_EXTENSION', at + 1)
      return byteFault(char, 'BAD_CHUNK_EXTENSION', at)
    }
  },
  {
    where: 'first byte of the value of an extension',
    content: char => `1;a=${char}b\r\nx\r\n0\r\n\r\n`,
    expected: (char, at) => {
      if (isToken(char) || isWhite(char)) return accepted('x')
      return char === '"' ? refused('BAD_CHUNK_EXTENSION', at + 2) : badExtension(char, at)
    }
  },
  {
    where: 'byte inside the value of an extension',
    content: char => `1;a=b${char}c\r\nx\r\n0\r\n\r\n`,
    expected: (char, at) => {
      if (isToken(char) || char === ';') return accepted('x')
      if (isWhite(char)) return refused('BAD_CHUNK_EXTENSION', at + 1)
      return byteFault(char, 'BAD_CHUNK_EXTENSION', at)
    }
  },
  {
    where: 'byte inside a quoted value of an extension',
    content: char => `1;a="b${char}c"\r\nx\r\n0\r\n\r\n`,
    expected: (char, at) => {
      if (char === '"') return refused('BAD_CHUNK_EXTENSION', at + 1)
      return isField(char) ? accepted('x') : badExtension(char, at)
    }
  },
  {
    where: 'byte behind a backslash in a quoted value',
    content: char => `1;a="b\\${char}c"\r\nx\r\n0\r\n\r\n`,
    expected: (char, at) => isField(char) ? accepted('x') : badExtension(char, at)
  },
  {
    where: 'byte behind a chunk',
    content: char => `1\r\nx${char}\n0\r\n\r\n`,
    expected: (char, at) => char === '\r' ? accepted('x') : refused('BAD_CHUNK_END', at)
  },
  {
    where: 'second byte behind a chunk',
    content: char => `1\r\nx\r${char}0\r\n\r\n`,
    expected: (char, at) => char === '\n' ? accepted('x') : refused('BAD_CHUNK_END', at)
  },
  ...[['first', '', 'Y'], ['middle', 'X', 'Y'], ['last', 'X', '']].map(([where, before, after]): ContentPlace => ({
    where: `${where} byte of a trailer name`,
    content: char => `0\r\n${before}${char}${after}: v\r\n\r\n`,
    expected: (char, at) => {
      const line = `${before}${char}${after}: v`
      if (char === ':' && before !== '') return accepted(`|X|${valueOf(line)}`)
      const verdict = nameVerdict(char, at, CHUNKED.length + 3, nameOf(line))
      return 'value' in verdict ? accepted(`|${verdict.value}|v`) : verdict
    }
  })),
  ...around.map(([where, before, after]): ContentPlace => ({
    where: `${where} byte of a trailer value`,
    content: char => `0\r\nX:${before}${char}${after}\r\n\r\n`,
    expected: (char, at) => {
      const verdict = valueVerdict(char, at, `X:${before}${char}${after}`)
      return 'value' in verdict ? accepted(`|X|${verdict.value}`) : verdict
    }
  }))
]

describe('each byte as', () => {
  it.each(contentPlaces.map(place => [place.where, place] as const))('%s', (_where, { content, expected }) => {
    for (const byte of everyByte) {
      const bytes = Buffer.from(CHUNKED + content(of(byte)), 'latin1')
      const at = CHUNKED.length + content('\u0100').indexOf('\u0100')
      expect([hex(byte), verdictOf(() => readContent(bytes))]).toEqual([hex(byte), expected(of(byte), at)])
    }
  })
})

const MOST = 2n ** 53n - 1n
const boundaries = [31n, 32n, 53n, 63n, 64n].flatMap(bits => [-1n, 0n, 1n].map(more => 2n ** bits + more))

describe('lengths around powers of two', () => {
  it.each(boundaries)('Content-Length %s', length => {
    const before = 'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: '
    for (const digits of [`${length}`, `${length}`.padStart(20, '0')]) {
      const framing = verdictOf(() => JSON.stringify(decodeHttp(Buffer.from(`${before}${digits}\r\n\r\n`))!.framing))
      const expected = length <= MOST ? accepted(`{"kind":"length","length":${length}}`) : refused('BAD_CONTENT_LENGTH', before.length)
      expect([digits, framing]).toEqual([digits, expected])
    }
  })

  it.each(boundaries)('chunk size %s', length => {
    const written = length.toString(16)
    for (const digits of [written, written.toUpperCase(), written.padStart(16, '0')]) {
      const decoder = new RequestDecoder({ protocol: 'http' })
      decoder.push(Buffer.from(`${CHUNKED}${digits}\r\nabc`))
      const found = verdictOf(() => {
        const content = [...decoder].flatMap(event => event.type === 'content' ? [Buffer.from(event.bytes).toString()] : [])
        return content.join('')
      })
      // The digit that makes it too large, or the one that is too much.
      const wrong = Array.from(digits).findIndex((_, i) => i === 16 || BigInt(`0x${digits.slice(0, i + 1)}`) > MOST)
      expect([digits, found]).toEqual([digits, wrong < 0 ? accepted('abc') : refused('BAD_CHUNK_SIZE', CHUNKED.length + wrong)])
    }
  })
})
