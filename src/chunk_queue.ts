// Input of a decoder: the chunks of a connection in order, and the beginning of a head that is cut over several of them. Knows no
// protocol. Chunks stay the caller's memory; only what is gathered is copied, once, into memory that doubles when it has to grow.
import { checkReadable, View } from './bytes.js'

const EMPTY = new Uint8Array(0)
const SMALLEST = 512

/** Chunks that are pushed at one end and consumed at the other. @internal */
export class ChunkQueue {
  /** From #first on; that one may be what is left of a chunk. Those before it have been emptied. */
  readonly #chunks: Uint8Array[] = []
  #first = 0
  /** The memory of the first chunk, once a part of it was consumed. */
  #memory: ArrayBuffer | undefined
  /** Bytes that were pushed, and that were consumed, since the beginning. */
  pushed = 0
  consumed = 0

  /** TypeError: not a Uint8Array, or detached, shared or resizable. */
  push (chunk: Uint8Array): void {
    checkReadable(chunk)
    const { length } = chunk
    if (length === 0) return
    this.#chunks.push(chunk)
    this.pushed += length
  }

  /** The bytes to look at now; undefined when there are none. TypeError: they have been detached since they were pushed. */
  front (): Uint8Array | undefined {
    const chunk = this.#chunks[this.#first]
    if (chunk !== undefined && chunk.length === 0) checkReadable(chunk)
    return chunk
  }

  /** Takes up to `count` bytes of the front, as a view. */
  take (count: number): Uint8Array | undefined {
    const chunk = this.front()
    if (chunk === undefined) return undefined
    const bytes = chunk.length <= count ? chunk : chunk.subarray(0, count)
    this.consume(bytes.length)
    return bytes
  }

  /** Drops the first bytes of the front. Emptied places are removed many at a time: each removal moves all that is behind. */
  consume (count: number): void {
    const chunk = this.#chunks[this.#first]!
    this.consumed += count
    if (count < chunk.length) {
      this.#memory ??= chunk.buffer as ArrayBuffer
      this.#chunks[this.#first] = new View(this.#memory, chunk.byteOffset + count, chunk.length - count)
      return
    }
    this.#memory = undefined
    if (this.#chunks.length === 1) {
      this.#chunks.pop()
    } else {
      this.#chunks[this.#first++] = EMPTY
      if (2 * this.#first < this.#chunks.length) return
      this.#chunks.splice(0, this.#first)
      this.#first = 0
    }
  }

  /** The chunks that are left. TypeError: one has been detached since it was pushed. */
  rest (): Uint8Array[] {
    const chunks = this.#chunks.slice(this.#first)
    for (const chunk of chunks) if (chunk.length === 0) checkReadable(chunk)
    return chunks
  }
}

/** The beginning of a head, gathered from several chunks. @internal */
export class Gathered {
  #memory = EMPTY
  length = 0

  /** All bytes so far. The view is valid until the next call of `add`. */
  get bytes (): Uint8Array {
    return this.#memory.subarray(0, this.length)
  }

  /** Copies bytes to the end. */
  add (bytes: Uint8Array): void {
    const length = this.length + bytes.length
    if (length > this.#memory.length) {
      const larger = new Uint8Array(Math.max(SMALLEST, 2 * length))
      larger.set(this.bytes)
      this.#memory = larger
    }
    this.#memory.set(bytes, this.length)
    this.length = length
  }
}
