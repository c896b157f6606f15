// One HTTP/1.x connection: requests one after the other, each answered before the next is looked at. How responses are framed and when
// the connection ends is decided here (RFC 9112 sections 6, 7 and 9); what all connections do is in peer_connection.ts.
import { RequestDecoder, type RequestHead } from '../index.js'
import type { Service } from './connection.js'
import { dateLine } from './date.js'
import { GatheredChunks } from './gathered_chunks.js'
import { DRAIN_BYTES, LAST_CALL, PeerConnection } from './peer_connection.js'
import type { ResponsePlan } from './response.js'
import { headOf } from './response_lines.js'
import { WRITE_BYTES } from './response_body.js'
import type { Chunk, Transport } from './transport.js'

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

export class HttpConnection extends PeerConnection {
  /** The request that is being answered: whether the peer wants to go on, knows chunks, waits for 100 (Continue). */
  #keepAlive = true
  #chunks = true
  #awaitsContinue = false
  /** Nothing is parsed after the request that is being answered, and its response says so. */
  #last = false
  /** The response to come is the last one, whatever the request. */
  #closing = false
  /** Whether a request has been answered. */
  #served = false
  /** Milliseconds that the first byte may take. */
  #firstByteTime: number
  /** Responses that are complete, to be sent together. */
  readonly #gathered: GatheredChunks = new GatheredChunks()

  constructor (transport: Transport, service: Service) {
    super(transport, service, new RequestDecoder(service.decoding, { ...service.decoding.connection, ...transport.ends }))
    this.#firstByteTime = service.times.head
  }

  // --- requests -------------------------------------------------------------------------------------------------------------------

  override data (bytes: Uint8Array): void {
    if (this.phase === 'head' && this.waiting === 0) this.age = 0
    super.data(bytes)
  }

  protected override headTime (): number {
    const { head, keepAlive } = this.service.times
    return this.waiting > 0 ? head : this.#served ? keepAlive : this.#firstByteTime
  }

  protected override accept (head: RequestHead): string {
    this.#keepAlive = head.keepAlive
    this.#chunks = head.get('SERVER_PROTOCOL') !== 'HTTP/1.0'
    this.#awaitsContinue = head.expectContinue && head.framing.kind !== 'none'
    // No other protocol is spoken here, so the request is answered as if it had not asked (RFC 9110 section 7.8).
    if (head.upgrade !== undefined) this.decoder.resume()
    return head.get('REQUEST_METHOD')!
  }

  /** Responses are answered in order, and what waits to be sent has a bound: a peer that does not read is not answered. */
  protected override mayBegin (): boolean {
    if (this.#gathered.size >= WRITE_BYTES) this.#flush()
    return !this.writing
  }

  protected override advance (): void {
    super.advance()
    if (this.advancing) return
    if (this.#gathered.size > 0) this.#flush()
    if (this.#closing) this.leaveIfIdle()
  }

  /** Never after content has come, or the final response has begun (RFC 9110 section 10.1.1). */
  override contentWanted (): void {
    if (!this.#awaitsContinue || this.content.received > 0 || this.phase !== 'exchange' || this.exchange?.headSent !== false) return
    this.#awaitsContinue = false
    this.#gathered.add(CONTINUE)
    this.#flush()
  }

  /** A peer that waits for 100 (Continue) owes nothing before it has it. */
  protected override contentIsDue (): boolean {
    return !this.#awaitsContinue || this.content.received > 0 || this.exchange?.headSent === true
  }

  // --- responses ------------------------------------------------------------------------------------------------------------------

  /** RFC 9112 section 6.3, seen from the side that answers. */
  override frame (plan: ResponsePlan): void {
    plan.chunked = plan.length === undefined && this.#chunks
    this.#last = !this.#mayBeReused() || (plan.length === undefined && !this.#chunks)
    const date = plan.lines.dated ? '' : dateLine()
    const connection = this.#last ? 'Connection: close\r\n' : this.#chunks ? '' : 'Connection: keep-alive\r\n'
    const framing = plan.chunked ? 'Transfer-Encoding: chunked\r\n' : plan.lengthLine
    plan.head = headOf(plan.lines, date, connection, framing)
  }

  #mayBeReused (): boolean {
    if (!this.#keepAlive || this.#closing || (this.peerHasEnded && this.waiting === 0)) return false
    const { content } = this
    if (content.complete) return true
    // The peer may or may not send what it was never asked for, so what follows could be either.
    if (this.#awaitsContinue && content.received === 0) return false
    return content.isRead || content.announced === Infinity || content.announced - content.received <= DRAIN_BYTES
  }

  protected override frameLast (plan: ResponsePlan): void {
    this.#closing = true
    this.frame(plan)
  }

  override write (chunk: Chunk): boolean {
    if (this.phase !== 'exchange') return true
    this.#gathered.add(chunk)
    return this.#flush()
  }

  override finish (chunk?: Chunk): void {
    if (this.phase !== 'exchange') return
    this.finished()
    this.#served = true
    if (chunk !== undefined) this.#gathered.add(chunk)
    if (this.#last) return this.end()
    if (this.content.complete) this.awaitHead()
    else this.phase = 'draining'
    this.advance()
  }

  #flush (): boolean {
    return this.send(this.#gathered.take())
  }

  protected override end (chunk?: Chunk): void {
    if (chunk !== undefined) this.#gathered.add(chunk)
    super.end(this.#gathered.size > 0 ? this.#gathered.take() : undefined)
  }

  override abort (): void {
    if (this.#gathered.size > 0) this.#flush()
    super.abort()
  }

  /** A peer that has asked to close sends nothing more. */
  protected override mayGoOn (): boolean {
    return this.#keepAlive
  }

  // --- the server's closing -------------------------------------------------------------------------------------------------------

  override lastCall (): void {
    this.#closing = true
    this.#firstByteTime = Math.min(this.#firstByteTime, this.age + LAST_CALL)
  }

  override leaveIfIdle (): void {
    if (this.#served && this.phase === 'head' && this.waiting === 0 && !this.writing) this.destroy()
  }
}
