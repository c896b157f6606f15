// Requests at random through nginx and uwsgi_pass, and over HTTP, to two servers with one handler. What may differ is what docs/http-support.md
// says under "Beside nginx", here as rules instead of cases. GATEWIRE_SEED=n repeats a run: seed.ts.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { GENEROUS } from './front_end.js'
import { describeWithPeers } from './peers/availability.js'
import { startTwoWays } from './two_ways.js'

const REQUESTS = 500

// --- requests ---------------------------------------------------------------------------------------------------------------------

interface Request {
  readonly method: string
  readonly target: string
  readonly version: string
  readonly host: string
  readonly lines: readonly string[]
  readonly content: readonly [framing: string, bytes: string]
}

const one = fc.constantFrom<string[]>
const textOf = (characters: string, maxLength: number): fc.Arbitrary<string> => fc.string({ unit: one(...characters), maxLength })
const mostly = (usual: fc.Arbitrary<string>, other: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 8, arbitrary: usual }, { weight: 2, arbitrary: other })

const segment = fc.oneof(textOf('abcXYZ019-._~!$&()*+,;=:@', 12), one('a', 'b.c', '..', '.', '', '%2e', '%2E%2e', '%2F', '%41', '%00', '%zz', '%',
  'x;y=1', '*', '~u', '%C3%A9', '"', '|', '\\', "'", '@', ':', 'a%20b', '%25', '%3F', '%23', '+'))
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map(parts => `/${parts.join('/')}`)
const query = fc.array(one('a=b', '%zz', '?', '/..', '"', '&', 'c=%00', '=', '[1]', '\\'), { maxLength: 4 }).map(parts => parts.length > 0 ? `?${parts.join('&')}` : '')
const originForm = fc.tuple(path, query).map(parts => parts.join(''))
const absoluteForm = fc.tuple(one('http://h', 'HTTP://H:81', 'https://u', 'http://[::1]:5', 'http://h:'), fc.oneof(path, one('', '?q'))).map(parts => parts.join(''))
const name = fc.oneof(one('Accept', 'Cookie', 'X-A', 'x-a', 'X_A', 'X-a-', 'Referer', 'User-Agent', 'Connection', 'Range', 'Via', 'Forwarded',
  'X-Forwarded-For', 'Authorization', 'Keep-Alive', 'TE', 'Trailer', 'Proxy', 'Proxy-Connection', 'Date', 'Content-Encoding', 'Origin',
  'Content-Type', 'HTTPS', 'Expect-X', 'X-Accel-Redirect', 'Upgrade', 'Status'), textOf('abcDEF019-', 12).map(text => `N${text}`))
const value = fc.oneof(textOf(' abcXYZ019!"#$%&\'()*+,-./:;<=>?@[]^_`{|}~\xA0\x80\xFF', 20),
  one('', 'a', 'a, b', 'a;b="c,d"', 'close', 'keep-alive', ' x ', 'x\ty', ',', '"', 'x'.repeat(300), ' , ', 'a=b; c=d', 'websocket'))
const line = fc.tuple(name, one(': ', ':', ':  ', ': \t'), value, one('', '', '', ' ')).map(parts => parts.join(''))
const bytes = textOf('abc\r\n0', 20)

const requests: fc.Arbitrary<Request> = fc.record({
  method: mostly(one('GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH'), one('TRACE', 'get', 'FOO', 'M-SEARCH', 'AB', 'PROPFIND', 'A_B')),
  target: mostly(originForm, fc.oneof(absoluteForm, one('*', 'a', '//', '///x', '/#f', '?', '/a?b#c'))),
  version: one('1.1', '1.1', '1.1', '1.0'),
  host: mostly(one('Host: h', 'Host: h:80', 'host:H.Example'), one('Host: [::1]', 'Host: h:', 'Host: 1.2.3.4:5', 'Host: a_b', 'Host: h.', 'Host: a%41',
    'Host: h,i', 'Host: h/', 'Host: h:99999', 'Host: -', 'Host: a..b', 'Host: .')),
  lines: fc.array(line, { maxLength: 6 }),
  content: fc.oneof(fc.constant(['', ''] as const), bytes.map(text => [`Content-Length: ${text.length}\r\n`, text] as const),
    bytes.map(text => ['Transfer-Encoding: chunked\r\n', `${text === '' ? '' : `${text.length.toString(16)}\r\n${text}\r\n`}0\r\n\r\n`] as const))
})

