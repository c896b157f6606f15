// The server: listeners, who may connect, and the end of it all. What a connection does is its own business.
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type ListenAddress, parseAddress } from './address.js'
import { Clock } from './clock.js'
import type { Connect, Connection, Service } from './connection.js'
import { rangeError, ServerError, typeError } from './errors.js'
import { publishError, refusals } from './events.js'
import type { Handler } from './exchange.js'
import { HttpConnection } from './http_connection.js'
import { type Acceptor, type Listener, startListener } from './listener.js'
import { type ServerOptions, type Settings, settingsOf } from './options.js'
import type { Transport } from './transport.js'
import { UwsgiConnection } from './uwsgi_connection.js'

const CONNECTIONS: Readonly<Record<Settings['decoding']['protocol'], Connect>> = { uwsgi: UwsgiConnection, http: HttpConnection }

/** Turns of the event loop before connections without a request are closed: what has come on them by then is not lost. */
const LAST_TURNS = 4

/** Milliseconds between two errors of listening that are published. */
const COMPLAINT_INTERVAL = 1000

/** How to listen at one address. */
export interface ListenOptions {
  /** Permissions of a unix socket, 0 to 0o777: who may connect. Default: as the umask has it. 0o660 lets the group in. */
  mode?: number
}

/** A server. It keeps the process alive while it listens. */
export class Server {
  /** What its connections speak. */
  readonly protocol: ServerOptions['protocol']
  readonly #settings: Settings
  readonly #service: Service
  readonly #clock: Clock<Connection>
  readonly #listeners: Listener[] = []
  readonly #acceptor: Acceptor
  #complained = -COMPLAINT_INTERVAL
  #referenced = true
  #closing: Promise<void> | undefined
  /** Called when the last connection has closed. */
  #empty: (() => void) | undefined

