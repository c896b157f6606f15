// The first bytes of something that may be long, and how many there are in all. Knows no protocol.

/** Most bytes that are kept of one request: the largest uwsgi packet, and some content. */
export const MOST_KEPT: number = 128 * 1024

export class KeptBytes {
  #pieces: Uint8Array[] = []
  #kept = 0
  total = 0

  /** Copies what it keeps: memory that was read into is used again. */
  add (bytes: Uint8Array): void {
    this.total += bytes.length
    const room = Math.min(bytes.length, MOST_KEPT - this.#kept)
    if (room === 0) return
    this.#pieces.push(Buffer.from(bytes.subarray(0, room)))
    this.#kept += room
  }

  /** What is kept, in one piece. */
  get bytes (): Uint8Array {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)]
    return this.#pieces[0]!
  }
}
