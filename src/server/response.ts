// What a handler gives, and the plan that it becomes: the parts of a head, and a body whose length is known or not. All policy about
// responses that is the same for all protocols is here; grammar is the codec's, framing the connection's. Knows no transport and no time.
import type { ResponseHeaders } from '../index.js'
import { ServerError } from './errors.js'
import { joined, measured, type MeasuredBody, type ResponseBody } from './response_body.js'
import { codeOf, NO_CONTENT, type ResponseLines, responseLines } from './response_lines.js'
import type { Chunk } from './transport.js'

/**
 * What a handler answers.
 *
 * The server adds Content-Length when the size of the body is known (none, a string, bytes, an array). Over uwsgi it adds nothing else:
 * without Content-Length the body ends where the connection does. Over HTTP it adds Date (unless the handler gives one), Connection, and
 * for a body of unknown size Transfer-Encoding: chunked (RFC 9112 section 6.3); an HTTP/1.0 client gets the end of the connection instead.
 *
 * - A mistake, answered with 500 and published on 'gatewire:error': status 1xx, Transfer-Encoding, a `Status` field (some front ends
 *   would follow it instead of the status line), a body or header of another type, what `encodeResponseHead` throws.
 * - Left out, as they are about a connection that is not the handler's: Connection, Keep-Alive, Proxy-Connection, TE, Trailer, Upgrade
 *   (RFC 9110 section 7.6.1); Content-Length with 204 (section 8.6).
 * - No byte of the body is sent for HEAD, 204 and 304 (sections 9.3.2, 15.3.5, 15.4.5); an iterable is then closed unread. HEAD keeps
 *   Content-Length, or gets that of the body; 304 keeps a given one.
 * - A body that is longer or shorter than its Content-Length: the connection is cut, so that the peer sees the failure, and
 *   ServerError `ERR_SERVER_CONTENT_LENGTH_MISMATCH` published. The same after an error of an iterable that has begun.
 *
 * Front ends take some 4 KiB of head by default (nginx: `uwsgi_buffer_size`).
 */
export interface ServerResponse {
  /** 200 to 999, which gets its standard reason, or text like '200 OK'. */
  status: number | string
  /** Field lines, in order: pairs, a Map, Headers, or an object whose values are strings or arrays of them. Default: none. */
  headers?: ResponseHeaders
  /** What follows the head. Default: nothing. */
  body?: ResponseBody | undefined
}

/** A response as it will be written. */
export interface ResponsePlan {
  readonly status: number
  readonly lines: ResponseLines
  /** The Content-Length line that is to be added, if any. */
  readonly lengthLine: string
  /** What is sent after the head. Text has one byte for each character. */
  readonly body: MeasuredBody['body']
  /** Bytes that the head announces for the body that follows; undefined: it announces none. */
  readonly length: number | undefined
  /** The head as it is sent, and whether the body goes out in chunks: the connection adds that. */
  head: string
  chunked: boolean
}

const NOT_MODIFIED = 304

/** Turns what a handler gave into what will be written. Throws TypeError, RangeError or ServerError for its mistakes. */
export function planResponse (response: ServerResponse, method: string): ResponsePlan {
  if (typeof response !== 'object' || response === null) throw new ServerError('ERR_SERVER_BAD_RESPONSE')
  const status = codeOf(response.status)
  if (status >= 100 && status <= 199) throw new ServerError('ERR_SERVER_BAD_RESPONSE', 'a 1xx response cannot be the final one')
  const lines = responseLines(response.status, response.headers)
  const { body, size } = measured(response.body)
  const { contentLength } = lines
  const bodiless = status === NO_CONTENT || status === NOT_MODIFIED
  if (bodiless || method === 'HEAD') {
    // Without a body, HEAD says nothing about the size that GET would have.
    const sized = !bodiless && contentLength === undefined && response.body !== undefined && size !== undefined
    return { status, lines, lengthLine: sized ? lengthLineOf(size) : '', body: undefined, length: 0, head: '', chunked: false }
  }
  const lengthLine = contentLength === undefined && size !== undefined ? lengthLineOf(size) : ''
  // The codec has checked that it is a number, with spaces around it at most.
  const length = contentLength === undefined ? size : Number(contentLength)
  return { status, lines, lengthLine, body, length, head: '', chunked: false }
}

/** Lines of small sizes, made once each. */
const KEPT_SIZES = 1024
const lengthLines: string[] = Array.from({ length: KEPT_SIZES }, (_, size) => `Content-Length: ${size}\r\n`)

function lengthLineOf (size: number): string {
  return size < KEPT_SIZES ? lengthLines[size]! : `Content-Length: ${size}\r\n`
}

/** A small response that is the server's own. */
export function plainResponse (status: number, sentence: string, method: string): ResponsePlan {
  return planResponse({ status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: `${sentence}\n` }, method)
}

/** A response in one piece. */
export function whole (head: string, body: string | Uint8Array | undefined): Chunk {
  if (body === undefined) return head
  return typeof body === 'string' ? head + body : joined(head, body)
}
