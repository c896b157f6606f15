// One uwsgi connection: one packet, its content, one response, close. Everything between transport and exchange, time-outs included.
// Knows no socket. A connection of another protocol is one more class like this.
//
// Phases: head -> exchange -> ending -> closed, with lingering between the last two when the peer may still be sending: closing while
// bytes of it are unread would make the system reset the connection, and the front end could lose the response. A response that fails
// is cut instead of ending.
import { ProtocolError, RequestDecoder, type RequestHead } from '../index.js'
import type { Connection, Service } from './connection.js'
import { ServerError, type ServerErrorCode } from './errors.js'
import { refusals } from './events.js'
import { Exchange, type ExchangeHost } from './exchange.js'
import { methodFault } from './method.js'
import type { Times } from './options.js'
import { plainResponse } from './response.js'
import type { Receiver, Transport } from './transport.js'

/** Unread content that is held before the peer has to wait, and when it may go on. */
const PAUSE_BYTES = 65536
const RESUME_BYTES = 16384
/**
 * After the response: what is still taken from a peer that goes on sending, in bytes and in milliseconds. Some front ends begin to read
 * only when they have sent all content, so an answer that comes earlier is lost when there is more.
 */
const LINGER_BYTES = 64 * 1024 * 1024
const LINGER_TIME = 5000
/** What a silent connection still gets when the server closes: its request may be on the way. Milliseconds. */
const LAST_CALL = 500

export class UwsgiConnection implements Connection, Receiver, ExchangeHost {
  readonly #transport: Transport
  readonly #service: Service
  readonly #decoder: RequestDecoder
  #phase: 'head' | 'exchange' | 'ending' | 'lingering' | 'cut' | 'closed' = 'head'
  #exchange: Exchange | undefined
  /** Whether somebody has been told how the request ended. */
  #settled = true
  /** Bytes that have come; content in all, that has not come, and that has and is unread; bytes beyond it; bytes after the response. */
  #received = 0
  #length = 0
  #missing = 0
  #unread = 0
  #surplus = 0
  #lingered = 0
  #contentRead = false
  #contentError: ServerError | undefined
  #discarded = false
  #wake: (() => void) | undefined
  #paused = false
  #peerEnded = false
  #writing = false
  /** Milliseconds: in the phases of head and lingering, without bytes of the peer, without it taking any, and waiting for content. */
  #age = 0
  #silence = 0
  #stall = 0
  #contentTime = 0
  #headTime: number

  constructor (transport: Transport, service: Service) {
    this.#transport = transport
    this.#service = service
    this.#decoder = new RequestDecoder(service.decoding)
    this.#headTime = service.times.head
    transport.start(this)
  }

  get remoteAddress (): string | undefined {
    return this.#transport.remoteAddress
  }

  // --- what the transport tells ---------------------------------------------------------------------------------------------------

  data (bytes: Uint8Array): void {
    this.#received += bytes.length
    this.#silence = 0
    switch (this.#phase) {
      case 'head': return this.#head(bytes)
      case 'exchange': return this.#content(bytes)
      case 'ending':
      case 'lingering': return this.#discard(bytes.length)
      case 'cut':
      case 'closed':
    }
  }

