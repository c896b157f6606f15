// ResponseDecoder: bytes of one answer in, events out, for clients of uwsgi servers. Sans-I/O: it knows no socket, no timer and no
// request but its method. Heads are read in native code, each byte once; a head that is cut over several chunks is copied once.
// docs/uwsgi-support.md has a row for everything that is accepted or refused here.
import { checkReadable, latin1, unusable } from './bytes.js'
import { binding } from './engine.js'
import { ProtocolError, type ProtocolErrorCode, refusal, typeError } from './errors.js'
import {
  MAX_INTERIM_RESPONSES, MAX_RESPONSE_HEAD_BYTES, OUTCOME_UNUSABLE, PARTS_START, WORD_OUTCOME, WORD_PART_COUNT, WORD_PARTS_AT,
  WORD_REFUSAL, WORD_REFUSAL_OFFSET, WORD_RESPONSE_ENDED, WORD_RESPONSE_HAS_LENGTH, WORD_RESPONSE_LENGTH_HIGH, WORD_RESPONSE_LENGTH_LOW,
  WORD_RESPONSE_LINE, WORD_RESPONSE_REASON, WORD_RESPONSE_REASON_END, WORD_RESPONSE_STATUS
} from './layout.js'
import { partsUsed } from './parts.js'

/** How the content of a response ends: it has none, after `length` bytes, or with the connection. */
export type ResponseFraming = { kind: 'none' } | { kind: 'length', length: number } | { kind: 'close' }

/** The head of a final response. Its strings are cut from the head's one string, which each of them keeps alive. */
export interface ResponseHead {
  /** 200 to 999: interim responses (1xx) are skipped. */
  readonly status: number
  /** As the server sent it, latin-1; often empty. */
  readonly reason: string
  /** Field lines in order, repeated names kept, names as they were written. A CGI Status field is left out. */
  readonly headers: Array<[name: string, value: string]>
  readonly framing: ResponseFraming
}

/** What a decoder reports, in the order of the wire. */
export type ResponseEvent =
  | { type: 'head', head: ResponseHead }
  /** A view on the pushed chunk, never empty. */
  | { type: 'content', bytes: Uint8Array }
  /** The response is complete; follows 'head' at once when there is no content. */
  | { type: 'end' }

/** Options of a ResponseDecoder. */
export interface ResponseDecoderOptions {
  /** Method of the request, in upper case: the answer to HEAD has no content whatever its head says. Default 'GET'. */
  method?: string
}

const { slab } = binding
/** The words that say how far a head is read: native code takes them up where the last call for the same head left them. */
const state = slab.subarray(WORD_RESPONSE_LINE, WORD_RESPONSE_LENGTH_HIGH + 1)
const NOTHING = new Uint8Array(0)
const FIELD_WORDS = 4
const SMALLEST_PARTIAL = 1024

/**
 * Decodes the answer that one uwsgi connection carries, however it is cut (RFC 9112 sections 4 and 5, RFC 3875 section 6.3.3).
 *
 * A refusal is a ProtocolError, `ERR_RESPONSE_…`, thrown by `next()` after the events before it, and then each time; bytes pushed after
 * that are ignored. Offsets count from the first byte of the answer, interim responses included. Bytes behind content of known length
 * are refused after its 'end'; bytes behind a response that has no content are not looked at. Chunks must not be modified as long as
 * their head is not complete or their content is in use.
 */
export class ResponseDecoder implements Iterable<ResponseEvent> {
  readonly #isHead: boolean
  #phase: 'head' | 'content' | 'end' | 'done' = 'head'
  #framing: ResponseFraming = { kind: 'none' }
  /** Chunks not yet looked at; the first one may be what is left of one. */
  readonly #chunks: Uint8Array[] = []
  /** A head that is cut over several chunks, as far as it has come, its fields so far, and where native code goes on. */
  #partial: Uint8Array | undefined
  #partialLength = 0
  #headers: Array<[name: string, value: string]> = []
  #state: Uint32Array | undefined
  #interim = 0
  #remaining = 0
  /** Offset of the next byte that is not part of any event, and of the head that is being read. */
  #offset = 0
  #headAt = 0
  #ended = false
  #pending: ResponseEvent | null = null
  #error: ProtocolError | undefined
  #truncated: ProtocolError | undefined

