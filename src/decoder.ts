// RequestDecoder: bytes of one connection in, events out. Sans-I/O: it knows no socket, no timer and no server, and it never looks at a
// byte twice. A packet inside one chunk is decoded where it stands; one that is cut over several is copied once.
import { Gathered } from './chunk_queue.js'
import { binding } from './engine.js'
import { ProtocolError, typeError } from './errors.js'
import type { RequestHead } from './head.js'
import { type DecodeOptions, type Settings, settingsOf } from './limits.js'
import { StreamDecoder } from './stream_decoder.js'
import { decodePacketHead } from './uwsgi_head.js'

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
const isRequest: readonly boolean[] = Array.from({ length: 256 }, (_, modifier1) => binding.requestModifiers.includes(modifier1))

/**
 * Decodes what one connection carries, however it is cut. One request per connection (uwsgi docs, Protocol): after its 'end' nothing
 * more is parsed, and `rest()` holds what was pushed.
 *
 * A refusal is thrown by `next()` after the events before it, and then each time; bytes pushed after that are ignored. Offsets count
 * from the first byte of the connection. Chunks must not be modified as long as their head or content is in use.
 */
export class RequestDecoder extends StreamDecoder<DecoderEvent> {
  readonly #settings: Settings
  #state: 'head' | 'content' | 'end' | 'done' = 'head'
  /** A packet that is cut over several chunks, as far as it has come. */
  #partial: Gathered | undefined
  /** Content that has not been handed out. */
  #remaining = 0

  constructor (options: RequestDecoderOptions) {
    if (options?.protocol !== 'uwsgi') throw typeError('ERR_INVALID_OPTION', "protocol has to be 'uwsgi'")
    super()
    this.#settings = settingsOf(options)
  }

  /** What was pushed and is not parsed: a view when it stands in one chunk. */
  rest (): Uint8Array {
    const chunks = this.input.rest()
    if (this.#partial !== undefined) chunks.unshift(this.#partial.bytes)
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  }

  /** Goes on after a declined Upgrade. A uwsgi connection has none, so there is nothing to do. */
  resume (): void {}

  /** @internal */
  protected override awaitsHead (): boolean {
    return this.#state === 'head'
  }

  /** @internal */
  protected override missing (): ProtocolError | undefined {
    const { pushed, consumed } = this.input
    if (this.#state === 'head' && this.#partial !== undefined) return new ProtocolError('ERR_UWSGI_PACKET_TRUNCATED', pushed)
    if (this.#state === 'content' && pushed - consumed < this.#remaining) return new ProtocolError('ERR_UWSGI_CONTENT_TRUNCATED', pushed)
    return undefined
  }

  /** @internal */
  protected override advance (): DecoderEvent | null {
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
    for (let chunk = this.input.front(); chunk !== undefined; chunk = this.input.front()) {
      const head = this.#partial === undefined ? this.#decodeInPlace(chunk) : this.#decodeGathered(this.#partial)
      if (head === null) continue
      this.#remaining = head.framing.kind === 'length' ? head.framing.length : 0
      this.#state = this.#remaining > 0 ? 'content' : 'end'
      return { type: 'head', head }
    }
    return null
  }

  /** The usual case: the packet is whole in the first chunk. If it is not, the chunk becomes the beginning of the partial one. */
  #decodeInPlace (chunk: Uint8Array): RequestHead | null {
    if (!isRequest[chunk[0]!]) throw new ProtocolError('ERR_UWSGI_MODIFIER_NOT_A_REQUEST', 0)
    const head = decodePacketHead(chunk, this.#settings)
    if (head !== null) {
      this.input.consume(head.byteLength)
      return head
    }
    this.#partial = new Gathered()
    this.#partial.add(this.input.take(chunk.length)!)
    return null
  }

  /** Takes just as many bytes as the packet still needs: first its header, then, its size being known, the block. */
  #decodeGathered (partial: Gathered): RequestHead | null {
    partial.add(this.input.take(sizeOf(partial.bytes) - partial.length)!)
    // A header alone is decoded too, once: it may announce more than the limit allows.
    if (partial.length < sizeOf(partial.bytes) && partial.length !== HEADER_BYTES) return null
    const head = decodePacketHead(partial.bytes, this.#settings)
    if (head !== null) this.#partial = undefined
    return head
  }

  #content (): DecoderEvent | null {
    const bytes = this.input.take(this.#remaining)
    if (bytes === undefined) return null
    this.#remaining -= bytes.length
    if (this.#remaining === 0) this.#state = 'end'
    return { type: 'content', bytes }
  }
}

/** Bytes of the packet, as far as they are known: of the header until that is there. */
function sizeOf (packet: Uint8Array): number {
  return packet.length < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + (packet[1]! | packet[2]! << 8)
}
