// One request and its response: calls the handler, writes what it gives, and makes sure that a failure looks like one from outside.
// Knows neither how requests arrive nor how their end is marked: that is its host's, the connection of some protocol.
import type { RequestHead } from '../index.js'
import { ServerError, type ServerErrorCode } from './errors.js'
import { publishError, requests, responses } from './events.js'
import { type ContentSource, IncomingRequest, type ServerRequest } from './request.js'
import { plainResponse, planResponse, type ResponsePlan, type ServerResponse, whole } from './response.js'
import { bytesOf, discardBody, isAsync, isPromise, joined, type Pieces, slices, WRITE_BYTES } from './response_body.js'
import type { Chunk } from './transport.js'

/** Answers requests. It may return its response, or a promise of one; what it throws is answered with 500. */
export type Handler = (request: ServerRequest) => ServerResponse | PromiseLike<ServerResponse>

/** What an exchange needs of its connection. */
export interface ExchangeHost {
  readonly remoteAddress: string | undefined
  /** Writes the head of a response, and says whether its body goes out in chunks. */
  frame: (plan: ResponsePlan) => void
  /** Sends bytes of the response. False: wait until the exchange is told `drain`. */
  write: (chunk: Chunk) => boolean
  /** The response is complete with these bytes. */
  finish: (chunk?: Chunk) => void
  /** The response has begun and cannot be completed. */
  abort: () => void
  /** There will be no response, for this reason. */
  giveUp: (code: ServerErrorCode) => void
}

const INTERNAL_ERROR = 'Internal Server Error'

/** The chunk that ends a body in chunks, and its empty trailer section (RFC 9112 section 7.1). */
const LAST_CHUNK = '0\r\n\r\n'

/**
 * Writes of a body, WRITE_BYTES each at most, until others have their turn: one that never waits, of a peer that takes all of it, would be
 * the only thing that this process does.
 */
const WRITES = 16
const aTurn = (): Promise<void> => new Promise(resolve => { setImmediate(resolve) })

export class Exchange {
  readonly request: IncomingRequest
  readonly #server: object
  readonly #host: ExchangeHost
  readonly #method: string
  /** Over: the response is complete or will never be. What the handler still gives is closed unread. */
  #over = false
  #headSent = false
  #status = 0
  #contentBytes = 0
  #writes = 0
  /** The body that is being written, to close it when the peer goes. */
  #body: unknown
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined
  #wake: (() => void) | undefined

  constructor (server: object, host: ExchangeHost, head: RequestHead, method: string, content: ContentSource) {
    this.#server = server
    this.#host = host
    this.#method = method
    this.request = new IncomingRequest(head, content)
  }

  /** Whether bytes of a response have been sent. */
  get headSent (): boolean {
    return this.#headSent
  }

