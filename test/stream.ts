// A connection for tests: pushes bytes into a RequestDecoder piece by piece and keeps what comes out.
import type { RequestDecoder, RequestHead } from '../src/index.js'

export interface Streamed {
  heads: RequestHead[]
  content: Buffer
  /** Kinds of the events in their order, several content events in a row as one. */
  order: string
  /** What was thrown, by a push, an event or the end. */
  error: unknown
}

/** Feeds `bytes` cut at `cuts`, reading every event after each piece; `close` says that the peer closes afterwards. */
export function stream (decoder: RequestDecoder, bytes: Uint8Array, cuts: readonly number[], close: boolean): Streamed {
  const heads: RequestHead[] = []
  const content: Uint8Array[] = []
  const order: string[] = []
  let error: unknown
  let from = 0
  try {
    for (const to of [...cuts, bytes.length]) {
      // A copy of its own, as a socket would give: a head must not come to depend on the neighbours of a chunk.
      decoder.push(Uint8Array.from(bytes.subarray(from, to)))
      from = to
      for (const event of decoder) {
        if (order.at(-1) !== event.type) order.push(event.type)
        if (event.type === 'head') heads.push(event.head)
        if (event.type === 'content') content.push(event.bytes)
      }
    }
    if (close) decoder.end()
  } catch (caught) {
    error = caught
  }
  return { heads, content: Buffer.concat(content), order: order.join(' '), error }
}

/** Cuts that make every piece one byte long. */
export function everyByte (length: number): number[] {
  return Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1)
}
