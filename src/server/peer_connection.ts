// What the connections of all protocols have in common, between transport and exchange: content, time-outs, refusals, the end. Knows no
// socket. A protocol is a class on top of this one, which knows heads, how responses are framed, and what follows a response.
//
// Phases: head -> exchange -> ending -> closed. Where a connection may be used again, draining takes the place of ending while content
// that nobody reads still comes, and head follows. Lingering is between ending and closed when the peer may still be sending, as
// late_bytes.ts explains. A response that fails is cut instead of ending.
import { ProtocolError, type DecoderEvent, type RequestDecoder, type RequestHead } from '../index.js'
import type { Connection, Service } from './connection.js'
import { ServerError, type ServerErrorCode } from './errors.js'
import { refusals, responses } from './events.js'
import { Exchange, type ExchangeHost } from './exchange.js'
import { type ContentOwner, IncomingContent, kept, NO_CONTENT } from './incoming_content.js'
import { LateBytes, LINGER_TIME } from './late_bytes.js'
import type { ServerRequest } from './request.js'
import { plainResponse, type ResponsePlan, whole } from './response.js'
import type { Chunk, Receiver, Transport } from './transport.js'

/** Enough to tell protocols apart. */
const FIRST_BYTES = 64
/** Bytes that are held unread before the peer has to wait, and when it may go on. */
const PAUSE_BYTES = 65536
const RESUME_BYTES = 16384
/** Content of a request that has been answered unread: so much is taken before the connection is given up instead. */
export const DRAIN_BYTES = 65536
/** What a silent connection still gets when the server closes: its request may be on the way. Milliseconds. */
export const LAST_CALL = 500

type Phase = 'head' | 'exchange' | 'draining' | 'ending' | 'lingering' | 'cut' | 'closed'

export abstract class PeerConnection implements Connection, Receiver, ExchangeHost, ContentOwner {
  protected readonly transport: Transport
  protected readonly service: Service
  protected readonly decoder: RequestDecoder
  protected phase: Phase = 'head'
  /** The request that is being answered, its content, and, for those who want to hear of them, those whose response is not sent yet. */
  protected exchange: Exchange | undefined
  protected content: IncomingContent = NO_CONTENT
  readonly #unsent: Exchange[] = []
  /** Bytes that have come and that the decoder has not taken. */
  protected waiting = 0
  protected peerHasEnded = false
  /** Where the connection begins, until a request has come. */
  #firstBytes: Uint8Array | undefined
  #begun = false
  /** Whether the system has yet to take bytes that were written. */
  protected writing = false
  /** Milliseconds: in the phases of head and lingering, and without the peer taking any bytes. */
  protected age = 0
  /** Whether `advance` is at work. */
  protected advancing = false
  #stall = 0
  #paused = false
  readonly #late: LateBytes = new LateBytes()

  constructor (transport: Transport, service: Service, decoder: RequestDecoder) {
    this.transport = transport
    this.service = service
    this.decoder = decoder
    transport.start(this)
  }

  get remoteAddress (): string | undefined {
    return this.transport.remoteAddress
  }

  // --- what a protocol is ---------------------------------------------------------------------------------------------------------

  /** Takes a head; the method that it has. Throws ProtocolError. */
  protected abstract accept (head: RequestHead): string
  abstract frame (plan: ResponsePlan): void
  abstract write (chunk: Chunk): boolean
  abstract finish (chunk?: Chunk): void
  abstract contentWanted (): void
  /** Milliseconds that the phase of head may take. */
  protected abstract headTime (): number
  /** Whether the peer is to send content now, which it may not if it waits for a word. */
  protected abstract contentIsDue (): boolean
  /** Whether bytes beyond the last request are likely. */
  protected abstract mayGoOn (): boolean
  abstract lastCall (): void
  abstract leaveIfIdle (): void

  // --- what the transport tells ---------------------------------------------------------------------------------------------------

