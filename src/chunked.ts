// Chunked content of one request (RFC 9112 section 7.1): takes bytes from a connection's input, gives content and trailers. Knows no head
// and no event but these. Content is handed out where it stands; a trailer section that is cut over several chunks is copied once.
import { latin1, unusable } from './bytes.js'
import { ChunkQueue, Gathered } from './chunk_queue.js'
import { binding } from './engine.js'
import { ProtocolError, refusal } from './errors.js'
import { RECORD_WORDS } from './head_index.js'
import {
  OUTCOME_UNUSABLE, PARTS_START, WORD_CHUNKED_CONTENT, WORD_CHUNKED_PHASE, WORD_CHUNKED_REFUSAL_OFFSET_HIGH, WORD_CHUNKED_TRAILER_COUNT,
  WORD_CHUNKED_TRAILER_LINE, WORD_CHUNKED_TRAILERS, WORD_CHUNKED_USED, WORD_OUTCOME, WORD_PART_COUNT, WORD_PARTS_AT, WORD_REFUSAL,
  WORD_REFUSAL_OFFSET
} from './layout.js'
import { apply, type Settings } from './limits.js'
import { partsUsed } from './parts.js'
import type { DecoderEvent } from './request_reader.js'

/** Pieces of content, then one end. @internal */
export type ContentEvent = Exclude<DecoderEvent, { type: 'head' }>

const { slab } = binding
const LINE_END_BYTES = 2

/** The words that say how far content is read, and which decoder they speak of: it takes them with it when another one comes. */
const words = slab.subarray(WORD_CHUNKED_PHASE, WORD_CHUNKED_TRAILER_COUNT + 1)
let owner: Uint32Array | undefined

/** Takes the slab's words over for the decoder that has `state`. */
function own (state: Uint32Array): void {
  if (owner === state) return
  owner?.set(words)
  words.set(state)
  owner = state
}

/**
 * Decodes chunked content, however it is cut. Trailers are validated and not merged with the fields of the head (RFC 9110 section 6.5.1).
 * A refusal is a ProtocolError `ERR_HTTP_…`; nothing may be asked for after it, nor after the end.
 * @internal
 */
export class ChunkedContent {
  readonly #input: ChunkQueue
  readonly #settings: Settings
  /** Offset of the first byte on the connection. */
  readonly #at: number
  readonly #state = new Uint32Array(words.length)
  /** A trailer section that is cut over several chunks, as far as it has come. */
  #section = new Gathered()
  #trailers: Array<[string, string]> = []

  /** Begins with the next byte of `input`. */
  constructor (input: ChunkQueue, settings: Settings) {
    this.#input = input
    this.#settings = settings
    this.#at = input.consumed
  }

  /** The next piece, never empty, or the end; null when more bytes have to be pushed first. Throws ProtocolError. */
  next (): ContentEvent | null {
    for (let chunk = this.#input.front(); chunk !== undefined; chunk = this.#input.front()) {
      const before = this.#section.length
      if (before > 0) this.#gather(chunk)
      const bytes = before > 0 ? this.#section.bytes : chunk
      const complete = this.#decode(bytes)
      const used = slab[WORD_CHUNKED_USED]!
      const content = slab[WORD_CHUNKED_CONTENT]!
      if (content > 0) {
        this.#input.consume(used)
        return { type: 'content', bytes: chunk.subarray(used - content, used) }
      }
      if (complete) {
        this.#input.consume(used - before)
        return { type: 'end', trailers: this.#trailers }
      }
      if (before === 0 && used < chunk.length) this.#gather(chunk.subarray(used))
      this.#input.consume(chunk.length)
    }
    return null
  }

  /** Whether the end is not among the bytes that have come. What is refused has an end. */
  isCut (): boolean {
    const ahead = this.#copy()
    try {
      for (let event = ahead.next(); event !== null; event = ahead.next()) {
        if (event.type === 'end') return false
      }
      return true
    } catch (error) {
      if (error instanceof ProtocolError) return false
      throw error
    }
  }

  /** What was taken from the input and does not belong to anything yet: the beginning of a trailer section. */
  unparsed (): Uint8Array | undefined {
    return this.#section.length > 0 ? this.#section.bytes : undefined
  }

  #copy (): ChunkedContent {
    const input = new ChunkQueue()
    for (const chunk of this.#input.rest()) input.push(chunk)
    const copy = new ChunkedContent(input, this.#settings)
    copy.#state.set(owner === this.#state ? words : this.#state)
    copy.#section.add(this.#section.bytes)
    return copy
  }

  /** Two bytes more than trailers may have are enough for native code to refuse them. */
  #gather (bytes: Uint8Array): void {
    const room = this.#settings.limits.maxTrailerBytes + LINE_END_BYTES - this.#section.length
    this.#section.add(bytes.length > room ? bytes.subarray(0, room) : bytes)
  }

  /** Reads on. True: the end has come. */
  #decode (bytes: Uint8Array): boolean {
    apply(this.#settings)
    own(this.#state)
    const from = slab[WORD_CHUNKED_TRAILER_LINE]!
    const at = (slab[WORD_PARTS_AT] = partsUsed())
    binding.decodeChunked(bytes)
    const outcome = slab[WORD_OUTCOME]
    if (outcome === OUTCOME_UNUSABLE) throw unusable(bytes)
    if (outcome === 2) {
      const offset = slab[WORD_REFUSAL_OFFSET]! + slab[WORD_CHUNKED_REFUSAL_OFFSET_HIGH]! * 2 ** 32
      throw refusal(slab[WORD_REFUSAL]!, this.#at + offset)
    }
    this.#collect(bytes, from, PARTS_START + at, slab[WORD_PART_COUNT]!)
    return outcome === 1
  }

  #collect (bytes: Uint8Array, from: number, at: number, count: number): void {
    if (count === 0) return
    const section = slab[WORD_CHUNKED_TRAILERS]!
    const text = latin1(bytes, section + from, section + slab[WORD_CHUNKED_TRAILER_LINE]!)
    for (let i = 0; i < count; i++, at += RECORD_WORDS) {
      const name = slab[at]! - from
      this.#trailers.push([text.slice(name, name + slab[at + 1]!), text.slice(slab[at + 2]! - from, slab[at + 3]! - from)])
    }
  }
}
