// A listener on native sockets. Knows no protocol.
import type { AddressInfo } from 'node:net'
import { constants } from 'node:os'
import { setWatcher, type ThreadSockets, type Watcher } from '../sockets/index.js'
import { isTcp } from './address.js'
import type { Acceptor, Listener } from './listener.js'
import { NativeTransport } from './native_transport.js'
import type { SocketFile } from './socket_file.js'
import { systemError } from './system_error.js'

const { EAGAIN, ECONNABORTED } = constants.errno
/** Connections accepted until others have their turn. */
const ACCEPTS = 64
/** When it closes, far more than can wait. A flood is not to keep it open. */
const LAST_ACCEPTS = 4096
/** Milliseconds without accepting when the system refuses it: too many open files, most of all. Those who wait stay in the backlog. */
const REST = 100

/** How many listeners keep the process alive. Connections do, too. */
let referenced = 0

export class NativeListener implements Listener, Watcher {
  readonly #sockets: ThreadSockets
  readonly #number: number
  readonly #address: AddressInfo | string | null
  readonly #file: SocketFile | undefined
  readonly #acceptor: Acceptor
  readonly #tcp: boolean
  #referenced = false
  #closed = false

  /** `number`: of the socket, which belongs to the listener from then on. Throws the error of the system. */
  constructor (sockets: ThreadSockets, number: number, address: AddressInfo | string | null, file: SocketFile | undefined, acceptor: Acceptor) {
    this.#sockets = sockets
    this.#number = number
    this.#address = address
    this.#file = file
    this.#acceptor = acceptor
    this.#tcp = isTcp(address)
    setWatcher(number, this)
    this.ref()
    const result = sockets.calls.setAccepting(number, 1)
    if (result === 0) return
    this.#close()
    throw systemError(result, 'listen')
  }

  address (): AddressInfo | string | null {
    return this.#closed ? null : this.#address
  }

  ready (): void {
    this.#accept(ACCEPTS)
  }

  #accept (most: number): void {
    for (let accepted = 0; accepted < most && !this.#closed; accepted++) {
      const connection = this.#sockets.calls.acceptConnection(this.#number)
      if (connection >= 0) this.#acceptor.accept(new NativeTransport(this.#sockets, connection, this.#tcp), this.#tcp)
      else if (connection === -EAGAIN) return
      else if (connection !== -ECONNABORTED) return this.#rest(connection)
    }
  }

  #rest (errno: number): void {
    this.#sockets.calls.setAccepting(this.#number, 0)
    setTimeout(() => {
      const result = this.#closed ? 0 : this.#sockets.calls.setAccepting(this.#number, 1)
      if (result < 0) this.#rest(result)
    }, REST).unref() // whether the process lives on is another matter
    this.#acceptor.failed(systemError(errno, 'accept'))
  }

  ref (): void {
    this.#refer(true)
  }

  unref (): void {
    this.#refer(false)
  }

  #refer (wanted: boolean): void {
    if (wanted === this.#referenced || this.#closed) return
    this.#referenced = wanted
    referenced += wanted ? 1 : -1
    this.#sockets.calls.keepAlive(referenced)
  }

  close (): Promise<void> {
    if (!this.#closed) {
      this.#accept(LAST_ACCEPTS)
      this.#close()
    }
    return Promise.resolve()
  }

  #close (): void {
    this.#refer(false)
    this.#closed = true
    setWatcher(this.#number, undefined)
    this.#file?.remove()
    this.#sockets.calls.closeSocket(this.#number, 0)
  }
}