  data (bytes: Uint8Array): void {
    switch (this.phase) {
      case 'head':
      case 'exchange':
      case 'draining':
        if (!this.#begun) this.#keepFirst(bytes)
        this.waiting += bytes.length
        this.decoder.push(this.phase === 'head' ? bytes : kept(bytes))
        return this.advance()
      case 'ending':
      case 'lingering':
        if (this.#late.take(bytes.length)) this.destroy()
        return
      case 'cut':
      case 'closed':
    }
  }

  /** They say what came, should it turn out to be no request. */
  #keepFirst (bytes: Uint8Array): void {
    const before = this.#firstBytes
    if (before === undefined) this.#firstBytes = bytes.subarray(0, FIRST_BYTES)
    else if (before.length < FIRST_BYTES) this.#firstBytes = Buffer.concat([before, bytes]).subarray(0, FIRST_BYTES)
  }

  peerEnded (): void {
    this.peerHasEnded = true
    if (this.phase === 'lingering') return this.destroy()
    this.advance()
    if (this.phase === 'exchange') this.exchange!.request.abandon(new ServerError('ERR_SERVER_PEER_CLOSED'))
  }

  drain (): void {
    this.writing = this.phase === 'ending'
    this.#stall = 0
    this.#settleSent()
    this.exchange?.drain()
    this.advance()
  }

  sent (): void {
    this.writing = false
    if (this.phase !== 'ending') return
    this.#settleSent()
    if (this.peerHasEnded || (this.#late.isExact && !this.mayGoOn())) return this.destroy()
    this.phase = 'lingering'
    this.age = 0
  }

  closed (): void {
    if (this.phase === 'closed') return
    this.phase = 'closed'
    // Nearly always everything has been said, and an Error would be the dearest part of this function.
    if (this.exchange !== undefined || this.#unsent.length > 0) {
      const error = this.#truncation() ?? new ServerError('ERR_SERVER_PEER_CLOSED')
      this.content.fail(error)
      this.#settle(error)
    }
    this.service.closed(this)
  }

  // --- request --------------------------------------------------------------------------------------------------------------------

  /** Goes as far as the bytes that are there lead. A call from within, by a response that is complete at once, leaves it to the first. */
  protected advance (): void {
    if (this.advancing) return
    this.advancing = true
    for (;;) {
      if (this.#expectsContent()) this.#takeContent()
      if (this.phase === 'draining' && !this.#drained()) break
      if (this.phase !== 'head' || !this.mayBegin() || !this.#takeHead()) break
      this.exchange!.run(this.service.handler)
    }
    this.advancing = false
    this.#flow()
  }

  /** Whether the next request can be handled now. */
  protected mayBegin (): boolean {
    return true
  }

  /** The next head and what has come of its content. False: it is not there, or has been refused. */
  #takeHead (): boolean {
    const event = this.#next()
    if (event === null) return false
    if (event.type !== 'head') throw new Error('gatewire: a request does not begin with its head')
    const { head } = event
    this.waiting -= head.byteLength
    this.#begun = true
    this.#firstBytes = undefined
    let method
    try {
      method = this.accept(head)
    } catch (error) {
      this.#refuseFault(error)
      return false
    }
    const { framing } = head
    this.content = framing.kind === 'none' ? NO_CONTENT : new IncomingContent(this, framing.kind === 'length' ? framing.length : Infinity)
    this.phase = 'exchange'
    this.#takeContent()
    // When what there is of the content has been refused, there is no request that anybody has heard of.
    if (this.#isOver()) return false
    this.exchange = new Exchange(this.service.server, this, head, method, this.content)
    return true
  }

  #expectsContent (): boolean {
    return !this.content.complete && (this.phase === 'exchange' || this.phase === 'draining')
  }

  /** Whether nothing is taken of the peer any more. */
  #isOver (): boolean {
    return this.phase !== 'head' && this.phase !== 'exchange' && this.phase !== 'draining'
  }

  /** What there is of the content, up to its end. */
  #takeContent (): void {
    for (let event = this.#next(); event !== null; event = this.#next()) {
      if (event.type === 'content') {
        this.waiting -= event.bytes.length
        this.content.add(event.bytes)
      } else {
        // What chunks cost besides their content is known to the decoder only.
        if (this.content.announced === Infinity) this.waiting = this.decoder.rest().length
        return this.content.end()
      }
    }
    if (this.content.announced === Infinity) this.waiting = 0
  }

  /** The next event; null: none, be it that more bytes are needed or that the request has been refused. */
  #next (): DecoderEvent | null {
    try {
      const event = this.decoder.next()
      if (event === null && this.peerHasEnded) this.#endOfInput()
      return event
    } catch (error) {
      this.#refuseFault(error)
      return null
    }
  }

  /** The peer has closed, and everything that it sent has been looked at. It may still read, so what is incomplete is answered. */
  #endOfInput (): void {
    const error = this.#truncation()
    if (error !== undefined) this.refuse(error)
    else if (this.phase === 'head') this.end()
  }

  #truncation (): ProtocolError | undefined {
    try {
      this.decoder.end()
      return undefined
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return error
    }
  }

