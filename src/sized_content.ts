// Content whose length is known, as it is taken from a connection's input: of uwsgi and HTTP requests, and of responses. Knows neither
// heads nor events.
import type { ChunkQueue } from './chunk_queue.js'

/** @internal */
export class SizedContent {
  readonly #input: ChunkQueue
  /** Bytes that have not been taken. */
  #remaining = 0

  constructor (input: ChunkQueue) {
    this.#input = input
  }

  /** The next bytes of the input are content, so many of them; Infinity: all that come. */
  begin (length: number): void {
    this.#remaining = length
  }

  /** The next piece, a view that is never empty; undefined when more bytes have to be pushed first. */
  take (): Uint8Array | undefined {
    const bytes = this.#input.take(this.#remaining)
    if (bytes !== undefined) this.#remaining -= bytes.length
    return bytes
  }

  /** Whether all of it has been taken. */
  get complete (): boolean {
    return this.#remaining === 0
  }

  /** Whether there is less of it than was announced, now that nothing more comes. */
  get isCut (): boolean {
    return this.#input.pushed - this.#input.consumed < this.#remaining
  }
}
