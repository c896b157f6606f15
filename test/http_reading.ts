// A second reading of HTTP/1.x requests, by regular expressions made from the grammar of RFC 9110 and 9112: plain, whole, and slow. Knows
// nothing of this package. It tells what is accepted and with which status the rest is refused, not where; limits it does not know.

export interface Reading {
  environ: Record<string, string>
  framing: 'none' | 'chunked' | number
  keepAlive: boolean
  expectContinue: boolean
  upgrade: string | undefined
  byteLength: number
}

/** undefined: not complete, and nothing wrong so far; a number: the status of a refusal. */
export type Outcome = Reading | number | undefined

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]"
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])'
const LS32 = `(?:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}|(?:${OCTET}\\.){3}${OCTET})`
/** `count` groups with a colon behind each; at most that many in front of "::". */
const groups = (count: number): string => `(?:[0-9A-Fa-f]{1,4}:){${count}}`
const upTo = (count: number): string => `(?:(?:[0-9A-Fa-f]{1,4}:){0,${count - 1}}[0-9A-Fa-f]{1,4})?`
const IPV6 = `(?:${[
  `${groups(6)}${LS32}`,
  `::${groups(5)}${LS32}`,
  ...[4, 3, 2, 1, 0].map(behind => `${upTo(5 - behind)}::${groups(behind)}${LS32}`),
  `${upTo(6)}::[0-9A-Fa-f]{1,4}`,
  `${upTo(7)}::`
].join('|')})`
const HOST = `(?:\\[${IPV6}\\]|(?:[A-Za-z0-9\\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+)(?::[0-9]*)?`
const OTHER_VERSION = new RegExp(`^(?:${TOKEN}+(?= )|${TOKEN}{16}).* HTTP/[02-9]\\.[0-9]$`, 's')
const REQUEST_LINE = new RegExp(`^(${TOKEN}+) ([\\x21\\x22\\x24-\\x7E]+) HTTP/1\\.([0-9])$`)
const BEGINNING = new RegExp(`^(?:${TOKEN}{1,15} |${TOKEN}{0,15}$|${TOKEN}{16})`)
const ABSOLUTE = new RegExp(`^https?://(${HOST})((?:/[^?]*)?)((?:\\?.*)?)$`, 'i')
const AUTHORITY = new RegExp(`^${HOST}$`)
const FIELD = new RegExp(`^(${TOKEN}+):[ \\t]*((?:[\\t\\x20-\\x7E\\x80-\\xFF]*[\\x21-\\x7E\\x80-\\xFF])?)[ \\t]*$`)

type Fields = ReadonlyArray<[string, string]>

const valuesOf = (fields: Fields, name: string): string[] => fields.filter(([key]) => key === name).map(([, value]) => value)
/** The elements of a list field, in lower case; empty ones too. */
const list = (fields: Fields, name: string): string[] =>
  valuesOf(fields, name).flatMap(value => value.toLowerCase().split(',').map(element => element.replace(/^[ \t]+|[ \t]+$/g, '')))

interface Target { path: string, query: string, host: string | undefined }

function readTarget (method: string, target: string): Target | undefined {
  const [, whole, rest] = /^([^?]*)\??(.*)$/s.exec(target)!
  if (method === 'CONNECT') {
    return AUTHORITY.test(target) && /:[0-9]+$/.test(target) && !target.endsWith(']') ? { path: '', query: '', host: undefined } : undefined
  }
  if (target.startsWith('/')) return { path: whole!, query: rest!, host: undefined }
  if (target === '*' && method === 'OPTIONS') return { path: '', query: '', host: undefined }
  const absolute = ABSOLUTE.exec(target)
  if (absolute === null) return undefined
  const [, host, path, query] = absolute
  return { path: path === '' && method !== 'OPTIONS' ? '/' : path!, query: query!.slice(1), host }
}

/** How the content ends; a number below 0 is the status of a refusal. */
function readFraming (fields: Fields, minor: string): Reading['framing'] {
  const lengths = valuesOf(fields, 'content-length')
  const codings = list(fields, 'transfer-encoding')
  if (codings.length > 0) {
    if (minor === '0' || lengths.length > 0) return -400
    const isToken = codings.every(coding => new RegExp(`^${TOKEN}+$`).test(coding))
    const chunked = codings.filter(coding => coding === 'chunked').length
    if (!isToken || chunked > 1 || (chunked === 1 && codings.at(-1) !== 'chunked')) return -400
    if (codings.some(coding => !['chunked', 'gzip', 'x-gzip', 'deflate', 'compress', 'x-compress'].includes(coding))) return -501
    return chunked === 0 ? -400 : codings.length > 1 ? -501 : 'chunked'
  }
  if (lengths.length === 0) return 'none'
  if (lengths.length > 1 || !/^[0-9]{1,20}$/.test(lengths[0]!) || BigInt(lengths[0]!) >= 2n ** 53n) return -400
  return Number(lengths[0]) || 'none'
}

interface Line { method: string, raw: string, target: Target, minor: string }

