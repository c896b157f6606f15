// What a handler gives, and the plan that it becomes: head bytes, and a body whose length is known or not. All policy about response
// heads is here; grammar is the codec's. Knows no transport and no time.
import { encodeResponseHead, type ResponseHeaders } from '../index.js'
import { ServerError, typeError } from './errors.js'

/**
 * A string is sent as UTF-8. A list or other iterable is sent piece by piece, an async one as it comes and as fast as the peer takes it.
 * Bytes that were given must not be modified: they may still wait to be sent.
 */
export type ResponseBody = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

/**
 * What a handler answers.
 *
 * The server adds Content-Length when the size of the body is known (none, a string, bytes, an array) and adds nothing else. Without
 * Content-Length the body ends where the connection does; there is no chunked coding and no 1xx towards a uwsgi front end.
 *
 * - A mistake, answered with 500 and published on 'gatewire:error': status 1xx, Transfer-Encoding, a `Status` field (some front ends
 *   would follow it instead of the status line), a body or header of another type, what `encodeResponseHead` throws.
 * - Left out, as they are about a connection that is not the handler's: Connection, Keep-Alive, Proxy-Connection, TE, Trailer, Upgrade
 *   (RFC 9110 section 7.6.1); Content-Length with 204 (section 8.6).
 * - No byte of the body is sent for HEAD, 204 and 304 (sections 9.3.2, 15.3.5, 15.4.5); an iterable is then closed unread. HEAD keeps
 *   Content-Length, or gets that of the body; 304 keeps a given one.
 * - A body that is longer or shorter than its Content-Length: the connection is cut, so that the front end sees the failure, and
 *   ServerError `ERR_SERVER_CONTENT_LENGTH_MISMATCH` published. The same after an error of an iterable that has begun.
 *
 * Front ends take some 4 KiB of head by default (nginx: `uwsgi_buffer_size`).
 */
export interface ServerResponse {
  /** 200 to 999, which gets its standard reason, or text like '200 OK'. */
  status: number | string
  headers?: ResponseHeaders
  body?: ResponseBody | undefined
}

/** A body of which more than one write may be needed. */
export type Pieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

/** A response as it will be written. */
export interface ResponsePlan {
  readonly status: number
  readonly head: Buffer
  /** Bytes or pieces to send after the head; undefined: none. */
  readonly body: Uint8Array | Pieces | undefined
  /** Bytes that the head announces for the body that follows; undefined: the end of the connection ends it. */
  readonly length: number | undefined
}

/** Bodies up to this many bytes leave in one write with their head, and larger ones in writes of this size. */
export const WRITE_BYTES = 65536

const NO_HEADERS: ResponseHeaders = []
const MISTAKES: ReadonlySet<string> = new Set(['transfer-encoding', 'status'])
const OF_THE_CONNECTION: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'])
/** No shorter or longer name has to be looked up: te, proxy-connection, transfer-encoding. */
const SHORTEST = 2
const LONGEST = 17

/** What will be the bytes of one piece of a body. */
export function bytesOf (piece: unknown): Uint8Array {
  if (typeof piece === 'string') return Buffer.from(piece)
  if (piece instanceof Uint8Array) return piece
  throw typeError('ERR_INVALID_ARG_TYPE', `a body is made of strings and Uint8Arrays, not of ${piece === null ? 'null' : typeof piece}`)
}

/** Closes a body that nobody will read: streams are destroyed, iterators returned. */
export function discardBody (body: unknown, iterator?: Iterator<unknown> | AsyncIterator<unknown>): void {
  if (typeof body !== 'object' || body === null || body instanceof Uint8Array || Array.isArray(body)) return
  try {
    if (typeof (body as { destroy?: unknown }).destroy === 'function') {
      // A stream that is destroyed while somebody waits for its next piece reports that as an error, to its iterator and by an event.
      const stream = body as { on?: (event: string, listener: () => void) => void, destroy: () => void }
      if (typeof stream.on === 'function') stream.on('error', () => {})
      stream.destroy()
    }
    const open = iterator ?? (isAsync(body) ? body[Symbol.asyncIterator]() : isIterable(body) ? body[Symbol.iterator]() : undefined)
    const returned: unknown = open?.return?.()
    if (isPromise(returned)) returned.then(undefined, () => {})
  } catch {} // the body is not needed any more, so neither is its complaint
}

