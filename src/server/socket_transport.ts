// The transport over net.Socket. Knows no protocol. The event functions are shared by all sockets, so a connection costs no closures.
import type { Socket } from 'node:net'
import type { Receiver, Transport } from './transport.js'

const RECEIVER = Symbol('receiver')
type Carrier = Socket & { [RECEIVER]: Receiver }

function onData (this: Carrier, bytes: Uint8Array): void { this[RECEIVER].data(bytes) }
function onEnd (this: Carrier): void { this[RECEIVER].peerEnded() }
function onDrain (this: Carrier): void { this[RECEIVER].drain() }
function onFinish (this: Carrier): void { this[RECEIVER].sent() }
function onClose (this: Carrier): void { this[RECEIVER].closed() }
/** Resets and broken pipes are how a peer goes; 'close' follows and tells. */
function onError (): void {}

/**
 * Between bytes and the reset that says that more should have followed, in milliseconds. A peer that finds both at once may read the
 * bytes, lose the error, and take the end of the connection for the end of the response.
 */
const RESET_DELAY = 200

/** Needs a socket that was accepted with `allowHalfOpen`. */
export class SocketTransport implements Transport {
  readonly #socket: Socket
  readonly #tcp: boolean
  #written = false

  constructor (socket: Socket, tcp: boolean) {
    this.#socket = socket
    this.#tcp = tcp
  }

  get remoteAddress (): string | undefined {
    return this.#tcp ? this.#socket.remoteAddress : undefined
  }

  start (receiver: Receiver): void {
    const socket = this.#socket as Carrier
    socket[RECEIVER] = receiver
    socket.on('error', onError)
    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('drain', onDrain)
    socket.on('finish', onFinish)
    socket.on('close', onClose)
  }

  write (bytes: Uint8Array): boolean {
    // A response in one piece goes out with `end`; only one in several pieces would wait for the peer's acknowledgement.
    if (!this.#written && this.#tcp) this.#socket.setNoDelay(true)
    this.#written = true
    return this.#socket.write(bytes)
  }

  end (bytes?: Uint8Array): void {
    if (bytes === undefined) this.#socket.end()
    else this.#socket.end(bytes)
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
