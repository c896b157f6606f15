// The content of a request: what may be given as content, how long it is, and its bytes piece by piece, never more than announced.
// Knows no connection.
import { rangeError, typeError } from './errors.js'

/** One piece of content. A string is sent as UTF-8. */
export type ContentPiece = string | Uint8Array
/** Content of a request: one piece, or an iterable of pieces, which is sent as fast as the server takes it. */
export type RequestContent = ContentPiece | Iterable<ContentPiece> | AsyncIterable<ContentPiece>

function bytesOf (piece: ContentPiece): Uint8Array {
  if (typeof piece === 'string') return Buffer.from(piece)
  if (piece instanceof Uint8Array) return piece
  throw typeError('ERR_INVALID_ARG_TYPE', 'content has to consist of strings and Uint8Arrays')
}

function wrongContent (): TypeError {
  return typeError('ERR_INVALID_ARG_TYPE', 'content has to be a string, a Uint8Array or an iterable of them')
}

function mismatch (announced: number, what: string): RangeError {
  return rangeError('ERR_CONTENT_LENGTH_MISMATCH', `CONTENT_LENGTH says ${announced}, but the content has ${what}`)
}

/** Content as it is sent. Its length is known before that. */
export interface ContentSource {
  /** In bytes; undefined: there is no content, and nothing is said about it. */
  readonly length: number | undefined
  /** Whether the first piece is all there is, at hand without waiting. */
  readonly whole: boolean
  /**
   * The next piece, never an empty one; undefined at the end. Rejects with what the caller's iterable throws, and when its bytes are not
   * as many as were announced.
   */
  next: () => Promise<Uint8Array | undefined>
  /** Nothing more is wanted. */
  stop: () => void
}

class WholeContent implements ContentSource {
  readonly whole = true
  readonly length: number | undefined
  #bytes: Uint8Array | undefined

  constructor (bytes: Uint8Array | undefined, announced: number | undefined) {
    const length = bytes?.length ?? 0
    if (announced !== undefined && announced !== length) throw mismatch(announced, `${length} bytes`)
    this.length = bytes?.length
    this.#bytes = length > 0 ? bytes : undefined
  }

  next (): Promise<Uint8Array | undefined> {
    const bytes = this.#bytes
    this.#bytes = undefined
    return Promise.resolve(bytes)
  }

  stop (): void {
    this.#bytes = undefined
  }
}

class StreamedContent implements ContentSource {
  readonly whole = false
  readonly length: number
  readonly #iterator: Iterator<ContentPiece> | AsyncIterator<ContentPiece>
  #remaining: number
  #done = false

  constructor (iterator: Iterator<ContentPiece> | AsyncIterator<ContentPiece>, announced: number) {
    this.#iterator = iterator
    this.length = this.#remaining = announced
  }

  async next (): Promise<Uint8Array | undefined> {
    while (!this.#done) {
      const step = await this.#step()
      if (step.done === true) {
        this.#done = true
        if (this.#remaining > 0) throw mismatch(this.length, `only ${this.length - this.#remaining} bytes`)
        return undefined
      }
      const bytes = this.#take(step.value)
      if (bytes.length > 0) return bytes
    }
    return undefined
  }

  async #step (): Promise<IteratorResult<ContentPiece>> {
    try {
      return await this.#iterator.next()
    } catch (error) {
      this.#done = true // an iterator that throws is over, and must not be told to return
      throw error
    }
  }

  #take (piece: ContentPiece): Uint8Array {
    try {
      const bytes = bytesOf(piece)
      if (bytes.length > this.#remaining) throw mismatch(this.length, 'more')
      this.#remaining -= bytes.length
      return bytes
    } catch (error) {
      this.stop()
      throw error
    }
  }

  stop (): void {
    if (this.#done) return
    this.#done = true
    // Its answer does not matter any more, nor does it when it fails; it may come only after a piece that is still being waited for.
    void (async () => this.#iterator.return?.())().catch(() => {})
  }
}

/**
 * `announced`: CONTENT_LENGTH as the caller gives it, undefined when it is not given or empty. What has a length is measured at once, so
 * that a wrong one is found before anything is sent.
 */
export function contentSource (content: RequestContent | undefined, announced: number | undefined): ContentSource {
  if (content === undefined) return new WholeContent(undefined, announced)
  if (typeof content === 'string' || content instanceof Uint8Array) return new WholeContent(bytesOf(content), announced)
  if (typeof content !== 'object' || content === null) throw wrongContent()
  if (Symbol.asyncIterator in content) {
    if (announced === undefined) {
      throw typeError('ERR_CONTENT_LENGTH_REQUIRED', 'the length of an async iterable is not known: vars have to have a CONTENT_LENGTH')
    }
    return new StreamedContent(content[Symbol.asyncIterator](), announced)
  }
  if (!(Symbol.iterator in content)) throw wrongContent()
  if (announced !== undefined && !Array.isArray(content)) return new StreamedContent(content[Symbol.iterator](), announced)
  return new WholeContent(Buffer.concat(Array.from(content, bytesOf)), announced)
}
