// What a caller gets: status and headers at once, content as it comes. Knows no connection; it is given the pieces.
import type { ResponseHead } from '../index.js'
import { typeError } from './errors.js'

/** The answer of a uwsgi server. */
export interface ClientResponse {
  /** 200 to 999. */
  readonly status: number
  /** As the server sent it, latin-1; often empty. */
  readonly reason: string
  /** Field lines in order, repeated names kept, names as they were written; values are latin-1. */
  readonly headers: Array<[name: string, value: string]>
  /**
   * The content, once. The server is slowed down to the pace of the loop; leaving the loop ends the connection. Throws ProtocolError
   * (`ERR_RESPONSE_CONTENT_TRUNCATED`, `ERR_RESPONSE_CONTENT_SURPLUS`), ClientError (`ERR_CLIENT_TIMEOUT`, `ERR_CLIENT_CONNECTION_LOST`),
   * the reason of the signal, or what the request's own content threw.
   */
  readonly content: AsyncIterable<Uint8Array>
  /** All content, instead of `content`. Errors as there. */
  bytes: () => Promise<Uint8Array>
  /** All content as UTF-8, a byte order mark left out. Errors as there. */
  text: () => Promise<string>
}

/** Where the content comes from. */
export interface ResponsePieces {
  /** The next piece; undefined at the end. Rejects once, when it is incomplete. */
  next: () => Promise<Uint8Array | undefined>
  /** Nothing more is wanted. */
  cancel: () => void
}

/** Content that can be iterated once. */
class ResponseContent implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined> {
  readonly #pieces: ResponsePieces
  #taken = false
  #done = false
  /** Calls are answered one after the other, as they were made. */
  #last: Promise<unknown> = Promise.resolve()

  constructor (pieces: ResponsePieces) {
    this.#pieces = pieces
  }

  [Symbol.asyncIterator] (): AsyncIterator<Uint8Array, undefined> {
    if (this.#taken) throw typeError('ERR_CONTENT_CONSUMED', 'the content of a response can be read once only')
    this.#taken = true
    return this
  }

  next (): Promise<IteratorResult<Uint8Array, undefined>> {
    const result = this.#last.then(() => this.#advance())
    this.#last = result.catch(() => {})
    return result
  }

  return (): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#done = true
    this.#pieces.cancel()
    return Promise.resolve({ done: true, value: undefined })
  }

  async #advance (): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#done) return { done: true, value: undefined }
    try {
      const value = await this.#pieces.next()
      if (value !== undefined && !this.#done) return { done: false, value }
      this.#done = true
      return { done: true, value: undefined }
    } catch (error) {
      this.#done = true
      throw error
    }
  }
}

export class ReceivedResponse implements ClientResponse {
  readonly status: number
  readonly reason: string
  readonly headers: Array<[name: string, value: string]>
  readonly content: AsyncIterable<Uint8Array>

  constructor (head: ResponseHead, pieces: ResponsePieces) {
    this.status = head.status
    this.reason = head.reason
    this.headers = head.headers
    this.content = new ResponseContent(pieces)
  }

  async bytes (): Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    for await (const piece of this.content) pieces.push(piece)
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
  }

  async text (): Promise<string> {
    return new TextDecoder().decode(await this.bytes())
  }
}