const bytesOf = ({ method, target, version, host, lines, content: [framing, content] }: Request): Buffer =>
  Buffer.from(`${method} ${target} HTTP/${version}\r\n${host}\r\n${lines.map(line => `${line}\r\n`).join('')}${framing}\r\n${content}`, 'latin1')

// --- what differs -------------------------------------------------------------------------------------------------------------------

const isAbsolute = ({ target }: Request): boolean => /^https?:/i.test(target)
const pathOf = ({ target }: Request): string => target.replace(/^https?:\/\/[^/?]*/i, '').replace(/[?#].*$/s, '')
const repeats = ({ lines }: Request, name: string): boolean => lines.filter(line => line.toLowerCase().startsWith(`${name}:`)).length > 1
const decoded = (path: string): string => path.replace(/%([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))

/** Segments as nginx has them: dot segments removed, and slashes merged, when the path has been decoded. Undefined: above the root. */
function normalized (path: string): string | undefined {
  const kept: string[] = []
  const parts = path.split(/\/+/).slice(1)
  for (const [i, part] of parts.entries()) {
    if (part === '..' && kept.length === 0) return undefined
    if (part === '..') kept.pop()
    if (part !== '..' && part !== '.') kept.push(part)
    else if (i === parts.length - 1) kept.push('')
  }
  return `/${kept.join('/')}`
}

function refusedByNginxOnly (request: Request): boolean {
  const path = pathOf(request)
  return /%(?![0-9A-F]{2})|%00/i.test(path) || request.method === 'TRACE' || request.target === '*' || /: \.$|\.\./.test(request.host) ||
    repeats(request, 'authorization') || (path.startsWith('/') && normalized(decoded(path)) === undefined)
}

const refusedHereOnly = (request: Request): boolean =>
  request.target.includes('#') || request.method.length < 3 || /[a-z]/.test(request.method) || repeats(request, 'content-type')

const OWN = new Set(['RAW_URI', 'SCRIPT_NAME', 'DOCUMENT_ROOT', 'SERVER_NAME', 'SERVER_PORT', 'REMOTE_PORT', 'HTTP_PROXY', 'HTTP_CONTENT_TYPE',
  'HTTP_CONTENT_LENGTH', 'HTTP_TRANSFER_ENCODING'])
const withoutSpace = (text: string | undefined): string | undefined => text?.replaceAll(/[ \t]/g, '')

function mayDiffer (key: string, theirs: string | undefined, ours: string | undefined, request: Request): boolean {
  switch (key) {
    case 'CONTENT_LENGTH': return ours === undefined
    case 'CONTENT_TYPE': return ours === undefined || withoutSpace(theirs) === withoutSpace(ours)
    case 'PATH_INFO': return theirs === normalized(ours!) || (isAbsolute(request) && ours === '' && theirs === '/')
    case 'HTTP_HOST':
    case 'REQUEST_URI': return isAbsolute(request)
    case 'HTTP_USER_AGENT':
    case 'HTTP_REFERER': if (repeats(request, key.slice(5).toLowerCase().replace('_', '-'))) return withoutSpace(ours)!.endsWith(withoutSpace(theirs)!)
  }
  return OWN.has(key) || (key.startsWith('HTTP_') && theirs?.includes('\t') === true && withoutSpace(theirs) === withoutSpace(ours))
}

// --- both ---------------------------------------------------------------------------------------------------------------------------

describeWithPeers('nginx', 'requests at random', () => {
  it('have the same environ through nginx and uwsgi as over HTTP, but for what is documented', GENEROUS, async () => {
    const ask = await startTwoWays()
    const disagreements: unknown[] = []
    let compared = 0
    for (const request of fc.sample(requests, REQUESTS)) {
      const bytes = bytesOf(request)
      const { throughNginx: theirs, overHttp: ours } = await ask(bytes)
      if (theirs === undefined || ours === undefined) {
        const explained = theirs === ours || (theirs === undefined ? refusedByNginxOnly(request) : refusedHereOnly(request))
        if (!explained) disagreements.push([theirs === undefined ? 'refused by nginx only' : 'refused here only', bytes.toString('latin1')])
        continue
      }
      compared++
      for (const key of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
        if (theirs[key] !== ours[key] && !mayDiffer(key, theirs[key], ours[key], request)) disagreements.push([key, theirs[key], ours[key], bytes.toString('latin1')])
      }
    }
    expect(disagreements).toEqual([])
    expect(compared).toBeGreaterThan(REQUESTS / 3)
  })
})
