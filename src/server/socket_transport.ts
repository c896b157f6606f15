// The transport over net.Socket, for where there are no native sockets. Knows no protocol. The event functions are shared by all sockets,
// so a connection costs no closures.
import type { Socket } from 'node:net'
import { keepWhole } from '../sockets/index.js'
import { type Chunk, type Ends, NO_ENDS, type Receiver, RESET_DELAY, type Transport } from './transport.js'

const RECEIVER = Symbol('receiver')
type Carrier = Socket & { [RECEIVER]: Receiver }

function onData (this: Carrier, bytes: Uint8Array): void {
  keepWhole(bytes.buffer) // behind content there may be the next request
  this[RECEIVER].data(bytes)
}
function onEnd (this: Carrier): void { this[RECEIVER].peerEnded() }
function onFinish (this: Carrier): void { this[RECEIVER].sent() }
function onClose (this: Carrier): void { this[RECEIVER].closed() }
/** Resets and broken pipes are how a peer goes; 'close' follows and tells. */
function onError (): void {}

/** Needs a socket that was accepted with `allowHalfOpen`. */
export class SocketTransport implements Transport {
  readonly #socket: Socket
  readonly #tcp: boolean
  #written = false
  /** Writes that the system has not taken, and whether somebody waits for that. */
  #pending = 0
  #awaited = false
  #receiver: Receiver | undefined
  /** One for all writes of a connection: the sockets of net collect calls of the same function. */
  readonly #onWritten = (error?: Error | null): void => {
    // Writes of a socket that was destroyed end without an error.
    if (--this.#pending > 0 || !this.#awaited || error || this.#socket.destroyed) return
    this.#awaited = false
    this.#receiver!.drain()
  }

  constructor (socket: Socket, tcp: boolean) {
    this.#socket = socket
    this.#tcp = tcp
  }

  get remoteAddress (): string | undefined {
    return this.#tcp ? this.#socket.remoteAddress : undefined
  }

  get ends (): Ends {
    if (!this.#tcp) return NO_ENDS
    const { remoteAddress, remotePort, localAddress, localPort } = this.#socket
    return { remoteAddress, remotePort, localAddress, localPort }
  }

  start (receiver: Receiver): void {
    const socket = this.#socket as Carrier
    this.#receiver = socket[RECEIVER] = receiver
    socket.on('error', onError)
    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('finish', onFinish)
    socket.on('close', onClose)
  }

  write (chunk: Chunk): boolean {
    // Nothing waits on a socket that is gone, yet nothing was taken: who went on writing would do so for ever, and keep its end from being told.
    if (this.#socket.destroyed) return false
    // A response in one piece goes out with `end`; only one in several pieces would wait for the peer's acknowledgement.
    if (!this.#written && this.#tcp) this.#socket.setNoDelay(true)
    this.#written = true
    this.#pending++
    if (typeof chunk === 'string') this.#socket.write(chunk, 'latin1', this.#onWritten)
    else this.#socket.write(chunk, this.#onWritten)
    this.#awaited = this.#socket.writableLength > 0
    return !this.#awaited
  }

  end (chunk?: Chunk): void {
    if (chunk === undefined) this.#socket.end()
    else if (typeof chunk === 'string') this.#socket.end(chunk, 'latin1')
    else this.#socket.end(chunk)
  }

  pause (): void { this.#socket.pause() }
  resume (): void { this.#socket.resume() }
  destroy (): void { this.#socket.destroy() }

  abort (): void {
    if (!this.#tcp) this.#socket.destroy()
    else if (!this.#written) this.#socket.resetAndDestroy()
    else setTimeout(() => { this.#socket.resetAndDestroy() }, RESET_DELAY)
  }
}
