// The status line and the field lines of a response as text, and what a field is to the server. The codec judges every line and writes it;
// what it has written is found again by content, for most responses of an application have the same lines. Knows no body and no framing.
import { encodeResponseHead, type ResponseHeaders } from '../index.js'
import { ServerError, typeError } from './errors.js'

/** What the server does with a field that a handler gives. */
type Role = 'content-length' | 'date' | 'left out' | 'mistake'

const ROLES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ['content-length', 'content-length'],
  ['date', 'date'],
  // They are about a connection that is not the handler's (RFC 9110 section 7.6.1).
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'].map((name): [string, Role] => [name, 'left out']),
  ...['transfer-encoding', 'status'].map((name): [string, Role] => [name, 'mistake'])
])

/** The lines of a response that will be sent. */
export interface ResponseLines {
  readonly statusLine: string
  readonly fields: string
  /** The fields, and the empty line that ends the head. */
  readonly fieldsAndEnd: string
  readonly contentLength: string | undefined
  /** Whether Date is among the fields. */
  readonly dated: boolean
  /** The head that was made of them last. */
  last: MadeHead | undefined
}

/** A head, and what was put between the status line and the fields. */
interface MadeHead {
  readonly date: string
  readonly connection: string
  readonly framing: string
  readonly head: string
}

/**
 * The head of a response: its lines, and between them those of the connection. The last one is kept, in one piece: text that was put
 * together anew for each response would have to be joined anew when it is written.
 */
export function headOf (lines: ResponseLines, date: string, connection: string, framing: string): string {
  const { last } = lines
  if (last !== undefined && last.date === date && last.connection === connection && last.framing === framing) return last.head
  const head = lines.statusLine + date + connection + framing + lines.fieldsAndEnd
  lines.last = { date, connection, framing, head: Buffer.from(head, 'latin1').toString('latin1') }
  return head
}

type Pairs = Array<readonly [name: string, value: string]>

/** What was given so far, as a path: status, name, value, name, value, ... At the end stand the lines that the codec has written for it. */
class Step {
  readonly next: Map<string | number, Step> = new Map()
  lines: ResponseLines | undefined
}

/** What is kept is bounded: some 1 MiB. Then all of it is forgotten. */
const MOST_STEPS = 2000
const LONGEST = 200
/** Lines that change with every response are not worth keeping, so only each so manieth of those that are new is kept. */
const KEPT_OF_NEW = 4

let start = new Step()
let steps = 0
let written = 0

/** The lines for what a handler has given. Throws TypeError, RangeError or ServerError for its mistakes. */
export function responseLines (status: number | string, given: ResponseHeaders | null | undefined): ResponseLines {
  const headers = listed(given)
  return (find(status, headers) ?? write(status, headers))
}

/** What may be looked at twice: an object, an array of pairs, or nothing. */
function listed (headers: ResponseHeaders | null | undefined): Pairs | Record<string, string | readonly string[]> | undefined {
  if (headers === undefined || headers === null) return undefined
  if (typeof headers !== 'object') throw typeError('ERR_INVALID_ARG_TYPE', 'headers have to be an object or an iterable of pairs')
  if (Array.isArray(headers)) return headers
  return Symbol.iterator in headers ? [...headers as Iterable<readonly [string, string]>] : headers as Record<string, string>
}

const hasOwn = Object.prototype.hasOwnProperty

/** The lines that were written for the same status, names and values, in the same order. */
function find (status: number | string, headers: ReturnType<typeof listed>): ResponseLines | undefined {
  let step = start.next.get(status)
  if (Array.isArray(headers)) {
    for (let i = 0; i < headers.length && step !== undefined; i++) step = step.next.get(headers[i]![0])?.next.get(headers[i]![1])
  } else if (headers !== undefined) {
    for (const name in headers) {
      if (step === undefined || !hasOwn.call(headers, name)) return undefined
      const value = headers[name]
      if (typeof value !== 'string') return undefined // several lines: not worth the trouble
      step = step.next.get(name)?.next.get(value)
    }
  }
  return step?.lines
}

function pairsOf (headers: ReturnType<typeof listed>): Pairs {
  if (headers === undefined) return []
  if (Array.isArray(headers)) return headers
  const pairs: Pairs = []
  for (const name of Object.keys(headers)) {
    const value = headers[name]!
    if (Array.isArray(value)) for (const one of value) pairs.push([name, one as string])
    else pairs.push([name, value as string])
  }
  return pairs
}

function write (status: number | string, headers: ReturnType<typeof listed>): ResponseLines {
  const pairs = pairsOf(headers)
  const sent: Pairs = []
  let contentLength: string | undefined
  let dated = false
  for (const pair of pairs) {
    const [name, value] = pair
    const role = typeof name === 'string' ? ROLES.get(name.toLowerCase()) : undefined
    if (role === 'left out' || (role === 'content-length' && codeOf(status) === NO_CONTENT)) continue
    if (role === 'mistake') throw new ServerError('ERR_SERVER_BAD_RESPONSE', `a handler must not set the field ${name.toLowerCase()}`)
    if (role === 'content-length') contentLength = value
    dated ||= role === 'date'
    sent.push(pair)
  }
  const head = encodeResponseHead(status, sent)
  const fieldsAt = head.indexOf('\r\n') + 2
  const lines = {
    statusLine: head.toString('latin1', 0, fieldsAt),
    fields: head.toString('latin1', fieldsAt, head.length - 2),
    fieldsAndEnd: head.toString('latin1', fieldsAt),
    contentLength,
    dated,
    last: undefined
  }
  if (written++ % KEPT_OF_NEW === 0) keep(status, pairs, lines)
  return lines
}

/** Cookies are secrets, and never the same. */
function isWorthKeeping ([name, value]: readonly [string, string]): boolean {
  return name.length + value.length <= LONGEST && name.toLowerCase() !== 'set-cookie'
}

function keep (status: number | string, pairs: Pairs, lines: ResponseLines): void {
  if (!pairs.every(isWorthKeeping)) return
  if (steps > MOST_STEPS) {
    start = new Step()
    steps = 0
  }
  let step = stepTo(start, status)
  for (const [name, value] of pairs) step = stepTo(stepTo(step, name), value)
  step.lines = lines
}

function stepTo (from: Step, key: string | number): Step {
  let step = from.next.get(key)
  if (step === undefined) {
    from.next.set(key, step = new Step())
    steps++
  }
  return step
}

/** A response that has no content, and so no length of it either (RFC 9110 section 8.6). */
export const NO_CONTENT = 204

/** The code of a status; NaN when it has none. */
export function codeOf (status: unknown): number {
  return typeof status === 'number' ? status : typeof status === 'string' ? Number(status.slice(0, 3)) : NaN
}
