// The one request of a uwsgi connection: a packet, then CONTENT_LENGTH bytes. A packet inside one chunk is decoded where it stands; one that
// is cut over several is copied once.
import { type ChunkQueue, Gathered } from './chunk_queue.js'
import { binding } from './engine.js'
import { ProtocolError } from './errors.js'
import type { RequestHead } from './head.js'
import type { Settings } from './limits.js'
import type { DecoderEvent, RequestReader } from './request_reader.js'
import { SizedContent } from './sized_content.js'
import { decodePacketHead } from './uwsgi_head.js'

const HEADER_BYTES = 4
const isRequest: readonly boolean[] = Array.from({ length: 256 }, (_, modifier1) => binding.requestModifiers.includes(modifier1))

/** @internal */
export class UwsgiReader implements RequestReader {
  readonly #input: ChunkQueue
  readonly #settings: Settings
  #state: 'head' | 'content' | 'end' | 'done' = 'head'
  /** A packet that is cut over several chunks, as far as it has come. */
  #partial: Gathered | undefined
  readonly #sized: SizedContent

  constructor (input: ChunkQueue, settings: Settings) {
    this.#input = input
    this.#settings = settings
    this.#sized = new SizedContent(input)
  }

  awaitsHead (): boolean {
    return this.#state === 'head'
  }

  missing (): ProtocolError | undefined {
    const { pushed } = this.#input
    if (this.#state === 'head' && this.#partial !== undefined) return new ProtocolError('ERR_UWSGI_PACKET_TRUNCATED', pushed)
    if (this.#state === 'content' && this.#sized.isCut) return new ProtocolError('ERR_UWSGI_CONTENT_TRUNCATED', pushed)
    return undefined
  }

  unparsed (): Uint8Array | undefined {
    return this.#partial?.bytes
  }

  /** A uwsgi connection has no Upgrade. */
  resume (): void {}

  advance (): DecoderEvent | null {
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
    for (let chunk = this.#input.front(); chunk !== undefined; chunk = this.#input.front()) {
      const head = this.#partial === undefined ? this.#decodeInPlace(chunk) : this.#decodeGathered(this.#partial)
      if (head === null) continue
      const { framing } = head
      if (framing.kind === 'length') this.#sized.begin(framing.length)
      this.#state = framing.kind === 'length' ? 'content' : 'end'
      return { type: 'head', head }
    }
    return null
  }

  /** The usual case: the packet is whole in the first chunk. If it is not, the chunk becomes the beginning of the partial one. */
  #decodeInPlace (chunk: Uint8Array): RequestHead | null {
    if (!isRequest[chunk[0]!]) throw new ProtocolError('ERR_UWSGI_MODIFIER_NOT_A_REQUEST', 0)
    const head = decodePacketHead(chunk, this.#settings)
    if (head !== null) {
      this.#input.consume(head.byteLength)
      return head
    }
    this.#partial = new Gathered()
    this.#partial.add(this.#input.take(chunk.length)!)
    return null
  }

  /** Takes just as many bytes as the packet still needs: first its header, then, its size being known, the block. */
  #decodeGathered (partial: Gathered): RequestHead | null {
    partial.add(this.#input.take(sizeOf(partial.bytes) - partial.length)!)
    // A header alone is decoded too, once: it may announce more than the limit allows.
    if (partial.length < sizeOf(partial.bytes) && partial.length !== HEADER_BYTES) return null
    const head = decodePacketHead(partial.bytes, this.#settings)
    if (head !== null) this.#partial = undefined
    return head
  }

  #content (): DecoderEvent | null {
    const bytes = this.#sized.take()
    if (bytes === undefined) return null
    if (this.#sized.complete) this.#state = 'end'
    return { type: 'content', bytes }
  }
}

/** Bytes of the packet, as far as they are known: of the header until that is there. */
function sizeOf (packet: Uint8Array): number {
  return packet.length < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + (packet[1]! | packet[2]! << 8)
}