  /** @internal */
  constructor (options: ServerOptions, handler: Handler) {
    this.#settings = settingsOf(options)
    if (typeof handler !== 'function') throw typeError('ERR_INVALID_ARG_TYPE', `the handler has to be a function, not ${typeof handler}`)
    const { decoding, times } = this.#settings
    this.#clock = new Clock(times.resolution)
    this.protocol = decoding.protocol
    this.#acceptor = {
      accept: (transport, tcp) => this.#accept(transport, tcp),
      failed: error => this.#complain(error)
    }
    this.#service = { server: this, handler, decoding, times, closed: connection => this.#forget(connection) }
  }

  /**
   * Listens, also on several addresses, one call for each. Resolves with what `address()` says of this one.
   *
   * A bare port is on 127.0.0.1. Whoever reaches a uwsgi port sets REMOTE_ADDR, REMOTE_USER and all other variables, so do not open it
   * to a network without the option `allow`. The file of a unix socket is removed first when no server accepts on it any more, and
   * never when it is something else; `close()` removes it.
   *
   * Rejects with ServerError `ERR_SERVER_ADDRESS_IN_USE`, `ERR_SERVER_NOT_A_SOCKET`, `ERR_SERVER_CLOSED`, with TypeError or RangeError
   * for a bad address or mode, and with the error of the system.
   */
  async listen (address: ListenAddress, options?: ListenOptions): Promise<AddressInfo | string | null> {
    const target = parseAddress(address)
    const mode = options?.mode
    if (mode !== undefined && !(Number.isInteger(mode) && mode >= 0 && mode <= 0o777)) {
      throw rangeError('ERR_OUT_OF_RANGE', 'mode has to be an integer from 0 to 0o777')
    }
    if (this.#closing !== undefined) throw new ServerError('ERR_SERVER_CLOSED')
    const listener = await startListener(target, mode, this.#acceptor)
    if (this.#closing !== undefined) {
      await listener.close()
      throw new ServerError('ERR_SERVER_CLOSED')
    }
    if (!this.#referenced) listener.unref()
    this.#listeners.push(listener)
    return listener.address()
  }

  /** What the first `listen` got, as of node:net: { address, family, port }, or the path of a unix socket. Null when not listening. */
  address (): AddressInfo | string | null {
    return this.#closing === undefined ? this.#listeners[0]?.address() ?? null : null
  }

  /** Lets the process live on while this server listens, which is the default. */
  ref (): this {
    this.#referenced = true
    for (const listener of this.#listeners) listener.ref()
    return this
  }

  /** Lets the process end although this server listens. */
  unref (): this {
    this.#referenced = false
    for (const listener of this.#listeners) listener.unref()
    return this
  }

  /**
   * Accepts nothing more, removes the unix sockets it made, lets running requests finish, and resolves when the last connection has
   * closed. What is not finished after `drainTimeout` is cut. Calling it again gives the same promise.
   */
  close (): Promise<void> {
    return (this.#closing ??= this.#drain())
  }

  async #drain (): Promise<void> {
    const listening = this.#listeners.map(listener => listener.close())
    for (const connection of this.#clock.timed) connection.lastCall()
    await Promise.all(listening)
    for (let turns = 0; turns < LAST_TURNS; turns++) await nextTurn()
    for (const connection of this.#clock.timed) connection.leaveIfIdle()
    const timer = setTimeout(() => {
      for (const connection of this.#clock.timed) connection.giveUp('ERR_SERVER_DRAIN_TIMEOUT')
    }, this.#settings.drainTimeout)
    if (this.#clock.timed.size > 0) await new Promise<void>(resolve => { this.#empty = resolve })
    clearTimeout(timer)
  }

  #forget (connection: Connection): void {
    this.#clock.delete(connection)
    if (this.#clock.timed.size === 0) this.#empty?.()
  }

  /** While there are no descriptors left, every attempt to accept fails, many times a second. */
  #complain (error: Error): void {
    const now = performance.now()
    if (now - this.#complained < COMPLAINT_INTERVAL) return
    this.#complained = now
    publishError({ server: this, request: undefined, error, cut: false })
  }

  #accept (transport: Transport, tcp: boolean): void {
    const { allow, maxConnections } = this.#settings
    // The address of a peer cannot be had after it has gone, unless it was asked for before.
    if (refusals.hasSubscribers) void transport.remoteAddress
    if (tcp && allow !== undefined && !allow.has(transport.remoteAddress)) return this.#turnAway(transport, 'ERR_SERVER_PEER_NOT_ALLOWED')
    if (this.#clock.timed.size >= maxConnections) return this.#turnAway(transport, 'ERR_SERVER_TOO_MANY_CONNECTIONS')
    const connection = new CONNECTIONS[this.protocol](transport, this.#service)
    this.#clock.add(connection)
    if (this.#closing !== undefined) connection.lastCall() // the system had made it before
  }

  #turnAway (transport: Transport, code: 'ERR_SERVER_PEER_NOT_ALLOWED' | 'ERR_SERVER_TOO_MANY_CONNECTIONS'): void {
    if (refusals.hasSubscribers) {
      const error = new ServerError(code)
      refusals.publish({ server: this, remoteAddress: transport.remoteAddress, request: undefined, error, firstBytes: undefined })
    }
    transport.destroy()
  }
}

/**
 * Makes a server for the requests of one protocol.
 *
 * 'uwsgi': what nginx sends by `uwsgi_pass`, Apache by mod_proxy_uwsgi, lighttpd by mod_scgi. One connection carries one request; the
 * response is HTTP/1.1 with a status line, and its end is the end of the connection. 'http': what clients and proxies send, HTTP/1.1 and
 * HTTP/1.0. One connection carries one request after the other (RFC 9112 section 9.3).
 *
 * What happens is published on diagnostics_channel: 'gatewire:request', 'gatewire:response', 'gatewire:refused', 'gatewire:error'.
 * A request or connection that is refused is answered with the status of its error, and closed.
 *
 * Throws TypeError or RangeError with a code for options that are wrong or unknown.
 */
export function createServer (options: ServerOptions, handler: Handler): Server {
  return new Server(options, handler)
}
