// One request and its answer over one connection: the protocol of the client. Knows no socket: a Transport carries the bytes.
import { ProtocolError, ResponseDecoder, type ResponseEvent, type ResponseHead } from '../index.js'
import { type Address, emptyError } from './address.js'
import type { Transport } from './connection.js'
import { ClientError } from './errors.js'
import { extentOf, type RequestPacket } from './request_packet.js'
import { type ClientResponse, ReceivedResponse, type ResponsePieces } from './response.js'

/** Content is sent in pieces of this size, and the answer gets its turn between them. */
const PIECE = 65536
/** How long a server may take to close behind content of known length. Others than uWSGI keep connections open, some for ever. */
const LINGER_MS = 1000
/** A server that answers with an error does not want the rest of the content (RFC 9112 section 9.5). */
const FIRST_ERROR_STATUS = 400

const aTurn = (): Promise<void> => new Promise(resolve => { setImmediate(resolve) })

export class Exchange implements ResponsePieces {
  readonly #address: Address
  readonly #transport: Transport
  readonly #request: RequestPacket
  readonly #signal: AbortSignal | undefined
  readonly #abort = (): void => {
    this.#transport.destroy(this.#signal!.reason)
    this.#request.content.stop()
  }

  readonly #decoder: ResponseDecoder
  #received = false
  /** Bytes sent since the answer had its turn. */
  #unseen = 0
  #sending = true
  /** Bytes of the request that the system has not taken yet. */
  #owed: number
  #over = false

  constructor (address: Address, transport: Transport, request: RequestPacket, signal: AbortSignal | undefined) {
    this.#address = address
    this.#transport = transport
    this.#request = request
    this.#signal = signal
    this.#owed = request.packet.length + (request.content.length ?? 0)
    this.#decoder = new ResponseDecoder({ method: request.method })
    // Once the connection is gone there is nothing to abort: everything has come, or failed.
    transport.onclose = () => signal?.removeEventListener('abort', this.#abort)
    signal?.addEventListener('abort', this.#abort, { once: true })
  }

  /** Sends the request and waits for the final head. The content follows by `next`. */
  async start (): Promise<ClientResponse> {
    void this.#send()
    const event = await this.#event() as { type: 'head', head: ResponseHead }
    const { head } = event
    if (head.status >= FIRST_ERROR_STATUS) this.#stopSending()
    if (head.framing.kind === 'none') this.cancel()
    return new ReceivedResponse(head, this)
  }

  async next (): Promise<Uint8Array | undefined> {
    if (this.#over) return undefined
    const event = await this.#event()
    if (event?.type === 'content') return event.bytes
    if (event !== null) await this.#settle()
    this.cancel()
    return undefined
  }

  /** The end of the exchange, whether all has come or not. */
  cancel (): void {
    this.#over = true
    this.#stopSending()
    this.#transport.destroy()
    this.#signal?.removeEventListener('abort', this.#abort)
  }

  /** The next event of the answer; null when the exchange was cancelled meanwhile. */
  async #event (): Promise<ResponseEvent | null> {
    try {
      for (;;) {
        const event = this.#decoder.next()
        if (event !== null) return event
        const chunk = await this.#transport.read()
        if (this.#over) return null
        if (chunk === null) this.#decoder.end()
        else this.#push(chunk)
      }
    } catch (error) {
      if (this.#over) return null
      this.cancel()
      throw this.#explained(error)
    }
  }

  #push (chunk: Uint8Array): void {
    this.#received = true
    this.#decoder.push(chunk)
  }

  /** A connection that breaks before the first byte means the same as one that is closed: uWSGI has not read all that was sent. */
  #explained (error: unknown): unknown {
    const closed = error instanceof ProtocolError && error.code === 'ERR_RESPONSE_EMPTY'
    const broke = error instanceof ClientError && error.code === 'ERR_CLIENT_CONNECTION_LOST'
    if (this.#received || !(closed || broke)) return error
    const { blockBytes, vars } = extentOf(this.#request.packet)
    return emptyError(this.#address, blockBytes, vars, error)
  }

  /** All announced content is there. Surplus is an error, so the server is given time to close, which uWSGI does at once. */
  async #settle (): Promise<void> {
    try {
      this.#decoder.next()
      if (this.#owed > 0) return
      this.#transport.finish(LINGER_MS)
      const chunk = await this.#transport.read().catch(() => null) // how it closes does not matter any more
      this.#signal?.throwIfAborted()
      if (chunk !== null) this.#push(chunk)
      this.#decoder.next()
    } catch (error) {
      this.cancel()
      throw error
    }
  }

  #stopSending (): void {
    this.#sending = false
    this.#request.content.stop()
  }

  async #send (): Promise<void> {
    const { packet, content } = this.#request
    try {
      // One write for all of a small request: one segment for the server.
      const small = content.whole && (content.length ?? 0) <= PIECE ? await content.next() : undefined
      if (!(await this.#write(small === undefined ? packet : Buffer.concat([packet, small])))) return
      while (this.#sending) {
        const piece = await content.next()
        if (piece === undefined) return
        for (let at = 0; at < piece.length && this.#sending; at += PIECE) {
          if (!(await this.#write(piece.subarray(at, at + PIECE)))) return
        }
      }
    } catch (error) {
      if (!this.#over) this.#transport.destroy(error)
    }
  }

  /** False: the connection takes no more. */
  async #write (bytes: Uint8Array): Promise<boolean> {
    if (!(await this.#transport.write(bytes))) {
      this.#stopSending()
      return false
    }
    this.#owed -= bytes.length
    this.#unseen += bytes.length
    if (this.#unseen >= PIECE) {
      this.#unseen = 0
      await aTurn()
    }
    return true
  }
}