export function isPromise (value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

export function isAsync (body: object): body is AsyncIterable<string | Uint8Array> {
  return typeof (body as AsyncIterable<unknown>)[Symbol.asyncIterator] === 'function'
}

function isIterable (body: object): body is Iterable<string | Uint8Array> {
  return typeof (body as Iterable<unknown>)[Symbol.iterator] === 'function'
}

function codeOf (status: unknown): number {
  return typeof status === 'number' ? status : typeof status === 'string' ? Number(status.slice(0, 3)) : NaN
}

/** The header lines that will be sent, and the Content-Length among them. */
class Lines {
  readonly pairs: Array<readonly [string, string]> = []
  contentLength: string | undefined

  add (name: string, value: string): void {
    if (typeof name === 'string' && name.length >= SHORTEST && name.length <= LONGEST) {
      const lower = name.toLowerCase()
      if (lower === 'content-length') this.contentLength = value
      else if (OF_THE_CONNECTION.has(lower)) return
      else if (MISTAKES.has(lower)) throw new ServerError('ERR_SERVER_BAD_RESPONSE', `a handler must not set the field ${lower}`)
    }
    this.pairs.push([name, value])
  }

  withoutContentLength (): Array<readonly [string, string]> {
    return this.contentLength === undefined ? this.pairs : this.pairs.filter(([name]) => name.toLowerCase() !== 'content-length')
  }
}

function linesOf (headers: ResponseHeaders): Lines {
  if (typeof headers !== 'object' || headers === null) {
    throw typeError('ERR_INVALID_ARG_TYPE', 'headers have to be an object or an iterable of pairs')
  }
  const lines = new Lines()
  if (Symbol.iterator in headers) {
    for (const [name, value] of headers as Iterable<readonly [string, string]>) lines.add(name, value)
    return lines
  }
  for (const name of Object.keys(headers)) {
    const value = headers[name]!
    if (Array.isArray(value)) for (const one of value) lines.add(name, one as string)
    else lines.add(name, value as string)
  }
  return lines
}

/** The body, and its size when that is known without reading it. An array becomes its bytes when they are few. */
function measured (body: unknown): { body: ResponsePlan['body'], size: number | undefined } {
  if (body === undefined || body === '') return { body: undefined, size: 0 }
  if (typeof body === 'string') {
    const bytes = Buffer.from(body)
    return { body: bytes, size: bytes.length }
  }
  if (body instanceof Uint8Array) return { body, size: body.length }
  if (Array.isArray(body)) {
    const pieces = body.map(bytesOf)
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
    return { body: size <= WRITE_BYTES ? Buffer.concat(pieces, size) : pieces, size }
  }
  if (typeof body === 'object' && body !== null && (isAsync(body) || isIterable(body))) return { body, size: undefined }
  const kind = body === null ? 'null' : typeof body
  throw typeError('ERR_INVALID_ARG_TYPE', `a body has to be a string, a Uint8Array or an iterable of them, not ${kind}`)
}

/** Turns what a handler gave into what will be written. Throws TypeError, RangeError or ServerError for its mistakes. */
export function planResponse (response: ServerResponse, method: string): ResponsePlan {
  if (typeof response !== 'object' || response === null) throw new ServerError('ERR_SERVER_BAD_RESPONSE')
  const status = codeOf(response.status)
  if (status >= 100 && status <= 199) {
    throw new ServerError('ERR_SERVER_BAD_RESPONSE', 'a uwsgi front end takes a 1xx response for the final one')
  }
  const lines = linesOf(response.headers ?? NO_HEADERS)
  const { body, size } = measured(response.body)
  const silent = method === 'HEAD' || status === 204 || status === 304
  if (status === 204) return { status, head: encodeResponseHead(response.status, lines.withoutContentLength()), body: undefined, length: 0 }
  // Without a body, HEAD says nothing about the size that GET would have.
  const sized = size !== undefined && status !== 304 && (method !== 'HEAD' || response.body !== undefined)
  if (lines.contentLength === undefined && sized) lines.pairs.push(['Content-Length', String(size)])
  const head = encodeResponseHead(response.status, lines.pairs)
  if (silent) return { status, head, body: undefined, length: 0 }
  // The codec has checked that it is a number, with spaces around it at most.
  const length = lines.contentLength === undefined ? size : Number(lines.contentLength)
  return { status, head, body, length }
}

/** A whole small response that is the server's own. */
export function plainResponse (status: number, sentence: string, method: string): Buffer {
  const { head, body } = planResponse({ status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: `${sentence}\n` }, method)
  return body === undefined ? head : Buffer.concat([head, body as Uint8Array])
}
