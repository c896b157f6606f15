// HTTP/1.x heads made at random, and what has to become of them, written from RFC 9110, RFC 9112, RFC 3875 and PEP 3333 with strings and
// loops: a second opinion for property tests. Accepted heads only; what is refused is the corpus's business.
import fc from 'fast-check'

export interface Request {
  method: string
  target: string
  version: 'HTTP/1.0' | 'HTTP/1.1'
  /** Name, value, and white space before and behind the value. */
  fields: Array<[name: string, value: string, before: string, behind: string]>
}

const tchar = fc.constantFrom(...'!#$%&\'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')
const known = fc.constantFrom('Accept', 'accept-encoding', 'ACCEPT-LANGUAGE', 'Cookie', 'cookie', 'User-Agent', 'X-Forwarded-For', 'x_forwarded_for',
  'Proxy', 'X-A', 'x-a', 'X_A', '__proto__', 'Connection', 'Referer', 'Content_Length', 'Content-Type_', 'transfer_encoding', 'Authorization')
const name = fc.oneof(known, fc.string({ unit: tchar, minLength: 1, maxLength: 40 })).filter(name =>
  !/^(host|content-length|content-type|transfer-encoding|expect|upgrade|connection)$/i.test(name))
const visible = fc.mapToConstant({ num: 94, build: i => String.fromCharCode(0x21 + i) }, { num: 128, build: i => String.fromCharCode(0x80 + i) })
const inner = fc.oneof({ weight: 8, arbitrary: visible }, fc.constantFrom(' ', '\t'))
const value = fc.string({ unit: inner, maxLength: 60 }).map(text => text.replace(/^[ \t]+|[ \t]+$/g, ''))
const ows = fc.constantFrom('', ' ', '\t', ' \t ')
const pathByte = fc.oneof(
  { weight: 6, arbitrary: fc.mapToConstant({ num: 94, build: i => String.fromCharCode(0x21 + i) }).filter(c => c !== '#' && c !== '?') },
  { weight: 2, arbitrary: fc.nat(255).map(byte => `%${byte.toString(16).padStart(2, '0')}`) },
  fc.constantFrom('/', '/app', '%2F', '%2f', '%', '%4', '%zz', '//'))
const query = fc.oneof(fc.constant(''), fc.string({ unit: pathByte, maxLength: 20 }).map(text => `?${text}`))
const origin = fc.tuple(fc.string({ unit: pathByte, maxLength: 20 }), query).map(([path, query]) => `/${path}${query}`)
const absolute = fc.tuple(fc.constantFrom('http://other.example', 'HTTPS://[::1]:81', 'http://h:8'), fc.oneof(origin, query)).map(parts => parts.join(''))

const lengths = fc.constantFrom<Array<[string, string]>>([], [], [['Content-Length', '0']], [['content-length', '0005'], ['Content-Type', 'text/plain']],
  [['Transfer-Encoding', 'Chunked']], [['Content-Type', '']])

/** A request that is accepted with the options of `optionsFor`. */
export const requests: fc.Arbitrary<Request> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'OPTIONS', 'M-SEARCH', '!#$%&'),
  target: fc.oneof(origin, absolute),
  version: fc.constantFrom('HTTP/1.0' as const, 'HTTP/1.1' as const),
  fields: fc.tuple(fc.array(fc.tuple(name, value, ows, ows), { maxLength: 14 }), lengths, fc.boolean(), fc.nat())
    .map(([fields, length, host, place]) => {
      const all = [...fields]
      if (host) all.splice(place % (all.length + 1), 0, ['Host', 'shop.example:8080', ' ', ''])
      for (const [name, value] of length) all.splice(place % (all.length + 1), 0, [name, value, ' ', ''])
      return all as Request['fields']
    })
}).map(request => {
  const has = (pattern: RegExp): boolean => request.fields.some(([name]) => pattern.test(name))
  const fields = request.version === 'HTTP/1.0' ? request.fields.filter(([name]) => !/^transfer-encoding$/i.test(name)) : [...request.fields]
  if (request.version === 'HTTP/1.1' && !has(/^host$/i)) fields.push(['HOST', '', '', ''])
  return { ...request, fields }
})

export function headBytes ({ method, target, version, fields }: Request): Buffer {
  const lines = fields.map(([name, value, before, behind]) => `${name}:${before}${value}${behind}\r\n`)
  return Buffer.from(`${method} ${target} ${version}\r\n${lines.join('')}\r\n`, 'latin1')
}

const decoded = (path: string): string => path.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))

/** The environ, in order; undefined: the path is not below the mount point. */
export function environOf (request: Request, options: { mount: string, keep: boolean, constants: Array<[string, string]> }): Array<[string, string]> | undefined {
  const { method, target, version, fields } = request
  const [, authority, rest] = /^https?:\/\/([^/?]*)(.*)$/is.exec(target) ?? [undefined, undefined, target]
  const mark = rest!.indexOf('?')
  const raw = mark < 0 ? rest! : rest!.slice(0, mark)
  let path = raw === '' ? (method === 'OPTIONS' ? '' : '/') : decoded(raw)
  const serverWide = raw === '' && method === 'OPTIONS'
  if (!serverWide && options.mount !== '') {
    if (path !== options.mount && !path.startsWith(`${options.mount}/`)) return undefined
    path = path.slice(options.mount.length)
  }
  const single = new Map<string, string>()
  const values = new Map<string, string[]>()
  for (const [name, value] of fields) {
    const lower = name.toLowerCase()
    if (['host', 'content-length'].includes(lower)) single.set(lower, value)
    if (lower === 'content-type') values.set('CONTENT_TYPE', [value])
    if (['host', 'content-length', 'content-type', 'transfer-encoding', 'proxy'].includes(lower)) continue
    if (name.includes('_') && !options.keep) continue
    const variable = `HTTP_${name.toUpperCase().replaceAll('-', '_')}`
    if (['HTTP_CONTENT_LENGTH', 'HTTP_CONTENT_TYPE', 'HTTP_TRANSFER_ENCODING'].includes(variable)) continue
    values.set(variable, [...values.get(variable) ?? [], value])
  }
  const host = authority ?? single.get('host')
  const length = single.get('content-length')
  // Joined variables come last, in the order in which they were found to be repeated.
  const repeats: string[] = []
  const seen = new Set<string>()
  for (const [name] of fields) {
    const variable = `HTTP_${name.toUpperCase().replaceAll('-', '_')}`
    if ((name.includes('_') && !options.keep) || !values.has(variable)) continue
    if (seen.has(variable) && !repeats.includes(variable)) repeats.push(variable)
    seen.add(variable)
  }
  return [
    ['REQUEST_METHOD', method], ['PATH_INFO', path], ['QUERY_STRING', mark < 0 ? '' : rest!.slice(mark + 1)], ['REQUEST_URI', target],
    ['RAW_URI', target], ['SERVER_PROTOCOL', version], ...options.constants,
    ...(host === undefined ? [] : [['HTTP_HOST', host] as [string, string]]),
    ...(length === undefined ? [] : [['CONTENT_LENGTH', length.replace(/^0+(?=.)/, '')] as [string, string]]),
    ...[...values].filter(([name]) => !repeats.includes(name)).map(([name, [value]]): [string, string] => [name, value!]),
    ...repeats.map((name): [string, string] => [name, values.get(name)!.join(name === 'HTTP_COOKIE' ? '; ' : ', ')])
  ]
}
