// The status line and the field lines of a response as text, and what a name is to the server. The codec judges every line and writes it;
// what it has written is kept by content, for most responses of an application have the same lines. Knows no body and no framing.
import { encodeResponseHead, type ResponseHeaders } from '../index.js'
import { ServerError, typeError } from './errors.js'

/** What the server does with a field that a handler gives. */
type Role = 'sent' | 'content-length' | 'date' | 'left out' | 'mistake'

const ROLES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ['content-length', 'content-length'],
  ['date', 'date'],
  // They are about a connection that is not the handler's (RFC 9110 section 7.6.1).
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'].map((name): [string, Role] => [name, 'left out']),
  ...['transfer-encoding', 'status'].map((name): [string, Role] => [name, 'mistake'])
])
/** No shorter or longer name has to be looked up: te, transfer-encoding. */
const SHORTEST = 2
const LONGEST = 17

/** A name that was given before, with lines that the codec has written for it, by their values. */
interface KnownName {
  readonly role: Role
  readonly lines: Map<string, string>
  /** How often it had so many values that they were forgotten. */
  forgotten: number
}

// Bounds of what is kept, 2 MiB at most; a name with ever new values is soon not tried any more. Cookies are secrets that never recur.
const MOST_STATUSES = 100
const MOST_NAMES = 100
const MOST_VALUES = 100
const MOST_FORGOTTEN = 3
const LONGEST_VALUE = 200
const LONGEST_NAME = 100
/** What the codec takes of names and values is bounded: it judges heads that come near. */
const MUCH_TEXT = 32768

const names = new Map<string, KnownName>()
const statusLines = new Map<number | string, string>()

function roleOf (name: unknown): Role {
  if (typeof name !== 'string' || name.length < SHORTEST || name.length > LONGEST) return 'sent'
  return ROLES.get(name.toLowerCase()) ?? 'sent'
}

function remember (name: string, value: string, line: string): void {
  if (name.length > LONGEST_NAME || value.length > LONGEST_VALUE || name.toLowerCase() === 'set-cookie') return
  let known = names.get(name)
  if (known === undefined) {
    if (names.size === MOST_NAMES) return
    names.set(name, known = { role: roleOf(name), lines: new Map(), forgotten: 0 })
  }
  if (known.forgotten === MOST_FORGOTTEN) return
  if (known.lines.size === MOST_VALUES) {
    known.lines.clear()
    known.forgotten++
  }
  known.lines.set(value, line)
}

/** The lines that a handler gives. */
export class ResponseLines {
  /** Those that will be sent. */
  text = ''
  statusLine = ''
  contentLength: string | undefined
  dated = false
  readonly #withLength: boolean
  /** Names and values, alternately. */
  readonly #given: string[] = []
  #new = false

  /** Throws TypeError, RangeError or ServerError for mistakes. `withLength`: whether the response may have Content-Length. */
  constructor (status: number | string, headers: ResponseHeaders | undefined, withLength: boolean) {
    this.#withLength = withLength
    if (headers !== undefined) this.#collect(headers)
    const statusLine = statusLines.get(status)
    if (this.#new || statusLine === undefined || this.text.length > MUCH_TEXT) this.#encode(status)
    else this.statusLine = statusLine
  }

  #collect (headers: ResponseHeaders): void {
    if (typeof headers !== 'object' || headers === null) {
      throw typeError('ERR_INVALID_ARG_TYPE', 'headers have to be an object or an iterable of pairs')
    }
    if (Symbol.iterator in headers) {
      for (const [name, value] of headers as Iterable<readonly [string, string]>) this.#add(name, value)
      return
    }
    for (const name of Object.keys(headers)) {
      const value = headers[name]!
      if (Array.isArray(value)) for (const one of value) this.#add(name, one as string)
      else this.#add(name, value as string)
    }
  }

  #add (name: string, value: string): void {
    const known = names.get(name)
    const role = known === undefined ? roleOf(name) : known.role
    if (role !== 'sent') {
      if (role === 'left out' || (role === 'content-length' && !this.#withLength)) return
      if (role === 'mistake') throw new ServerError('ERR_SERVER_BAD_RESPONSE', `a handler must not set the field ${name.toLowerCase()}`)
      if (role === 'date') {
        this.dated = true
      } else {
        this.#new ||= this.contentLength !== undefined // the codec does not like a second one
        this.contentLength = value
      }
    }
    this.#given.push(name, value)
    const line = known?.lines.get(value)
    if (line === undefined) this.#new = true
    else this.text += line
  }

  /** Has the codec write all of it, and keeps the lines. */
  #encode (status: number | string): void {
    const pairs: Array<[string, string]> = []
    for (let i = 0; i < this.#given.length; i += 2) pairs.push([this.#given[i]!, this.#given[i + 1]!])
    const head = encodeResponseHead(status, pairs)
    const fieldsAt = head.indexOf('\r\n') + 2
    this.statusLine = head.toString('latin1', 0, fieldsAt)
    this.text = head.toString('latin1', fieldsAt, head.length - 2)
    if (statusLines.size < MOST_STATUSES) statusLines.set(status, this.statusLine)
    let start = fieldsAt
    for (const [name, value] of pairs) {
      const end = head.indexOf('\r\n', start) + 2
      remember(name, value, head.toString('latin1', start, end))
      start = end
    }
  }
}
