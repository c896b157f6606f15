// The content of one request between the connection, which takes it off the wire, and the handler, which may read it. Knows how much is
// held and how fast it comes; knows no protocol and no transport.
import { Buffer } from 'node:buffer' // the global one is a getter
import { type ProtocolError } from '../index.js'
import { keepWhole } from '../sockets/index.js'
import { ServerError } from './errors.js'
import type { Times } from './options.js'
import type { ContentSource } from './request.js'

/** Who learns what is done with content. */
export interface ContentOwner {
  /** A reader waits, and there is nothing for it. */
  contentWanted: () => void
  /** A piece has been read. */
  contentRead: () => void
}

export class IncomingContent implements ContentSource {
  readonly announced: number
  readonly #owner: ContentOwner | undefined
  readonly #pieces: Uint8Array[] = []
  #error: ProtocolError | ServerError | undefined
  #discarded = false
  #wake: (() => void) | undefined
  /** Milliseconds that the peer has had, and without any byte of it. */
  #time = 0
  #silence = 0
  /** Whether all of it has come, and whether somebody reads it. */
  complete: boolean
  isRead = false
  /** Bytes that have come; of these, held for a reader, and thrown away as there will be none. */
  received = 0
  unread = 0
  dropped = 0

  /** Without an owner: that of a request which has none. `announced`: bytes that will come; Infinity when their end will be told. */
  constructor (owner?: ContentOwner, announced: number = 0) {
    this.#owner = owner
    this.announced = announced
    this.complete = owner === undefined
  }

  // --- what the connection tells --------------------------------------------------------------------------------------------------

  add (bytes: Uint8Array): void {
    this.received += bytes.length
    this.#silence = 0
    if (this.#discarded) {
      this.dropped += bytes.length
      return
    }
    this.unread += bytes.length
    this.#pieces.push(bytes)
    this.#wakeReader()
  }

  end (): void {
    this.complete = true
    this.#wakeReader()
  }

  /** Nothing more will come: a reader gets what is there, and then the error. */
  fail (error: ProtocolError | ServerError): void {
    if (this.complete) return
    this.#error ??= error
    this.#wakeReader()
  }

  /** Nobody is to read any more. */
  discard (): void {
    if (this.complete && this.unread === 0) return
    this.#discarded = true
    this.#pieces.length = this.unread = 0
    this.#wakeReader()
  }

  /** The peer's turn has lasted so many milliseconds more. True: it is too slow. */
  isLate (elapsed: number, times: Times): boolean {
    this.#time += elapsed
    this.#silence += elapsed
    const due = (this.#time - times.contentGrace) / 1000 * times.contentRate
    return this.#silence >= times.idle || this.received < due
  }

  /** The peer could not send in the meantime. */
  forgiveSilence (): void {
    this.#silence = 0
  }

  // --- what a reader asks ---------------------------------------------------------------------------------------------------------

  readContent (): Uint8Array | null | undefined {
    this.isRead = true
    const bytes = this.#pieces.shift()
    if (bytes !== undefined) {
      this.unread -= bytes.length
      this.#owner?.contentRead()
      return bytes
    }
    if (this.#discarded) throw new ServerError('ERR_SERVER_CONTENT_DISCARDED')
    if (this.complete) return null
    if (this.#error !== undefined) throw this.#error
    this.#owner?.contentWanted()
    return undefined
  }

  contentReady (): Promise<void> {
    return new Promise(resolve => { this.#wake = resolve })
  }

  #wakeReader (): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }
}

/** What a request without content has: one for all. */
export const NO_CONTENT: IncomingContent = new IncomingContent()

/** More than this of some memory may keep all of it. */
const LITTLE = 8192

/**
 * Bytes that may be held until a handler wants them. Little pieces get memory of their own: a transport reads for all connections into the
 * same, and a peer that sends byte by byte would keep all of it.
 */
export function kept (bytes: Uint8Array): Uint8Array {
  if (bytes.length > LITTLE) return bytes
  const own = Buffer.allocUnsafeSlow(bytes.length)
  own.set(bytes)
  keepWhole(own.buffer) // behind content there may be the next request
  return own
}
