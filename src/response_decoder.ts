// ResponseDecoder: bytes of one answer in, events out, for clients of uwsgi servers. Sans-I/O: it knows no socket, no timer and no
// request but its method. Heads are read in native code, each byte once; a head that is cut over several chunks is copied once.
// docs/uwsgi-support.md has a row for everything that is accepted or refused here.
import { latin1, unusable } from './bytes.js'
import { Gathered } from './chunk_queue.js'
import { binding } from './engine.js'
import { ProtocolError, refusal, typeError } from './errors.js'
import {
  MAX_INTERIM_RESPONSES, MAX_RESPONSE_HEAD_BYTES, OUTCOME_UNUSABLE, PARTS_START, WORD_OUTCOME, WORD_PART_COUNT, WORD_PARTS_AT,
  WORD_REFUSAL, WORD_REFUSAL_OFFSET, WORD_RESPONSE_ENDED, WORD_RESPONSE_HAS_LENGTH, WORD_RESPONSE_LENGTH_HIGH, WORD_RESPONSE_LENGTH_LOW,
  WORD_RESPONSE_LINE, WORD_RESPONSE_REASON, WORD_RESPONSE_REASON_END, WORD_RESPONSE_STATUS
} from './layout.js'
import { partsUsed } from './parts.js'
import { SizedContent } from './sized_content.js'
import { StreamDecoder } from './stream_decoder.js'

/** How the content of a response ends: it has none, after `length` bytes, or with the connection. */
export type ResponseFraming =
  | {
    /** No content. */
    kind: 'none'
  }
  | {
    /** As many bytes as `length` says. */
    kind: 'length'
    /** In bytes, 0 to 2^53-1. */
    length: number
  }
  | {
    /** Until the server closes (RFC 9112 section 6.3). */
    kind: 'close'
  }

/** The head of a final response. Its strings are cut from the head's one string, which each of them keeps alive. */
export interface ResponseHead {
  /** 200 to 999: interim responses (1xx) are skipped. */
  readonly status: number
  /** As the server sent it, latin-1; often empty. */
  readonly reason: string
  /** Field lines in order, repeated names kept, names as they were written. A CGI Status field is left out. */
  readonly headers: Array<[name: string, value: string]>
  /** How the content ends. */
  readonly framing: ResponseFraming
}

/** What a decoder reports, in the order of the wire. */
export type ResponseEvent =
  | {
    /** The final response begins. */
    type: 'head'
    /** Its head. */
    head: ResponseHead
  }
  | {
    /** Some of its content. */
    type: 'content'
    /** A view on the pushed chunk, never empty. */
    bytes: Uint8Array
  }
  | {
    /** The response is complete; follows 'head' at once when there is no content. */
    type: 'end'
  }

/** Options of a ResponseDecoder. */
export interface ResponseDecoderOptions {
  /** Method of the request, in upper case: the answer to HEAD has no content whatever its head says. Default 'GET'. */
  method?: string
}

const { slab } = binding
/** The words that say how far a head is read: native code takes them up where the last call for the same head left them. */
const state = slab.subarray(WORD_RESPONSE_LINE, WORD_RESPONSE_LENGTH_HIGH + 1)
const FIELD_WORDS = 4

/**
 * Decodes the answer that one uwsgi connection carries, however it is cut (RFC 9112 sections 4 and 5, RFC 3875 section 6.3.3).
 *
 * A refusal is a ProtocolError, `ERR_RESPONSE_…`, thrown by `next()` after the events before it, and then each time; bytes pushed after
 * that are ignored. Offsets count from the first byte of the answer, interim responses included. Bytes behind content of known length
 * are refused after its 'end'; bytes behind a response that has no content are not looked at. Chunks must not be modified as long as
 * their head is not complete or their content is in use.
 */
export class ResponseDecoder extends StreamDecoder<ResponseEvent> {
  readonly #isHead: boolean
  #phase: 'head' | 'content' | 'end' | 'done' = 'head'
  #framing: ResponseFraming = { kind: 'none' }
  /** A head that is cut over several chunks, as far as it has come, its fields so far, and where native code goes on. */
  #partial = new Gathered()
  #headers: Array<[name: string, value: string]> = []
  #state: Uint32Array | undefined
  #interim = 0
  readonly #sized: SizedContent = new SizedContent(this.input)
  /** Offset of the head that is being read. */
  #headAt = 0

