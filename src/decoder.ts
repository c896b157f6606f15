// RequestDecoder: bytes of one connection in, events out. Sans-I/O: it knows no socket, no timer and no server, and it never looks at a
// byte twice. What the bytes mean is the reader's of the protocol.
import type { ConnectionFacts } from './connection_facts.js'
import { typeError, type ProtocolError } from './errors.js'
import { HttpReader } from './http_reader.js'
import { type DecodeOptions, settingsFor, settingsOf } from './limits.js'
import type { DecoderEvent, RequestReader } from './request_reader.js'
import { StreamDecoder } from './stream_decoder.js'
import { UwsgiReader } from './uwsgi_reader.js'

/** Options of a RequestDecoder. */
export type RequestDecoderOptions = DecodeOptions & {
  /** What the connection carries. */
  protocol: 'uwsgi' | 'http'
}

const READERS = { uwsgi: UwsgiReader, http: HttpReader }

/**
 * Decodes what one connection carries, however it is cut.
 *
 * uwsgi: one request per connection (uwsgi docs, Protocol); bytes after its 'end' are not parsed. HTTP/1.x: one request after the other
 * (RFC 9112 section 9.3), until one closes the connection (`keepAlive` false), after which nothing more is parsed, or asks for another
 * protocol (`upgrade`), after which nothing is parsed before `resume()`. `rest()` holds what was pushed and not parsed.
 *
 * A refusal is thrown by `next()` after the events before it, and then each time; bytes pushed after that are ignored. Offsets count
 * from the first byte of the connection. Chunks must not be modified as long as their head or content is in use.
 */
export class RequestDecoder extends StreamDecoder<DecoderEvent> {
  readonly #reader: RequestReader

  /**
   * `connection`: where these requests come in, instead of what the options say; so that connections can share their options, and what is
   * made of them. TypeError, RangeError: options that are wrong.
   */
  constructor (options: RequestDecoderOptions, connection?: ConnectionFacts) {
    const protocol = options?.protocol
    if (protocol !== 'uwsgi' && protocol !== 'http') throw typeError('ERR_INVALID_OPTION', "protocol has to be 'uwsgi' or 'http'")
    super()
    this.#reader = new READERS[protocol](this.input, connection === undefined ? settingsOf(options) : settingsFor(options, connection))
  }

  /**
   * What was pushed and is not parsed: a view when it stands in one chunk, a copy when it was gathered from several. After an Upgrade it
   * belongs to the new protocol. TypeError: some of it has been detached since it was pushed.
   */
  rest (): Uint8Array {
    const chunks = this.input.rest()
    const unparsed = this.#reader.unparsed()
    if (unparsed !== undefined) chunks.unshift(Buffer.from(unparsed)) // the decoder goes on reading its own
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  }

  /** After the 'end' of a request with `upgrade` that was declined: goes on with HTTP. Otherwise there is nothing to do. */
  resume (): void {
    this.#reader.resume()
  }

  /** @internal */
  protected override awaitsHead (): boolean {
    return this.#reader.awaitsHead()
  }

  /** @internal */
  protected override missing (): ProtocolError | undefined {
    return this.#reader.missing()
  }

  /** @internal */
  protected override advance (): DecoderEvent | null {
    return this.#reader.advance()
  }
}
