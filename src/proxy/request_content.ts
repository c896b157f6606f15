// The content of a request on its way to a uwsgi server: gathered where its length has to be found out, else piece by piece. Knows no
// connection.

const FIRST_BYTES = 16_384

/**
 * All pieces, or undefined as soon as they are more than `most` bytes; the rest is not read then. They are copied: a piece may be tiny,
 * and keeps what it was received with.
 */
export async function gather (pieces: AsyncIterable<Uint8Array>, most: number): Promise<Buffer | undefined> {
  let gathered = Buffer.allocUnsafe(Math.min(FIRST_BYTES, most))
  let size = 0
  for await (const piece of pieces) {
    const needed = size + piece.length
    if (needed > most) return undefined
    if (needed > gathered.length) {
      const larger = Buffer.allocUnsafe(Math.min(most, Math.max(needed, 2 * gathered.length)))
      larger.set(gathered.subarray(0, size))
      gathered = larger
    }
    gathered.set(piece, size)
    size = needed
  }
  return gathered.subarray(0, size)
}

/** Pieces as they are, and whether somebody waits for the next one. */
export class WatchedContent implements AsyncIterable<Uint8Array> {
  readonly #pieces: AsyncIterable<Uint8Array>
  awaited = false

  constructor (pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces
  }

  [Symbol.asyncIterator] (): AsyncIterator<Uint8Array> {
    const iterator = this.#pieces[Symbol.asyncIterator]()
    return {
      next: async () => {
        this.awaited = true
        const step = await iterator.next()
        this.awaited = false
        return step
      },
      return: async () => await iterator.return?.() ?? { done: true, value: undefined }
    }
  }
}
