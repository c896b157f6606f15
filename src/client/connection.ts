// The transport: one connection to a uwsgi server. The only file of the client that knows sockets and timers; it knows no protocol.
import net from 'node:net'
import { type Address, connectError, connectTimeoutError, describe, lostError } from './address.js'
import { ClientError } from './errors.js'

/** What the protocol needs of a connection. */
export interface Transport {
  /** Sends bytes, once the connection is there. True: the system took them. False: the connection takes no more, and `read` knows why. */
  write: (bytes: Uint8Array) => Promise<boolean>
  /** The next bytes of the peer; null when it has closed. Rejects with why there are none. One call at a time. */
  read: () => Promise<Uint8Array | null>
  /** Nothing more will be sent, and the peer gets so many milliseconds to close; after them, `read` says that it did. */
  finish: (lingerMs: number) => void
  /** Ends the connection at once. Bytes not yet read are dropped; with an error, `read` rejects with it. */
  destroy: (error?: unknown) => void
  /** Called once the connection is gone. */
  onclose: (() => void) | undefined
}

export interface Timeouts {
  /** Milliseconds for making the connection. */
  connect: number
  /** Milliseconds without progress: no byte came, none went, and none of those that came was asked for. */
  idle: number
}

/** Bytes that are taken from the system before somebody asks for them: a small answer is then safe when the connection breaks. */
const READ_AHEAD = 65536

/**
 * A unix socket whose queue is full refuses at once, where TCP would let us wait (unix(7): EAGAIN). So we wait here, and try again after so
 * many milliseconds, twice as long each time.
 */
const FIRST_WAIT = 4
const LONGEST_WAIT = 64

interface Reader {
  resolve: (chunk: Uint8Array | null) => void
  reject: (error: unknown) => void
}

/** What the system's bytes are read into, by every connection in turn: they are copied before JavaScript goes on. */
const landing = Buffer.allocUnsafe(65536)

/**
 * A socket that can still be read when it takes no more. A server that answers early and closes leaves its answer in the queue of the
 * system and makes our next write fail, on which a plain socket gives up both ways. Chunks come by a callback because a stream drops them
 * after an error.
 */
class AnswerSocket extends net.Socket {
  #failed = false

  constructor (take: (chunk: Uint8Array) => void) {
    const onread: net.OnReadOpts = {
      buffer: landing,
      callback: count => {
        take(Buffer.from(landing.subarray(0, count)))
        return true
      }
    }
    super({ onread } as net.SocketConstructorOpts) // @types/node 20 knows `onread` as an option of connections only
  }

  /** The first failure to write is left to the caller, who destroys the socket when there is nothing left to read. */
  override destroy (error?: Error): this {
    const writing = (error as NodeJS.ErrnoException | undefined)?.syscall === 'write'
    if (!writing || this.#failed) return super.destroy(error)
    this.#failed = true
    return this
  }
}

/**
 * Whether what looks like the end of the peer's bytes is a reset. Who finds bytes and the reset behind them at once is told of an end by libuv,
 * and an answer that ends with the connection would pass for a complete one. But a connection that was reset has no peer any more: its
 * address cannot be had, unless it was asked for before, which nobody does.
 */
function wasReset (socket: net.Socket): boolean {
  return !socket.destroyed && socket.remoteAddress === undefined
}

/** As the system would have said it. */
function resetError (): NodeJS.ErrnoException {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })
}

export class Connection implements Transport {
  onclose: (() => void) | undefined
  readonly #address: Address
  readonly #timeouts: Timeouts
  #socket!: AnswerSocket
  /** Resolves once it is known whether there is a connection. */
  readonly #made: Promise<boolean>
  #tellMade!: (made: boolean) => void
  #queueWasFull = false
  /** Between two attempts to connect. */
  #waiting: NodeJS.Timeout | undefined
  #timer: NodeJS.Timeout | undefined
  /** How often the timer was set back. */
  #progresses = 0
  #connected = false
  readonly #chunks: Uint8Array[] = []
  #queued = 0
  #reader: Reader | undefined
  /** No more bytes will come, for this reason; undefined: the peer closed in good order. Known once #over is true. */
  #failure: unknown
  #over = false
  /** Why the connection takes no more, although it can be read. */
  #broken: Error | undefined
  #quiet: NodeJS.Immediate | undefined

  constructor (address: Address, timeouts: Timeouts) {
    this.#address = address
    this.#timeouts = timeouts
    this.#made = new Promise(resolve => { this.#tellMade = resolve })
    this.#restart(timeouts.connect, () => this.#abandon(connectTimeoutError(address, timeouts.connect, this.#queueWasFull)))
    this.#connect(FIRST_WAIT)
  }

