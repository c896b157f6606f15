// The requests of an HTTP/1.x connection, one behind the other (RFC 9112 section 9.3): head, content as it is framed, end. A head inside one
// chunk is decoded where it stands; one that is cut over several is copied once, and its lines are read once.
import { type ChunkQueue, Gathered } from './chunk_queue.js'
import { ChunkedContent } from './chunked.js'
import { ProtocolError } from './errors.js'
import type { Head } from './head.js'
import { decodeHttpHead, KeptLines } from './http_head.js'
import type { Settings } from './limits.js'
import type { DecoderEvent, RequestReader } from './request_reader.js'
import { SizedContent } from './sized_content.js'

/** A head that is cut over several chunks, as far as it has come. */
interface PartialHead {
  readonly bytes: Gathered
  readonly lines: KeptLines
}

const CR = 13
const LF = 10
const LINE_END_BYTES = 2

/** @internal */
export class HttpReader implements RequestReader {
  readonly #input: ChunkQueue
  readonly #settings: Settings
  /** 'upgrade': the request is complete and asks for another protocol. 'done': the connection closes, nothing more is parsed. */
  #state: 'head' | 'content' | 'chunked' | 'end' | 'upgrade' | 'done' = 'head'
  #afterEnd: 'head' | 'upgrade' | 'done' = 'head'
  #partial: PartialHead | undefined
  readonly #sized: SizedContent
  #chunked: ChunkedContent | undefined

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
    switch (this.#state) {
      case 'head': {
        const partial = this.#partial?.bytes.bytes
        return partial === undefined || isEmptyLine(partial) ? undefined : new ProtocolError('ERR_HTTP_HEAD_TRUNCATED', pushed)
      }
      case 'content': return this.#sized.isCut ? new ProtocolError('ERR_HTTP_CONTENT_TRUNCATED', pushed) : undefined
      case 'chunked': return this.#chunked!.isCut() ? new ProtocolError('ERR_HTTP_CONTENT_TRUNCATED', pushed) : undefined
      default: return undefined
    }
  }

  unparsed (): Uint8Array | undefined {
    return this.#state === 'chunked' ? this.#chunked!.unparsed() : this.#partial?.bytes.bytes
  }

  resume (): void {
    if (this.#state === 'upgrade') this.#state = 'head'
    else if (this.#afterEnd === 'upgrade') this.#afterEnd = 'head'
  }

  advance (): DecoderEvent | null {
    switch (this.#state) {
      case 'head': return this.#head()
      case 'content': return this.#content()
      case 'chunked': return this.#chunk()
      case 'end': return this.#end([])
      case 'upgrade':
      case 'done': return null
    }
  }

  #head (): DecoderEvent | null {
    for (let chunk = this.#input.front(); chunk !== undefined; chunk = this.#input.front()) {
      const head = this.#decode(chunk)
      if (head === null) continue
      this.#begin(head)
      return { type: 'head', head }
    }
    return null
  }

  #begin (head: Head): void {
    const { framing } = head
    this.#afterEnd = !head.keepAlive ? 'done' : head.upgrade === undefined ? 'head' : 'upgrade'
    if (framing.kind === 'length') this.#sized.begin(framing.length)
    this.#chunked = framing.kind === 'chunked' ? new ChunkedContent(this.#input, this.#settings) : undefined
    this.#state = framing.kind === 'length' ? 'content' : framing.kind === 'chunked' ? 'chunked' : 'end'
  }

  /** What the offsets of a head count from is the first byte of the connection. */
  #decode (chunk: Uint8Array): Head | null {
    const at = this.#input.consumed - (this.#partial?.bytes.length ?? 0)
    try {
      return this.#partial === undefined ? this.#decodeInPlace(chunk) : this.#decodeGathered(this.#partial, chunk)
    } catch (error) {
      throw error instanceof ProtocolError && at > 0 ? new ProtocolError(error.code, at + error.offset) : error
    }
  }

  /** The usual case: the head is whole in the first chunk. If it is not, the chunk becomes the beginning of the partial one. */
  #decodeInPlace (chunk: Uint8Array): Head | null {
    const head = decodeHttpHead(chunk, this.#settings)
    if (head !== null) {
      this.#input.consume(head.byteLength)
      return head
    }
    this.#partial = { bytes: new Gathered(), lines: new KeptLines(this.#settings) }
    this.#partial.bytes.add(this.#input.take(chunk.length)!)
    return null
  }

  /** Where the head ends is not known, so more of the chunk may be copied than belongs to it; no more than a head may have. */
  #decodeGathered ({ bytes, lines }: PartialHead, chunk: Uint8Array): Head | null {
    const before = bytes.length
    const room = Math.max(1, this.#settings.limits.maxHeadBytes + LINE_END_BYTES - before)
    const copied = chunk.length <= room ? chunk : chunk.subarray(0, room)
    bytes.add(copied)
    const head = lines.decode(bytes.bytes)
    this.#input.consume(head === null ? copied.length : head.byteLength - before)
    if (head !== null) this.#partial = undefined
    return head
  }

  #content (): DecoderEvent | null {
    const bytes = this.#sized.take()
    if (bytes === undefined) return null
    if (this.#sized.complete) this.#state = 'end'
    return { type: 'content', bytes }
  }

  #chunk (): DecoderEvent | null {
    const event = this.#chunked!.next()
    return event?.type === 'end' ? this.#end(event.trailers) : event
  }

  #end (trailers: Array<[string, string]>): DecoderEvent {
    this.#chunked = undefined
    this.#state = this.#afterEnd
    this.#afterEnd = 'head'
    return { type: 'end', trailers }
  }
}

/** An empty line, or the beginning of one, before a request that never came is nothing that is missing (RFC 9112 section 2.2). */
function isEmptyLine (bytes: Uint8Array): boolean {
  return bytes[0] === CR && (bytes.length === 1 || (bytes.length === LINE_END_BYTES && bytes[1] === LF))
}