  /** Content that nobody reads: true when all of it has come, and the connection can be used again. */
  #drained (): boolean {
    if (this.content.complete) this.awaitHead()
    else if (this.content.dropped > DRAIN_BYTES) this.end()
    return this.phase === 'head'
  }

  /** The connection is used again. */
  protected awaitHead (): void {
    this.phase = 'head'
    this.age = 0
  }

  contentRead (): void {
    if (this.#paused) this.#flow()
  }

  /** Makes the peer wait when too many bytes of it are unread, and lets it go on. */
  #flow (): void {
    const held = this.content.unread + this.waiting
    if (this.#paused && held <= RESUME_BYTES) this.#resume()
    else if (!this.#paused && held >= PAUSE_BYTES && this.phase !== 'ending') {
      this.#paused = true
      this.transport.pause()
    }
  }

  #resume (): void {
    this.#paused = false
    this.content.forgiveSilence()
    this.transport.resume()
  }

  // --- response -------------------------------------------------------------------------------------------------------------------

  /** The response is complete, though perhaps not sent. */
  protected finished (): void {
    if (responses.hasSubscribers || refusals.hasSubscribers) this.#unsent.push(this.exchange!)
    this.exchange = undefined
    this.content.discard()
  }

  /** Sends bytes now. */
  protected send (chunk: Chunk): boolean {
    this.writing = !this.transport.write(chunk)
    if (!this.writing) this.#settleSent()
    return !this.writing
  }

  #settleSent (): void {
    while (this.#unsent.length > 0) this.#unsent.shift()!.sent()
  }

  abort (): void {
    this.exchange = undefined
    if (!this.peerHasEnded) this.content.discard()
    this.phase = 'cut'
    this.transport.abort()
  }

  /** Sends the last bytes. */
  protected end (chunk?: Chunk): void {
    const { content } = this
    this.phase = 'ending'
    this.#late.expect(content.complete ? 0 : content.announced - content.received, this.waiting)
    this.#stall = 0
    this.writing = true
    this.transport.end(chunk)
    // From here on only so much is taken as the peer needs to get to its own reading.
    if (this.#paused) this.#resume()
  }

  destroy (): void {
    this.transport.destroy()
  }

  // --- refusals -------------------------------------------------------------------------------------------------------------------

  #refuseFault (error: unknown): void {
    if (!(error instanceof ProtocolError)) throw error
    this.refuse(error)
  }

  protected refuse (error: ProtocolError | ServerError): void {
    const { exchange } = this
    const method = exchange?.request.get('REQUEST_METHOD') ?? ''
    const answerable = error.status > 0 && exchange?.headSent !== true
    const answered = this.phase === 'draining'
    this.content.fail(error)
    if (answerable) this.#settleRunning(error)
    else this.#settle(error)
    if (!answerable) return this.abort()
    this.#late.expectMore()
    if (answered) return this.end()
    const plan = plainResponse(error.status, error.message, method)
    this.frameLast(plan)
    this.end(whole(plan.head, plan.body as string | undefined))
  }

  /** As `frame`, of a response after which the connection is closed. */
  protected frameLast (plan: ResponsePlan): void {
    this.frame(plan)
  }

  /** Says how all requests ended that have not been answered to their end. */
  #settle (error: ProtocolError | ServerError): void {
    for (const { request } of this.#unsent) this.#publish(error, request)
    const none = this.#unsent.length === 0
    this.#unsent.length = 0
    if (none || this.exchange !== undefined) this.#settleRunning(error)
  }

  #settleRunning (error: ProtocolError | ServerError): void {
    const { exchange } = this
    this.exchange = undefined
    this.#publish(error, exchange?.request)
    exchange?.cancel(error instanceof ServerError ? error : new ServerError('ERR_SERVER_PEER_CLOSED'))
  }

  #publish (error: ProtocolError | ServerError, request: ServerRequest | undefined): void {
    if (!refusals.hasSubscribers) return
    const { server } = this.service
    refusals.publish({ server, remoteAddress: this.remoteAddress, request, error, firstBytes: this.#firstBytes && Buffer.from(this.#firstBytes) })
  }

  // --- time -----------------------------------------------------------------------------------------------------------------------

  tick (elapsed: number): void {
    if (this.phase === 'cut') return
    const { times } = this.service
    // While a response keeps the next head from being looked at, its time does not run.
    if (this.phase !== 'head' || !this.writing) this.age += elapsed
    if (this.phase === 'head' && this.age >= this.headTime()) {
      if (this.waiting === 0 || this.#truncation() === undefined) this.destroy()
      else this.refuse(new ServerError('ERR_SERVER_HEAD_TIMEOUT'))
    } else if (this.phase === 'lingering') {
      if (this.age >= LINGER_TIME + times.resolution) this.destroy()
    } else if (this.writing && (this.#stall += elapsed) >= times.idle) {
      this.refuse(new ServerError('ERR_SERVER_WRITE_TIMEOUT'))
    } else if (this.#contentIsLate(elapsed)) {
      this.refuse(new ServerError('ERR_SERVER_CONTENT_TIMEOUT'))
    }
  }

  #contentIsLate (elapsed: number): boolean {
    return this.#expectsContent() && !this.#paused && this.contentIsDue() && this.content.isLate(elapsed, this.service.times)
  }

  /** The server does not wait any longer. */
  giveUp (code: ServerErrorCode): void {
    // What waits to be sent is not complete, and the end of the connection could be taken for its end.
    if (this.phase === 'exchange' || (this.writing && this.phase !== 'cut')) this.refuse(new ServerError(code))
    else if (this.phase !== 'cut') this.destroy()
  }
}