  run (handler: Handler): void {
    if (requests.hasSubscribers) {
      requests.publish({ server: this.#server, request: this.request, remoteAddress: this.#host.remoteAddress })
    }
    let given
    let promised: Promise<ServerResponse> | undefined
    try {
      given = handler(this.request)
      // What is only like a promise may throw, call back at once, or twice.
      if (isPromise(given)) promised = Promise.resolve(given)
    } catch (error) {
      this.#fail(error)
      return
    }
    if (promised !== undefined) promised.then(response => this.#respond(response), error => this.#fail(error))
    else this.#respond(given as ServerResponse)
  }

  /** The system has taken all of the response. */
  sent (): void {
    if (!responses.hasSubscribers) return
    responses.publish({ server: this.#server, request: this.request, status: this.#status, contentBytes: this.#contentBytes })
  }

  /** The transport takes bytes again. */
  drain (): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  /** Nobody will get what follows. Ends the body that is being written; the handler learns it from `signal`. */
  cancel (reason: ServerError): void {
    if (this.#over) return
    this.#over = true
    discardBody(this.#body, this.#iterator)
    this.request.abandon(reason)
    this.drain()
  }

  #respond (response: ServerResponse): void {
    if (this.#over) {
      discardBody(response?.body)
      return
    }
    let plan
    try {
      plan = planResponse(response, this.#method)
      this.#host.frame(plan)
    } catch (error) {
      discardBody(response?.body)
      this.#fail(error)
      return
    }
    const { head, body, length } = plan
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
      const size = body === undefined ? 0 : body.length
      if (length !== undefined && length !== size) this.#cut(new ServerError('ERR_SERVER_CONTENT_LENGTH_MISMATCH'))
      else if (size > WRITE_BYTES) void this.#write(plan, slices(body as Uint8Array))
      else this.#complete(plan.status, whole(head, body), size)
      if (plan.body === undefined) discardBody(response.body)
    } else {
      void this.#write(plan, body)
    }
  }

  /** Writes head and pieces as fast as the transport takes them. Never rejects. */
  async #write ({ status, head, length, chunked }: ResponsePlan, body: Pieces): Promise<void> {
    this.#body = body
    try {
      const paced = isAsync(body)
      const iterator = this.#iterator = paced ? body[Symbol.asyncIterator]() : body[Symbol.iterator]()
      // A body that takes its time must not hold up the head; any other begins in the same write.
      let held = head
      if (paced) {
        await this.#send(head)
        held = ''
      }
      for (;;) {
        let step = iterator.next() as IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>
        if (isPromise(step)) step = await step
        if (this.#over) return
        if (step.done === true) break
        const bytes = bytesOf(step.value)
        this.#contentBytes += bytes.length
        // The surplus is not sent, nor anything of its piece: the peer is to see too little rather than a complete body.
        if (length !== undefined && this.#contentBytes > length) throw new ServerError('ERR_SERVER_CONTENT_LENGTH_MISMATCH')
        for (const slice of bytes.length > WRITE_BYTES ? slices(bytes) : [bytes]) {
          if (slice.length === 0) continue
          await this.#send(chunked ? joined(`${held}${slice.length.toString(16)}\r\n`, slice, '\r\n') : held === '' ? slice : joined(held, slice))
          held = ''
          if (this.#over) return
        }
      }
      if (length !== undefined && this.#contentBytes < length) throw new ServerError('ERR_SERVER_CONTENT_LENGTH_MISMATCH')
      if (chunked) held += LAST_CHUNK
      this.#complete(status, held === '' ? undefined : held, this.#contentBytes)
    } catch (error) {
      discardBody(this.#body, this.#iterator)
      if (error instanceof ServerError && error.code === 'ERR_SERVER_CONTENT_LENGTH_MISMATCH') this.#cut(error)
      else this.#fail(error)
    }
  }

  /** Sends bytes; a promise when more have to wait. */
  #send (chunk: Chunk): Promise<void> | undefined {
    if (this.#over) return undefined
    this.#headSent = true
    if (this.#host.write(chunk)) return ++this.#writes % WRITES === 0 ? aTurn() : undefined
    return new Promise(resolve => { this.#wake = resolve })
  }

  #complete (status: number, chunk: Chunk | undefined, contentBytes: number): void {
    this.#over = true
    this.#headSent = true
    this.#status = status
    this.#contentBytes = contentBytes
    this.#host.finish(chunk)
  }

  /** The handler or its body failed: 500 as long as that is possible, with a body that says nothing of the reason. */
  #fail (error: unknown): void {
    if (this.#over) return
    // A handler that gives up because the peer has gone does what it should.
    if (this.request.explains(error)) {
      this.#host.giveUp('ERR_SERVER_PEER_CLOSED')
      return
    }
    if (this.#headSent) {
      this.#cut(error)
      return
    }
    publishError({ server: this.#server, request: this.request, error, cut: false })
    const plan = plainResponse(500, INTERNAL_ERROR, this.#method)
    this.#host.frame(plan)
    const body = plan.body as string | undefined
    this.#complete(500, whole(plan.head, body), body === undefined ? 0 : body.length)
  }

  /** Ends a response so that the peer cannot take it for a complete one. */
  #cut (error: unknown): void {
    if (this.#over) return
    this.#over = true
    publishError({ server: this.#server, request: this.request, error, cut: true })
    this.#host.abort()
  }
}
