// RequestDecoder: bytes of one connection in, events out. Sans-I/O: it knows no socket, no timer and no server, and it never looks at a
// byte twice. A packet inside one chunk is decoded where it stands; one that is cut over several is copied once.
import { checkReadable } from './bytes.js'
import { ProtocolError, typeError } from './errors.js'
import { decodeHead, type RequestHead } from './head.js'
import { binding } from './engine.js'
import { type DecodeOptions, type Settings, settingsOf } from './limits.js'

/** What a decoder reports, in the order of the wire. */
export type DecoderEvent =
  | { type: 'head', head: RequestHead }
  /** A view on the pushed chunk, never empty. */
  | { type: 'content', bytes: Uint8Array }
  /** The request is complete; follows 'head' at once when there is no content. */
  | { type: 'end', trailers: Array<[string, string]> }

/** Options of a RequestDecoder. */
export type RequestDecoderOptions = DecodeOptions & { protocol: 'uwsgi' }

const HEADER_BYTES = 4
const SMALLEST_PARTIAL = 512
const EMPTY = new Uint8Array(0)
const isRequest: readonly boolean[] = Array.from({ length: 256 }, (_, modifier1) => binding.requestModifiers.includes(modifier1))

/**
 * Decodes what one connection carries, however it is cut. One request per connection (uwsgi docs, Protocol): after its 'end' nothing
 * more is parsed, and `rest()` holds what was pushed.
 *
 * A refusal is thrown by `next()` after the events before it, and then each time; bytes pushed after that are ignored. Offsets count
 * from the first byte of the connection. Chunks must not be modified as long as their head or content is in use.
 */
export class RequestDecoder implements Iterable<DecoderEvent> {
  readonly #settings: Settings
  #state: 'head' | 'content' | 'end' | 'done' = 'head'
  /** Chunks not yet looked at, from #first on; that one may be what is left of one. Those before it have been emptied. */
  readonly #chunks: Uint8Array[] = []
  #first = 0
  /** A packet that is cut over several chunks, as far as it has come. */
  #partial: Uint8Array | undefined
  #partialLength = 0
  #remaining = 0
  #received = 0
  #pending: DecoderEvent | null = null
  #error: ProtocolError | undefined
  #truncated: ProtocolError | undefined

  constructor (options: RequestDecoderOptions) {
    if (options?.protocol !== 'uwsgi') throw typeError('ERR_INVALID_OPTION', "protocol has to be 'uwsgi'")
    this.#settings = settingsOf(options)
  }