function environOf ({ method, raw, target, minor }: Line, fields: Fields): Record<string, string> {
  const path = target.path.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const environ: Record<string, string> = Object.assign(Object.create(null) as Record<string, string>, {
    REQUEST_METHOD: method, PATH_INFO: path, QUERY_STRING: target.query, REQUEST_URI: raw, RAW_URI: raw, SERVER_PROTOCOL: `HTTP/1.${minor}`,
    SCRIPT_NAME: '', SERVER_NAME: 'localhost', SERVER_PORT: '80', REMOTE_ADDR: '', REQUEST_SCHEME: 'http'
  })
  for (const [name, value] of fields) {
    if (name.includes('_') || name === 'proxy' || name === 'transfer-encoding') continue
    if (name === 'content-length') environ['CONTENT_LENGTH'] = value.replace(/^0+(?=.)/, '')
    else if (name === 'content-type') environ['CONTENT_TYPE'] = value
    else {
      const key = `HTTP_${name.toUpperCase().replaceAll('-', '_')}`
      environ[key] = key in environ ? environ[key] + (name === 'cookie' ? '; ' : ', ') + value : value
    }
  }
  if (target.host !== undefined) environ['HTTP_HOST'] = target.host
  return environ
}

/** What the head as a whole says, its lines being right. */
function judge (line: Line, fields: Fields, byteLength: number): Outcome {
  const { method, minor } = line
  const hosts = valuesOf(fields, 'host')
  if (hosts.length > 1 || (hosts.length === 0 && minor === '1')) return 400
  if (hosts.length === 1 && hosts[0] !== '' && !AUTHORITY.test(hosts[0]!)) return 400
  const framing = readFraming(fields, minor)
  if (typeof framing === 'number' && framing < 0) return -framing
  if (valuesOf(fields, 'content-type').length > 1) return 400
  if (!/^[^a-z]{3,20}$/.test(method) || method === 'CONNECT') return 501
  const expectations = minor === '1' ? list(fields, 'expect').filter(element => element !== '') : []
  if (expectations.some(element => element !== '100-continue')) return 417
  const options = list(fields, 'connection')
  const asked = minor === '1' && options.includes('upgrade') && valuesOf(fields, 'upgrade').length > 0
  if (asked && framing !== 'none' && list(fields, 'upgrade').includes('websocket')) return 400
  const environ = environOf(line, fields)
  return {
    environ,
    framing,
    keepAlive: !options.includes('close') && (minor === '1' || options.includes('keep-alive')),
    expectContinue: expectations.length > 0,
    upgrade: asked && framing === 'none' ? environ['HTTP_UPGRADE'] : undefined,
    byteLength
  }
}

/** The line, or the status that it is refused with. */
function readRequestLine (text: string): Line | number {
  if (OTHER_VERSION.test(text)) return 505
  const [, method, raw, minor] = REQUEST_LINE.exec(text) ?? []
  const target = method === undefined ? undefined : readTarget(method, raw!)
  if (target === undefined) return 400
  return Number(minor) > 1 ? 505 : { method: method!, raw: raw!, target, minor: minor! }
}

/** Reads a request head from latin-1 text. */
export function readHead (text: string): Outcome {
  let at = text.startsWith('\r\n') ? 2 : 0
  let line: Line | undefined
  const fields: Array<[string, string]> = []
  for (;;) {
    const end = text.indexOf('\n', at)
    if (end < 0) {
      const begun = text.slice(at)
      return line !== undefined || begun === '' || BEGINNING.test(begun.replace(/\r$/, '').slice(0, 16)) ? undefined : 400
    }
    const isWhole = end > at && text[end - 1] === '\r'
    const content = text.slice(at, isWhole ? end - 1 : end)
    if (line === undefined) {
      const read = readRequestLine(content)
      if (typeof read === 'number') return read
      line = read
    } else if (content !== '') {
      const field = FIELD.exec(content)
      if (field === null) return 400
      fields.push([field[1]!.toLowerCase(), field[2]!])
    }
    if (!isWhole) return 400
    at = end + 1
    if (content === '') return judge(line, fields, at)
  }
}

const QUOTED = '"(?:[\\t\\x20\\x21\\x23-\\x5B\\x5D-\\x7E\\x80-\\xFF]|\\\\[\\t\\x20-\\x7E\\x80-\\xFF])*"'
const EXTENSION = `[ \\t]*;[ \\t]*${TOKEN}+(?:[ \\t]*=[ \\t]*(?:${TOKEN}+|${QUOTED}))?`
const CHUNK_LINE = new RegExp(`([0-9A-Fa-f]{1,16})((?:${EXTENSION})*)\\r\\n`, 'y')
const FORBIDDEN = new RegExp('^(?:if-.*|content-(?:length|encoding|type|range)|transfer-encoding|host|trailer|te|connection|upgrade|' +
  'authorization|cookie|set-cookie|cache-control|max-forwards|expect|range)$', 'i')

/** Reads chunked content from latin-1 text: its bytes, its trailers and where it ends; undefined when it is not complete or not right. */
export function readChunked (text: string): { content: string, trailers: Array<[string, string]>, byteLength: number } | undefined {
  let content = ''
  let at = 0
  for (;;) {
    CHUNK_LINE.lastIndex = at
    const line = CHUNK_LINE.exec(text)
    if (line === null || BigInt(`0x${line[1]}`) >= 2n ** 53n) return undefined
    const size = Number.parseInt(line[1]!, 16)
    at = CHUNK_LINE.lastIndex
    if (size === 0) break
    if (text.slice(at + size, at + size + 2) !== '\r\n') return undefined
    content += text.slice(at, at + size)
    at += size + 2
  }
  const trailers: Array<[string, string]> = []
  for (;;) {
    const end = text.indexOf('\n', at)
    if (end < 0 || text[end - 1] !== '\r' || end === at) return undefined
    const trailer = text.slice(at, end - 1)
    at = end + 1
    if (trailer === '') return { content, trailers, byteLength: at }
    const field = FIELD.exec(trailer)
    if (field === null || FORBIDDEN.test(field[1]!)) return undefined
    trailers.push([field[1]!, field[2]!])
  }
}
