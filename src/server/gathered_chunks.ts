// Chunks that are to leave in one write. Knows neither what they are nor where they go.
import type { Chunk } from './transport.js'

export class GatheredChunks {
  #text = ''
  #parts: Uint8Array[] = []
  /** How many bytes there are in all. */
  size = 0

  add (chunk: Chunk): void {
    this.size += chunk.length
    if (typeof chunk === 'string') {
      this.#text += chunk
    } else {
      this.#closeText()
      this.#parts.push(chunk)
    }
  }

  /** All of it as one chunk, and none is left. Texts, which most responses are, make one text; with bytes among them, all are copied. */
  take (): Chunk {
    const size = this.size
    this.size = 0
    if (this.#parts.length === 0) {
      const text = this.#text
      this.#text = ''
      return text
    }
    this.#closeText()
    const parts = this.#parts
    this.#parts = []
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, size)
  }

  #closeText (): void {
    if (this.#text === '') return
    this.#parts.push(Buffer.from(this.#text, 'latin1'))
    this.#text = ''
  }
}