  /** Throws TypeError when `method` is not a string. */
  constructor (options?: ResponseDecoderOptions) {
    const method = options?.method ?? 'GET'
    if (typeof method !== 'string') throw typeError('ERR_INVALID_OPTION', `method has to be a string, not ${typeof method}`)
    this.#isHead = method === 'HEAD'
  }

  /** Takes the next bytes of the answer, any number of them. TypeError: not a Uint8Array, or detached, shared or resizable. */
  push (chunk: Uint8Array): void {
    checkReadable(chunk)
    if (this.#error !== undefined || this.#ended || chunk.length === 0) return
    this.#chunks.push(chunk)
  }

  /** The next event, or null when more bytes have to be pushed first, or none will come. Throws the ProtocolError of a refusal. */
  next (): ResponseEvent | null {
    if (this.#pending !== null) {
      const event = this.#pending
      this.#pending = null
      return event
    }
    const event = this.#advance()
    if (event === null && this.#truncated !== undefined) throw this.#truncated
    return event
  }

  * [Symbol.iterator] (): Generator<ResponseEvent, void, undefined> {
    for (let event = this.next(); event !== null; event = this.next()) yield event
  }

  /**
   * The server has closed, which ends content without a length. Throws ProtocolError when it did so before the first byte
   * (`ERR_RESPONSE_EMPTY`), inside a head or inside content of known length; what came before can still be read.
   */
  end (): void {
    if (this.#error !== undefined) throw this.#error
    if (this.#phase === 'head' && this.#pending === null) this.#pending = this.#advance()
    this.#ended = true
    if (this.#phase === 'head') {
      const partial = this.#partial?.subarray(0, this.#partialLength) ?? NOTHING
      // Something has come when an interim response has, even if nothing followed it.
      if (partial.length === 0 && this.#offset > 0) this.#refuse('ERR_RESPONSE_HEAD_TRUNCATED', this.#offset)
      this.#decode(partial, true)
    } else if (this.#phase === 'content' && this.#framing.kind === 'length' && this.#queued() < this.#remaining) {
      this.#truncated = new ProtocolError('ERR_RESPONSE_CONTENT_TRUNCATED', this.#offset + this.#queued())
    }
    if (this.#truncated !== undefined) throw this.#truncated
  }

  #queued (): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  }

  #advance (): ResponseEvent | null {
    if (this.#error !== undefined) throw this.#error
    switch (this.#phase) {
      case 'head': return this.#head()
      case 'content': return this.#content()
      case 'end':
        this.#phase = 'done'
        return { type: 'end' }
      case 'done':
        if (this.#chunks.length > 0 && this.#framing.kind === 'length') this.#refuse('ERR_RESPONSE_CONTENT_SURPLUS', this.#offset)
        this.#chunks.length = 0
        return null
    }
  }

  #refuse (code: ProtocolErrorCode, offset: number): never {
    throw (this.#error = new ProtocolError(code, offset))
  }

  #head (): ResponseEvent | null {
    while (this.#chunks.length > 0) {
      const chunk = this.#chunks[0]!
      const before = this.#partialLength
      const bytes = before === 0 ? chunk : this.#gather(chunk)
      if (this.#decode(bytes, false)) {
        this.#consume(slab[WORD_RESPONSE_LINE]! - before)
        const head = this.#finish(bytes)
        if (head !== null) return { type: 'head', head }
      } else {
        // An incomplete head is no larger than the limit, so the whole chunk belongs to it.
        if (before === 0) this.#gather(chunk)
        this.#consume(chunk.length)
      }
    }
    return null
  }

  /** Reads the lines of `bytes` that are new. True: the head is complete. */
  #decode (bytes: Uint8Array, ended: boolean): boolean {
    if (this.#state === undefined) state.fill(0)
    else state.set(this.#state)
    const from = slab[WORD_RESPONSE_LINE]!
    const at = (slab[WORD_PARTS_AT] = partsUsed())
    slab[WORD_RESPONSE_ENDED] = ended ? 1 : 0
    binding.decodeResponseHead(bytes)
    const outcome = slab[WORD_OUTCOME]
    if (outcome === OUTCOME_UNUSABLE) throw unusable(bytes)
    if (outcome === 2) throw (this.#error = refusal(slab[WORD_REFUSAL]!, this.#headAt + slab[WORD_REFUSAL_OFFSET]!))
    this.#collect(bytes, from, PARTS_START + at, slab[WORD_PART_COUNT]!)
    if (outcome === 1) return true
    this.#state = state.slice()
    return false
  }

  #collect (bytes: Uint8Array, from: number, at: number, count: number): void {
    if (count === 0) return
    const text = latin1(bytes, from, slab[WORD_RESPONSE_LINE]!)
    for (let i = 0; i < count; i++, at += FIELD_WORDS) {
      this.#headers.push([
        text.slice(slab[at]! - from, slab[at + 1]! - from),
        text.slice(slab[at + 2]! - from, slab[at + 3]! - from)
      ])
    }
  }

  /** The head that the last call has completed; null when it was an interim one, and another has to follow. */
  #finish (bytes: Uint8Array): ResponseHead | null {
    const status = slab[WORD_RESPONSE_STATUS]!
    const headers = this.#headers
    this.#headers = []
    this.#partial = undefined
    this.#partialLength = 0
    this.#state = undefined
    if (status < 200) {
      if (++this.#interim > MAX_INTERIM_RESPONSES) this.#refuse('ERR_RESPONSE_TOO_MANY_INTERIM', this.#headAt)
      this.#headAt = this.#offset
      return null
    }
    const reason = latin1(bytes, slab[WORD_RESPONSE_REASON]!, slab[WORD_RESPONSE_REASON_END]!)
    const framing = this.#framing = this.#framingOf(status)
    this.#remaining = framing.kind === 'length' ? framing.length : framing.kind === 'close' ? Infinity : 0
    this.#phase = this.#remaining > 0 ? 'content' : 'end'
    return { status, reason, headers, framing }
  }

  /** RFC 9112 section 6.3, without Transfer-Encoding, which is refused. */
  #framingOf (status: number): ResponseFraming {
    if (this.#isHead || status === 204 || status === 304) return { kind: 'none' }
    if (slab[WORD_RESPONSE_HAS_LENGTH] === 0) return { kind: 'close' }
    return { kind: 'length', length: slab[WORD_RESPONSE_LENGTH_LOW]! + slab[WORD_RESPONSE_LENGTH_HIGH]! * 2 ** 32 }
  }

  /** The bytes of the head so far and those of a chunk, up to one more than a head may have. */
  #gather (chunk: Uint8Array): Uint8Array {
    const count = Math.min(chunk.length, MAX_RESPONSE_HEAD_BYTES + 1 - this.#partialLength)
    const length = this.#partialLength + count
    if (this.#partial === undefined || length > this.#partial.length) {
      const larger = new Uint8Array(Math.max(SMALLEST_PARTIAL, 2 * length))
      if (this.#partial !== undefined) larger.set(this.#partial.subarray(0, this.#partialLength))
      this.#partial = larger
    }
    this.#partial.set(count === chunk.length ? chunk : chunk.subarray(0, count), this.#partialLength)
    this.#partialLength = length
    return this.#partial.subarray(0, length)
  }

  #content (): ResponseEvent | null {
    const chunk = this.#chunks[0]
    if (chunk === undefined) {
      if (this.#framing.kind !== 'close' || !this.#ended) return null
      this.#phase = 'done'
      return { type: 'end' }
    }
    const bytes = chunk.length <= this.#remaining ? chunk : chunk.subarray(0, this.#remaining)
    this.#remaining -= bytes.length
    if (this.#remaining === 0) this.#phase = 'end'
    this.#consume(bytes.length)
    return { type: 'content', bytes }
  }

  /** Drops the first bytes of the first chunk. */
  #consume (count: number): void {
    const chunk = this.#chunks[0]!
    this.#offset += count
    if (count === chunk.length) this.#chunks.shift()
    else this.#chunks[0] = chunk.subarray(count)
  }
}