  peerEnded (): void {
    this.#peerEnded = true
    if (this.#phase === 'head' && this.#received === 0) this.destroy()
    else if (this.#phase === 'head') this.#truncated()
    else if (this.#phase === 'lingering') this.destroy()
    else if (this.#phase === 'exchange') {
      if (this.#missing > 0) this.#truncated()
      else this.#exchange!.request.abandon(new ServerError('ERR_SERVER_PEER_CLOSED'))
    }
  }

  drain (): void {
    this.#writing = this.#phase === 'ending'
    this.#stall = 0
    this.#exchange?.drain()
  }

  sent (): void {
    this.#writing = false
    if (this.#phase !== 'ending') return
    if (!this.#settled) {
      this.#settled = true
      this.#exchange!.sent()
    }
    if (this.#peerEnded || (this.#missing === 0 && this.#surplus === 0)) return this.destroy()
    this.#phase = 'lingering'
    this.#age = 0
  }

  closed (): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    // Nearly always everything has been said, and an Error would be the dearest part of this function.
    if (!this.#settled) {
      const gone = new ServerError('ERR_SERVER_PEER_CLOSED')
      this.#settle(this.#endOfInput() ?? gone)
      this.#exchange!.cancel(gone)
    }
    this.#service.closed(this)
  }

  // --- request --------------------------------------------------------------------------------------------------------------------

  #head (bytes: Uint8Array): void {
    let head: RequestHead
    let method: string
    try {
      this.#decoder.push(bytes)
      const event = this.#decoder.next()
      if (event === null) return
      if (event.type !== 'head') throw new Error('gatewire: a request does not begin with its head')
      head = event.head
      method = head.get('REQUEST_METHOD') ?? ''
      const fault = methodFault(head, method)
      if (fault !== undefined) throw fault
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#refuse(error)
      return
    }
    const { framing } = head
    this.#length = this.#missing = framing.kind === 'length' ? framing.length : 0
    this.#contentRead = this.#length === 0
    this.#phase = 'exchange'
    this.#settled = false
    this.#arrived(this.#received - head.byteLength)
    this.#exchange = new Exchange(this.#service.server, this, head, method)
    this.#exchange.run(this.#service.handler)
  }

  #content (bytes: Uint8Array): void {
    if (this.#missing > 0) this.#decoder.push(bytes)
    this.#arrived(bytes.length)
    this.#wakeReader()
  }

  /** Counts bytes after the head, and makes the peer wait when too many of them are unread. */
  #arrived (count: number): void {
    const content = Math.min(count, this.#missing)
    this.#missing -= content
    this.#unread += content
    this.#surplus += count - content
    if (this.#paused || (this.#unread < PAUSE_BYTES && this.#surplus < PAUSE_BYTES)) return
    this.#paused = true
    this.#transport.pause()
  }

  readContent (): Uint8Array | null | undefined {
    if (this.#contentRead) return null
    if (this.#contentError !== undefined) throw this.#contentError
    if (this.#discarded) throw new ServerError('ERR_SERVER_CONTENT_DISCARDED')
    const event = this.#decoder.next()
    if (event === null) return undefined
    if (event.type !== 'content') {
      this.#contentRead = true
      return null
    }
    this.#unread -= event.bytes.length
    if (this.#paused && this.#unread <= RESUME_BYTES && this.#surplus < PAUSE_BYTES) this.#resume()
    return event.bytes
  }

  contentReady (): Promise<void> {
    return new Promise(resolve => { this.#wake = resolve })
  }

  #wakeReader (): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  #resume (): void {
    this.#paused = false
    this.#silence = 0
    this.#transport.resume()
  }

  /** Nothing more will come: a reader gets what is there, and then the error if something is missing. */
  #endOfInput (): ProtocolError | undefined {
    try {
      this.#decoder.end()
      return undefined
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return error
    } finally {
      this.#wakeReader()
    }
  }

  // --- response -------------------------------------------------------------------------------------------------------------------

  write (bytes: Uint8Array): boolean {
    if (this.#phase !== 'exchange') return true
    this.#writing = !this.#transport.write(bytes)
    return !this.#writing
  }

  finish (bytes?: Uint8Array): void {
    if (this.#phase !== 'exchange') return
    this.#discarded = true
    this.#wakeReader()
    this.#end(bytes)
  }

  abort (): void {
    this.#settled = true
    this.#discarded ||= !this.#peerEnded
    this.#phase = 'cut'
    this.#wakeReader()
    this.#transport.abort()
  }

  #end (bytes: Uint8Array | undefined): void {
    this.#phase = 'ending'
    this.#stall = 0
    this.#writing = true
    this.#transport.end(bytes)
    // From here on only so much is taken as the peer needs to get to its own reading.
    if (this.#paused) this.#resume()
  }

  destroy (): void {
    this.#transport.destroy()
  }

  #discard (count: number): void {
    const content = Math.min(count, this.#missing)
    this.#missing -= content
    this.#surplus += count - content
    this.#lingered += count
    if (this.#lingered > LINGER_BYTES) this.destroy()
  }

  // --- refusals -------------------------------------------------------------------------------------------------------------------

  /** The peer has closed inside the packet or the content. It may still read, so it is answered. */
  #truncated (): void {
    const error = this.#endOfInput()
    if (error !== undefined) this.#refuse(error)
  }

  #refuse (error: ProtocolError | ServerError): void {
    this.#settle(error)
    const begun = this.#exchange?.headSent === true
    this.#exchange?.cancel(error instanceof ServerError ? error : new ServerError('ERR_SERVER_PEER_CLOSED'))
    if (begun || error.status === 0) return this.abort()
    this.#surplus++ // the peer may be sending more, so it is not quiet
    this.#end(plainResponse(error.status, error.message, this.#exchange?.request.get('REQUEST_METHOD') ?? ''))
  }

  #settle (error: ProtocolError | ServerError): void {
    this.#settled = true
    if (!refusals.hasSubscribers) return
    refusals.publish({ server: this.#service.server, remoteAddress: this.remoteAddress, request: this.#exchange?.request, error })
  }

  // --- time -----------------------------------------------------------------------------------------------------------------------

  tick (elapsed: number): void {
    if (this.#phase === 'cut') return
    const { times } = this.#service
    this.#age += elapsed
    if (this.#phase === 'head') {
      if (this.#age < this.#headTime) return
      if (this.#received === 0) this.destroy()
      else this.#refuse(new ServerError('ERR_SERVER_HEAD_TIMEOUT'))
      return
    }
    if (this.#phase === 'lingering') {
      if (this.#age >= LINGER_TIME + times.resolution) this.destroy()
      return
    }
    if (this.#writing && (this.#stall += elapsed) >= times.idle) {
      this.#refuse(new ServerError('ERR_SERVER_WRITE_TIMEOUT'))
      return
    }
    if (this.#phase === 'exchange' && this.#missing > 0 && !this.#paused) this.#waitForContent(elapsed, times)
  }

  #waitForContent (elapsed: number, times: Times): void {
    this.#contentTime += elapsed
    this.#silence += elapsed
    const due = (this.#contentTime - times.contentGrace) / 1000 * times.contentRate
    if (this.#silence < times.idle && this.#length - this.#missing >= due) return
    const error = new ServerError('ERR_SERVER_CONTENT_TIMEOUT')
    this.#contentError = error
    this.#wakeReader()
    this.#refuse(error)
  }

  // --- the server's closing -------------------------------------------------------------------------------------------------------

  /** The server accepts nothing more. A connection that has sent nothing yet does not get all of its time. */
  lastCall (): void {
    if (this.#phase === 'head' && this.#received === 0) this.#headTime = Math.min(this.#headTime, this.#age + LAST_CALL)
  }

  /** The server does not wait any longer. */
  giveUp (code: ServerErrorCode): void {
    if (this.#phase === 'exchange') this.#refuse(new ServerError(code))
    else if (this.#phase !== 'cut') this.destroy()
  }
}
