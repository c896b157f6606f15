// One connection of `gatewire inspect --listen`: finds out what is spoken, where each request ends, has it printed, and answers it. What a
// request is, the codec and examine.ts know; where it is printed, the host does.
import { decodeUwsgi, ProtocolError, RequestDecoder, type RequestHead } from '../index.js'
import type { Receiver, Transport } from '../server/transport.js'
import { attempt } from './attempt.js'
import { examine, type Examination, type Protocol } from './examine.js'
import { recognise } from './hints.js'
import { KeptBytes } from './kept_bytes.js'
import { CONTINUE, liveAnswer } from './live_answer.js'
import { hostAndPort, peerName } from './serving.js'

/** A request, or what came in place of one. */
export interface Seen {
  /** Its number on its connection, from 1. */
  readonly request: number
  readonly bytes: Uint8Array
  readonly total: number
  readonly examination: Examination
  /** undefined: it gets no answer. */
  readonly status: number | undefined
}

export interface LiveHost {
  readonly protocol: Protocol
  /** For requests that are in order. */
  readonly status: number
  readonly seen: (connection: LiveConnection, seen: Seen) => void
  /** What is worth a line: nothing came, or nothing comes any more. */
  readonly noticed: (connection: LiveConnection, text: string) => void
  readonly closed: (connection: LiveConnection) => void
}

