// Warnings about a uwsgi packet that the format allows: what a server may not take, what does not mean what it seems to mean, what it acts on.
// Knows the facts of one examination and the head, where there is one; prints nothing.
import type { RequestHead } from '../index.js'
import type { PacketFacts, Var, Warning } from './facts.js'
import { shortened } from './printable.js'

/** What uWSGI takes as it is installed: options buffer-size (4 096 bytes of payload) and max-vars. */
export const STOCK_UWSGI: { readonly maxBytes: number, readonly maxVars: number } = { maxBytes: 4096, maxVars: 128 }

// uwsgi docs, "uwsgi protocol magic variables" and "The uWSGI FastRouter".
const ACTED_ON: ReadonlyMap<string, string> = new Map([
  ['UWSGI_FILE', 'loads the file it names as an application'],
  ['UWSGI_SCRIPT', 'loads the script it names as an application'],
  ['UWSGI_MODULE', 'loads the module it names as an application'],
  ['UWSGI_CALLABLE', 'chooses the callable of the application to load'],
  ['UWSGI_PYHOME', 'chooses the virtualenv of the application to load'],
  ['UWSGI_CHDIR', 'changes the working directory'],
  ['UWSGI_SETENV', 'sets an environment variable'],
  ['UWSGI_APPID', 'chooses the application in place of SCRIPT_NAME'],
  ['UWSGI_TOUCH_RELOAD', 'reloads the server when the file it names has changed'],
  ['UWSGI_CACHE_GET', 'answers from the cache, without the application'],
  ['UWSGI_SCHEME', 'sets the URL scheme'],
  ['UWSGI_FASTROUTER_KEY', 'chooses the server behind a fastrouter']
])
// Told by uWSGI's own router; nothing acts on it.
const HARMLESS = 'UWSGI_ROUTER'

// Names are the peer's: in messages they are escaped and not longer than this.
const NAME_WIDTH = 40
const MAX_PLACES = 6

// RFC 9110 section 9.1: a method is a token.
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Whether a vars block of so many bytes and variables is within the limits of stock uWSGI. */
export function isWithinStockUwsgi (datasize: number, vars: number): boolean {
  return datasize <= STOCK_UWSGI.maxBytes && vars <= STOCK_UWSGI.maxVars
}

/** Whether a packet with these warnings is within the limits of stock uWSGI. */
export function fitsStockUwsgi (warnings: readonly Warning[]): boolean {
  return !warnings.some(({ code }) => code === 'OVER_4096_BYTES' || code === 'OVER_128_VARS')
}

/**
 * Warnings for a packet over the limits of stock uWSGI: `datasize` bytes, announced at byte `at`, and so many variables, of which the first
 * that is too many stands at `surplusAt`.
 */
export function stockLimits (datasize: number, vars: number, at: number, surplusAt: number | undefined): Warning[] {
  const warnings: Warning[] = []
  const { maxBytes, maxVars } = STOCK_UWSGI
  if (datasize > maxBytes) {
    const message = `datasize is ${datasize}; stock uWSGI takes ${maxBytes} and closes without an answer: raise its buffer-size`
    warnings.push({ code: 'OVER_4096_BYTES', message, offset: at })
  }
  if (vars > maxVars) {
    const message = `${vars} variables; stock uWSGI takes ${maxVars} and closes without an answer: raise its max-vars`
    warnings.push({ code: 'OVER_128_VARS', message, offset: surplusAt })
  }
  return warnings
}

function method (vars: readonly Var[]): Warning[] {
  const last = vars.findLast(({ key }) => key === 'REQUEST_METHOD')
  if (last === undefined) {
    return [{ code: 'REQUEST_METHOD_MISSING', message: 'there is no REQUEST_METHOD: gatewire servers answer 400', offset: undefined }]
  }
  if (TOKEN.test(last.value!)) return []
  const message = 'REQUEST_METHOD is no token (RFC 9110 section 9.1): gatewire servers answer 400'
  return [{ code: 'REQUEST_METHOD_NOT_A_TOKEN', message, offset: last.offset }]
}

function transferEncoding (vars: readonly Var[]): Warning[] {
  const found = vars.find(({ key }) => key === 'HTTP_TRANSFER_ENCODING')
  if (found === undefined) return []
  const announced = vars.some(({ key, value }) => key === 'CONTENT_LENGTH' && value !== undefined && value !== '')
  const message = announced
    ? 'HTTP_TRANSFER_ENCODING stands beside CONTENT_LENGTH: CONTENT_LENGTH counts, the content is not chunked'
    : 'HTTP_TRANSFER_ENCODING frames no content in uwsgi, and there is no CONTENT_LENGTH: the request has no content'
  return [{ code: 'TRANSFER_ENCODING', message, offset: found.offset }]
}

function repeated (vars: readonly Var[], head: RequestHead | undefined): Warning[] {
  const byKey = new Map<string, Var[]>()
  for (const one of vars) {
    const same = byKey.get(one.key)
    if (same === undefined) byKey.set(one.key, [one])
    else same.push(one)
  }
  return Array.from(byKey.values()).filter(same => same.length > 1).map((same) => {
    const last = same.at(-1)!
    const places = same.slice(0, MAX_PLACES).map(({ offset }) => offset).join(', ') + (same.length > MAX_PLACES ? ', ...' : '')
    const reading = head === undefined ? '' : head.get(last.key) === last.value ? '; gatewire takes the last' : '; gatewire joins them'
    const message = `${shortened(last.key, NAME_WIDTH)} comes ${same.length} times, at bytes ${places}${reading}`
    return { code: 'REPEATED_VAR', message, offset: same[1]!.offset }
  })
}

function actedOn (vars: readonly Var[]): Warning[] {
  return vars.filter(({ key }) => key.startsWith('UWSGI_') && key !== HARMLESS).map(({ key, offset }) => {
    const effect = ACTED_ON.get(key) ?? 'is one of the names that uWSGI keeps for itself'
    const message = `${shortened(key, NAME_WIDTH)} ${effect}: nobody but the front end's own configuration may set it`
    return { code: 'ACTED_ON', message, offset }
  })
}

function surroundings ({ header, content, rest, raw }: PacketFacts): Warning[] {
  if (header!.payload === 'empty' && raw !== undefined) {
    return [{ code: 'PAYLOAD_UNEXPECTED', message: 'a packet of this kind has no payload', offset: raw.offset }]
  }
  if (content === undefined) return []
  if (content.present < content.announced) {
    const message = `CONTENT_LENGTH announces ${content.announced} bytes, ${content.present} are there: a server waits for the rest`
    return [{ code: 'CONTENT_SHORT', message, offset: content.offset + content.present }]
  }
  if (rest === undefined) return []
  const message = `${rest.length} bytes follow the request: a connection carries one request, gatewire ignores the rest`
  return [{ code: 'BYTES_AFTER_CONTENT', message, offset: rest.offset }]
}

/** The warnings for a packet; `head` when it was accepted with variables. */
export function warningsOf (facts: PacketFacts, head: RequestHead | undefined): Warning[] {
  const { header, vars, verdict } = facts
  const request = header!.request
  return [
    ...stockLimits(header!.datasize, vars.length, 1, vars[STOCK_UWSGI.maxVars]?.offset),
    ...(request && verdict === 'accepted' ? method(vars) : []),
    ...(request ? transferEncoding(vars) : []),
    ...repeated(vars, head),
    ...(request ? actedOn(vars) : []),
    ...surroundings(facts)
  ]
}
