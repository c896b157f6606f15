// What RequestDecoder asks of the protocol that it decodes. Each reader takes bytes from the connection's input and gives the events of
// one request after the other.
import type { ProtocolError } from './errors.js'
import type { RequestHead } from './head.js'

/** What a decoder reports, in the order of the wire. */
export type DecoderEvent =
  | {
    /** A request begins. */
    type: 'head'
    /** Its head. */
    head: RequestHead
  }
  | {
    /** Some of its content. */
    type: 'content'
    /** A view on the pushed chunk, never empty. */
    bytes: Uint8Array
  }
  | {
    /** The request is complete; follows 'head' at once when there is no content. */
    type: 'end'
    /** Those of chunked content, as they were sent (RFC 9112 section 7.1.2); otherwise empty. */
    trailers: Array<[string, string]>
  }

/** @internal */
export interface RequestReader {
  /** Reads on to the next event; null when there are not enough bytes, or nothing more is parsed. Throws ProtocolError. */
  advance: () => DecoderEvent | null
  /** Whether the next event is a head. */
  awaitsHead: () => boolean
  /** The error now that nothing more comes, if something is missing. */
  missing: () => ProtocolError | undefined
  /** Bytes that were taken from the input and are not parsed, if any. */
  unparsed: () => Uint8Array | undefined
  /** Goes on with the next request after one that asked for another protocol. */
  resume: () => void
}