  /** Throws TypeError when `method` is not a string. */
  constructor (options?: ResponseDecoderOptions) {
    super()
    const method = options?.method ?? 'GET'
    if (typeof method !== 'string') throw typeError('ERR_INVALID_OPTION', `method has to be a string, not ${typeof method}`)
    this.#isHead = method === 'HEAD'
  }

  /** @internal */
  protected override awaitsHead (): boolean {
    return this.#phase === 'head'
  }

  /** The server's closing ends content without a length; before the first byte it is `ERR_RESPONSE_EMPTY`. @internal */
  protected override missing (): ProtocolError | undefined {
    const { pushed, consumed } = this.input
    if (this.#phase === 'head') return this.#missingHead(consumed)
    const short = this.#phase === 'content' && this.#framing.kind === 'length' && this.#sized.isCut
    return short ? new ProtocolError('ERR_RESPONSE_CONTENT_TRUNCATED', pushed) : undefined
  }

  #missingHead (consumed: number): ProtocolError | undefined {
    // Something has come when an interim response has, even if nothing followed it.
    if (this.#partial.length === 0 && consumed > 0) return new ProtocolError('ERR_RESPONSE_HEAD_TRUNCATED', consumed)
    try {
      this.#decode(this.#partial.bytes, true)
      return undefined
    } catch (error) {
      if (error instanceof ProtocolError) return error
      throw error
    }
  }

  /** @internal */
  protected override advance (): ResponseEvent | null {
    switch (this.#phase) {
      case 'head': return this.#head()
      case 'content': return this.#content()
      case 'end':
        this.#phase = 'done'
        return { type: 'end' }
      case 'done':
        if (this.input.front() !== undefined && this.#framing.kind === 'length') {
          throw new ProtocolError('ERR_RESPONSE_CONTENT_SURPLUS', this.input.consumed)
        }
        while (this.input.take(Infinity) !== undefined) { /* behind a response without content */ }
        return null
    }
  }

  #head (): ResponseEvent | null {
    for (let chunk = this.input.front(); chunk !== undefined; chunk = this.input.front()) {
      const before = this.#partial.length
      // One byte more than a head may have is enough for native code to refuse it.
      if (before > 0) this.#partial.add(chunk.subarray(0, MAX_RESPONSE_HEAD_BYTES + 1 - before))
      const bytes = before > 0 ? this.#partial.bytes : chunk
      if (this.#decode(bytes, false)) {
        const used = slab[WORD_RESPONSE_LINE]! - before
        const head = this.#finish(bytes)
        this.input.consume(used)
        if (head !== null) return { type: 'head', head }
        this.#headAt = this.input.consumed
      } else {
        // An incomplete head is no larger than the limit, so the whole chunk belongs to it.
        if (before === 0) this.#partial.add(chunk)
        this.input.consume(chunk.length)
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
    if (outcome === 2) throw refusal(slab[WORD_REFUSAL]!, this.#headAt + slab[WORD_REFUSAL_OFFSET]!)
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
    this.#partial = new Gathered()
    this.#state = undefined
    if (status < 200) {
      if (++this.#interim > MAX_INTERIM_RESPONSES) throw new ProtocolError('ERR_RESPONSE_TOO_MANY_INTERIM', this.#headAt)
      return null
    }
    const reason = latin1(bytes, slab[WORD_RESPONSE_REASON]!, slab[WORD_RESPONSE_REASON_END]!)
    const framing = this.#framing = this.#framingOf(status)
    this.#sized.begin(framing.kind === 'length' ? framing.length : framing.kind === 'close' ? Infinity : 0)
    this.#phase = this.#sized.complete ? 'end' : 'content'
    return { status, reason, headers, framing }
  }

  /** RFC 9112 section 6.3, without Transfer-Encoding, which is refused. */
  #framingOf (status: number): ResponseFraming {
    if (this.#isHead || status === 204 || status === 304) return { kind: 'none' }
    if (slab[WORD_RESPONSE_HAS_LENGTH] === 0) return { kind: 'close' }
    return { kind: 'length', length: slab[WORD_RESPONSE_LENGTH_LOW]! + slab[WORD_RESPONSE_LENGTH_HIGH]! * 2 ** 32 }
  }

  #content (): ResponseEvent | null {
    const bytes = this.#sized.take()
    if (bytes === undefined) {
      if (this.#framing.kind !== 'close' || !this.ended) return null
      this.#phase = 'done'
      return { type: 'end' }
    }
    if (this.#sized.complete) this.#phase = 'end'
    return { type: 'content', bytes }
  }
}