  /** Takes the next bytes of the connection, any number of them. TypeError: not a Uint8Array, or detached, shared or resizable. */
  push (chunk: Uint8Array): void {
    checkReadable(chunk)
    if (this.#error !== undefined || this.#truncated !== undefined || chunk.length === 0) return
    this.#received += chunk.length
    this.#chunks.push(chunk)
  }

  /** The next event, or null when more bytes have to be pushed first. Throws the ProtocolError of a refusal. */
  next (): DecoderEvent | null {
    if (this.#pending !== null) {
      const event = this.#pending
      this.#pending = null
      return event
    }
    const event = this.#advance()
    if (event === null && this.#truncated !== undefined) throw this.#truncated
    return event
  }

  * [Symbol.iterator] (): Generator<DecoderEvent, void, undefined> {
    for (let event = this.next(); event !== null; event = this.next()) yield event
  }

  /** What was pushed and is not parsed: a view when it stands in one chunk. */
  rest (): Uint8Array {
    const partial = this.#partial?.subarray(0, this.#partialLength)
    const chunks = this.#chunks.slice(this.#first)
    if (partial === undefined && chunks.length === 1) return chunks[0]!
    return Buffer.concat(partial === undefined ? chunks : [partial, ...chunks])
  }

  /** Goes on after a declined Upgrade. A uwsgi connection has none, so there is nothing to do. */
  resume (): void {}

  /** The peer has closed. Throws ProtocolError when it did so inside a packet or its content; what came before can still be read. */
  end (): void {
    if (this.#error !== undefined) throw this.#error
    if (this.#state === 'head' && this.#pending === null) this.#pending = this.#advance()
    if (this.#state === 'head' && this.#partialLength > 0) {
      this.#truncated = new ProtocolError('ERR_UWSGI_PACKET_TRUNCATED', this.#received)
    } else if (this.#state === 'content' && this.#queued() < this.#remaining) {
      this.#truncated = new ProtocolError('ERR_UWSGI_CONTENT_TRUNCATED', this.#received)
    }
    if (this.#truncated !== undefined) throw this.#truncated
  }

  #queued (): number {
    let sum = 0
    for (let i = this.#first; i < this.#chunks.length; i++) sum += readable(this.#chunks[i]!).length
    return sum
  }

  /** The chunk to look at now, if there is one. */
  #front (): Uint8Array | undefined {
    const chunk = this.#chunks[this.#first]
    return chunk === undefined ? undefined : readable(chunk)
  }

  #advance (): DecoderEvent | null {
    if (this.#error !== undefined) throw this.#error
    switch (this.#state) {
      case 'head': return this.#head()
      case 'content': return this.#content()
      case 'end':
        this.#state = 'done'
        return { type: 'end', trailers: [] }
      case 'done': return null
    }
  }

  #head (): DecoderEvent | null {
    try {
      for (let chunk = this.#front(); chunk !== undefined; chunk = this.#front()) {
        const head = this.#partial === undefined ? this.#decodeInPlace(chunk) : this.#decodeGathered(chunk)
        if (head === null) continue
        this.#remaining = head.framing.kind === 'length' ? head.framing.length : 0
        this.#state = this.#remaining > 0 ? 'content' : 'end'
        return { type: 'head', head }
      }
      return null
    } catch (error) {
      if (error instanceof ProtocolError) this.#error = error
      throw error
    }
  }

  /** The usual case: the packet is whole in the first chunk. If it is not, the chunk becomes the beginning of the partial one. */
  #decodeInPlace (chunk: Uint8Array): RequestHead | null {
    if (!isRequest[chunk[0]!]) throw new ProtocolError('ERR_UWSGI_MODIFIER_NOT_A_REQUEST', 0)
    const head = decodeHead(chunk, this.#settings)
    if (head !== null) {
      this.#consume(head.byteLength)
      return head
    }
    this.#partial = new Uint8Array(Math.max(SMALLEST_PARTIAL, 2 * chunk.length))
    this.#gather(chunk, chunk.length)
    return null
  }

  /** Takes just as many bytes as the packet still needs: first its header, then, its size being known, the block. */
  #decodeGathered (chunk: Uint8Array): RequestHead | null {
    const partial = this.#partial!
    const size = this.#partialLength < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + (partial[1]! | partial[2]! << 8)
    this.#gather(chunk, Math.min(chunk.length, size - this.#partialLength))
    const grown = this.#partial!
    const whole = this.#partialLength >= HEADER_BYTES && this.#partialLength === HEADER_BYTES + (grown[1]! | grown[2]! << 8)
    // A header alone is decoded too, once: it may announce more than the limit allows.
    if (!whole && this.#partialLength !== HEADER_BYTES) return null
    const head = decodeHead(grown.subarray(0, this.#partialLength), this.#settings)
    if (head !== null) this.#partial = undefined
    if (head !== null) this.#partialLength = 0
    return head
  }

  #gather (chunk: Uint8Array, count: number): void {
    const length = this.#partialLength + count
    if (length > this.#partial!.length) {
      const larger = new Uint8Array(2 * length)
      larger.set(this.#partial!.subarray(0, this.#partialLength))
      this.#partial = larger
    }
    this.#partial!.set(count === chunk.length ? chunk : chunk.subarray(0, count), this.#partialLength)
    this.#partialLength = length
    this.#consume(count)
  }

  #content (): DecoderEvent | null {
    const chunk = this.#front()
    if (chunk === undefined) return null
    const bytes = chunk.length <= this.#remaining ? chunk : chunk.subarray(0, this.#remaining)
    this.#remaining -= bytes.length
    if (this.#remaining === 0) this.#state = 'end'
    this.#consume(bytes.length)
    return { type: 'content', bytes }
  }

  /** Drops the first bytes of the first chunk. Emptied places are removed many at a time: each removal moves all that is behind. */
  #consume (count: number): void {
    const chunk = this.#chunks[this.#first]!
    if (count < chunk.length) {
      this.#chunks[this.#first] = chunk.subarray(count)
    } else if (this.#chunks.length === 1) {
      this.#chunks.pop()
    } else {
      this.#chunks[this.#first++] = EMPTY
      if (2 * this.#first < this.#chunks.length) return
      this.#chunks.splice(0, this.#first)
      this.#first = 0
    }
  }
}

/** No chunk is empty when it is pushed: one that is now has been detached since, and its bytes are lost. Throws TypeError. */
function readable (chunk: Uint8Array): Uint8Array {
  if (chunk.length === 0) checkReadable(chunk)
  return chunk
}