  /** `wait`: milliseconds until the next attempt, should this one find the queue full. */
  #connect (wait: number): void {
    const address = this.#address
    const socket = this.#socket = new AnswerSocket(chunk => this.#take(chunk))
    if (address.kind === 'unix') socket.connect({ path: address.path })
    else socket.setNoDelay().connect({ host: address.host, port: address.port })
    socket.on('connect', () => this.#begin())
    // Before the socket's own listener, which ends the other direction: that, too, would end the connection.
    socket.prependListener('end', () => this.#end(address.kind === 'tcp' && wasReset(socket) ? lostError(address, resetError()) : undefined))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#connected) this.#end(lostError(address, error))
      else if (error.code === 'EAGAIN' && address.kind === 'unix' && !this.#over) this.#wait(wait)
      else this.#end(connectError(address, error))
    })
    socket.on('close', () => { if (this.#waiting === undefined) this.#closed() })
  }

  #wait (ms: number): void {
    this.#queueWasFull = true
    this.#waiting = setTimeout(() => {
      this.#waiting = undefined
      this.#connect(Math.min(2 * ms, LONGEST_WAIT))
    }, ms)
  }

  #begin (): void {
    const { idle } = this.#timeouts
    this.#connected = true
    this.#restart(idle, () => {
      const message = `nothing was sent to or received from ${describe(this.#address)} for ${idle} ms`
      this.#abandon(new ClientError('ERR_CLIENT_TIMEOUT', message))
    })
    this.#tellMade(true)
  }

  #closed (): void {
    clearTimeout(this.#timer)
    this.#end(undefined)
    this.onclose?.()
  }

  async write (bytes: Uint8Array): Promise<boolean> {
    if (!this.#connected && !(await this.#made)) return false
    if (this.#over || this.#socket.destroyed) return false
    return await new Promise(resolve => {
      this.#socket.write(bytes, error => {
        const failed = error !== undefined && error !== null
        if (failed && !this.#socket.destroyed) {
          this.#broken = error
          this.#giveUpWhenQuiet()
        }
        this.#progress()
        resolve(!failed)
      })
    })
  }

  read (): Promise<Uint8Array | null> {
    const chunk = this.#chunks.shift()
    if (chunk !== undefined) {
      this.#queued -= chunk.length
      this.#progress()
      if (this.#queued < READ_AHEAD && this.#socket.isPaused()) {
        this.#socket.resume()
        this.#giveUpWhenQuiet()
      }
      return Promise.resolve(chunk)
    }
    if (!this.#over) return new Promise((resolve, reject) => { this.#reader = { resolve, reject } })
    return this.#failure === undefined ? Promise.resolve(null) : Promise.reject(this.#failure)
  }

  finish (lingerMs: number): void {
    if (this.#over || this.#socket.destroyed) return
    this.#restart(lingerMs, () => this.#abandon(undefined))
    this.#socket.end()
    this.#socket.resume()
  }

  destroy (error?: unknown): void {
    this.#chunks.length = 0
    this.#queued = 0
    if (error !== undefined) {
      this.#over = true
      this.#failure = error
    }
    this.#abandon(error)
  }

  /** Ends the connection; what has been received can still be read. */
  #abandon (error: unknown): void {
    clearTimeout(this.#timer)
    this.#end(error)
    const waited = this.#waiting !== undefined && this.#socket.closed
    clearTimeout(this.#waiting)
    this.#waiting = undefined
    if (waited) this.#closed()
    else this.#socket.destroy()
  }

  #restart (ms: number, then: () => void): void {
    clearTimeout(this.#timer)
    const timer = this.#timer = setTimeout(() => {
      // When this process was busy, timers are due before what has come meanwhile was read: that comes first.
      const progress = this.#progresses
      setImmediate(() => { if (this.#timer === timer && this.#progresses === progress) then() })
    }, ms)
  }

  #progress (): void {
    this.#progresses++
    if (!this.#socket.destroyed) this.#timer?.refresh()
  }

  /** After a failure to write: the peer is gone, so what it sent is here already, and comes within one turn of the event loop. */
  #giveUpWhenQuiet (): void {
    const error = this.#broken
    if (error === undefined) return
    clearImmediate(this.#quiet)
    if (this.#socket.isPaused()) return
    this.#quiet = setImmediate(() => {
      this.#quiet = setImmediate(() => this.#socket.destroy(error)) // the second one, for a turn from its beginning
    })
  }

  #take (chunk: Uint8Array): void {
    if (this.#over) return
    this.#progress()
    this.#giveUpWhenQuiet()
    const reader = this.#reader
    if (reader !== undefined) {
      this.#reader = undefined
      reader.resolve(chunk)
      return
    }
    this.#chunks.push(chunk)
    this.#queued += chunk.length
    if (this.#queued >= READ_AHEAD) this.#socket.pause()
  }

  /** The first reason counts: what the system says afterwards is only its consequence. */
  #end (failure: unknown): void {
    if (!this.#over) {
      this.#over = true
      this.#failure = failure
    }
    this.#tellMade(false)
    const reader = this.#reader
    this.#reader = undefined
    if (this.#failure === undefined) reader?.resolve(null)
    else reader?.reject(this.#failure)
  }
}