/** Seconds without a byte after which that is said, and after which the connection is closed. */
const QUIET = 5
const IDLE = 60
const HEADER_BYTES = 4
/** Enough to tell protocols apart. */
const FIRST_BYTES = 64
/** The beginning of a method, maybe behind an empty line. */
const MAY_BE_HTTP = /^[\r\n]{0,2}[!#$%&'*+\-.^_`|~0-9A-Za-z]*$/

export class LiveConnection implements Receiver {
  readonly number: number
  readonly peer: string
  readonly #transport: Transport
  readonly #host: LiveHost
  /** What is spoken: undefined until that is clear; 'over': everything was said. */
  #spoken: 'uwsgi' | 'http' | 'over' | undefined
  #kept = new KeptBytes()
  #requests = 0
  #decoder: RequestDecoder | undefined
  #head: RequestHead | undefined
  /** Bytes that a uwsgi request has with its content, as soon as that is known. */
  #needed = HEADER_BYTES
  #peerHasEnded = false
  #idle = 0

  constructor (transport: Transport, number: number, host: LiveHost) {
    const { remoteAddress, remotePort } = transport.ends
    this.number = number
    this.peer = remoteAddress === undefined ? peerName(undefined) : hostAndPort(remoteAddress, remotePort)
    this.#transport = transport
    this.#host = host
    transport.start(this)
  }

  // --- what the transport tells -----------------------------------------------------------------------------------------------------

  data (bytes: Uint8Array): void {
    this.#idle = 0
    if (this.#spoken === 'over') return
    this.#kept.add(bytes)
    this.#spoken ??= this.#protocolOf()
    if (this.#spoken === 'uwsgi') this.#readPacket()
    // The decoder has to be told what came before that was clear.
    else if (this.#spoken === 'http') this.#readRequests(this.#decoder === undefined ? this.#kept.bytes : Buffer.from(bytes))
  }

  peerEnded (): void {
    this.#peerHasEnded = true
    if (this.#spoken === 'over') this.#transport.destroy()
    else this.#leave('the peer closed without a byte: a check whether the port is open?')
  }

  drain (): void {
    this.resume()
  }

  sent (): void {
    if (this.#peerHasEnded) this.#transport.destroy()
  }

  closed (): void {
    if (this.#spoken !== 'over' && this.#kept.total > 0) this.#finish(undefined)
    this.#host.closed(this)
  }

  // --- what the host tells ----------------------------------------------------------------------------------------------------------

  pause (): void {
    this.#transport.pause()
  }

  resume (): void {
    this.#transport.resume()
  }

  /** To be called each second. */
  tick (): void {
    this.#idle++
    if (this.#idle === QUIET && this.#spoken === 'over') this.#transport.destroy()
    if (this.#idle === QUIET && this.#spoken !== 'over' && this.#kept.total > 0) {
      const { total } = this.#kept
      const missing = this.#spoken === 'uwsgi' && this.#needed > total ? `; a uwsgi server waits for ${this.#needed - total} more` : ''
      this.#host.noticed(this, `${total} ${total === 1 ? 'byte has' : 'bytes have'} come so far, and nothing for ${QUIET} seconds${missing}`)
    }
    if (this.#idle >= IDLE) this.#leave(`nothing came for ${IDLE} seconds`)
  }

  /** What has come is printed before this returns. */
  close (): void {
    this.#leave(undefined)
  }

  // --- requests ---------------------------------------------------------------------------------------------------------------------

  #protocolOf (): 'uwsgi' | 'http' | 'over' | undefined {
    const { protocol } = this.#host
    if (protocol !== 'auto') return protocol
    const start = this.#kept.bytes.subarray(0, FIRST_BYTES)
    const hint = recognise(start, 'uwsgi')
    if (hint?.code === 'HTTP_REQUEST') return 'http'
    if (hint !== undefined) {
      this.#finish(undefined)
      return 'over'
    }
    return start.length < FIRST_BYTES && MAY_BE_HTTP.test(Buffer.from(start).toString('latin1')) ? undefined : 'uwsgi'
  }

  #readPacket (): void {
    const { total } = this.#kept
    if (total < this.#needed) return
    if (this.#head === undefined) {
      const { bytes } = this.#kept
      const end = HEADER_BYTES + (bytes[1]! | bytes[2]! << 8)
      this.#needed = end
      if (total < end) return
      const head = attempt(() => decodeUwsgi(bytes))
      if (head === null || head instanceof ProtocolError) return this.#finish(head?.status ?? 400)
      this.#head = head
      if (head.framing.kind === 'length') this.#needed = end + head.framing.length
      if (total < this.#needed) return
    }
    this.#finish(this.#host.status)
  }

  #readRequests (bytes: Uint8Array): void {
    this.#decoder ??= new RequestDecoder({ protocol: 'http' })
    const decoder = this.#decoder
    decoder.push(bytes)
    try {
      for (let event = decoder.next(); event !== null; event = decoder.next()) {
        if (event.type === 'head') {
          this.#head = event.head.detach()
          if (this.#head.expectContinue && this.#head.framing.kind !== 'none') this.#transport.write(CONTINUE)
        } else if (event.type === 'end') {
          this.#finishRequest(decoder)
        }
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#finish(error.status)
    }
  }

  /** An HTTP request is complete, and others may follow. */
  #finishRequest (decoder: RequestDecoder): void {
    const { bytes, total } = this.#kept
    const rest = Buffer.from(decoder.rest())
    const length = total - rest.length
    const head = this.#head!
    this.#print(bytes.subarray(0, length), length, this.#host.status)
    this.#kept = new KeptBytes()
    this.#kept.add(rest)
    this.#head = undefined
    if (head.keepAlive && head.upgrade !== undefined) decoder.resume()
    const answer = liveAnswer(this.#host.status, this.#answerText(length), head, head.keepAlive)
    if (!head.keepAlive) this.#end(answer)
    else if (!this.#transport.write(answer)) this.#transport.pause()
  }

  /** What came is all that is to be seen of this connection. `status`: of the answer; undefined: there is none. */
  #finish (status: number | undefined): void {
    const { bytes, total } = this.#kept
    this.#print(bytes, total, status)
    if (status === undefined) this.#end(undefined)
    else this.#end(liveAnswer(status, this.#answerText(total), this.#head, false))
  }

  #answerText (length: number): string {
    return `gatewire inspect: connection ${this.number}, request ${this.#requests}: ${length} bytes, printed where it runs`
  }

  #print (bytes: Uint8Array, total: number, status: number | undefined): void {
    this.#requests++
    const protocol = this.#spoken === 'uwsgi' || this.#spoken === 'http' ? this.#spoken : this.#host.protocol
    this.#host.seen(this, { request: this.#requests, bytes, total, examination: examine(bytes, total, protocol), status })
  }

  #end (answer: Buffer | undefined): void {
    this.#spoken = 'over'
    this.#idle = 0
    this.#transport.end(answer)
    if (answer === undefined && this.#peerHasEnded) this.#transport.destroy()
  }

  /** Nothing more comes. `why`: to be said where nothing has come at all. */
  #leave (why: string | undefined): void {
    if (this.#kept.total > 0 && this.#spoken !== 'over') {
      this.#finish(undefined)
    } else if (this.#requests === 0 && why !== undefined) {
      this.#host.noticed(this, why)
    }
    this.#spoken = 'over'
    this.#transport.destroy()
  }
}
