// The transport over native sockets: no stream, no object of the system's, and one way into JavaScript for all connections of a turn.
// Knows no protocol.
import { AsyncResource } from 'node:async_hooks'
import { constants } from 'node:os'
import { atEndOfTurn, BROKEN, DRAINED, HUNG_UP, type Late, READABLE, setWatcher, type ThreadSockets, type Watcher } from '../sockets/index.js'
import { type Chunk, type Ends, NO_ENDS, type Receiver, RESET_DELAY, type Transport } from './transport.js'

const { EAGAIN } = constants.errno
/** Reads of one connection until others have their turn. */
const READS = 8

/** 'address port' as two. */
function split (name: string | undefined): [address: string | undefined, port: number | undefined] {
  if (name === undefined) return [undefined, undefined]
  const space = name.indexOf(' ')
  return [name.slice(0, space), Number(name.slice(space + 1))]
}

export class NativeTransport implements Transport, Watcher, Late {
  readonly #sockets: ThreadSockets
  readonly #number: number
  readonly #tcp: boolean
  /** Everything that is done for a connection belongs to it, for those who follow a request through the program. */
  readonly #scope: AsyncResource = new AsyncResource('GATEWIRECONNECTION', { requireManualDestroy: true })
  #receiver: Receiver | undefined
  #ends: Ends | undefined
  #begun = false
  #watched = false
  #paused = false
  /** Whether bytes may have come of which no event will tell; whether the peer will send no more than these; whether that was told. */
  #more = true
  #hungUp = false
  #ended = false
  #readSoon = false
  /** Whether anything was written; whether somebody waits for the system to take it; whether it was the last. */
  #written = false
  #awaited = false
  #ending = false
  #sent = false
  #closed = false
  #toldClosed = false

  constructor (sockets: ThreadSockets, number: number, tcp: boolean) {
    this.#sockets = sockets
    this.#number = number
    this.#tcp = tcp
  }

  get remoteAddress (): string | undefined {
    return this.ends.remoteAddress
  }

  get ends (): Ends {
    return (this.#ends ??= this.#name())
  }

  #name (): Ends {
    if (!this.#tcp || this.#closed) return NO_ENDS
    const [remoteAddress, remotePort] = split(this.#sockets.calls.remoteName(this.#number))
    const [localAddress, localPort] = split(this.#sockets.calls.localName(this.#number))
    return { remoteAddress, remotePort, localAddress, localPort }
  }

  start (receiver: Receiver): void {
    this.#receiver = receiver
    setWatcher(this.#number, this)
    atEndOfTurn(this)
  }

  // --- reading --------------------------------------------------------------------------------------------------------------------

  ready (events: number): void {
    this.#scope.runInAsyncScope(this.#ready, this, events)
  }

  #ready (events: number): void {
    if ((events & BROKEN) !== 0) return this.destroy()
    if ((events & DRAINED) !== 0) this.#drained()
    if ((events & READABLE) === 0) return
    this.#more = true
    if ((events & HUNG_UP) !== 0) this.#hungUp = true
    this.#read()
  }

  /** Until there is nothing more, which has to be seen: the system tells of each change once. */
  #read (): void {
    const { memory } = this.#sockets
    let much = false
    for (let reads = 0; this.#more && !this.#paused && !this.#closed; reads++) {
      if (reads === READS) return this.#readLater()
      const bytes = memory.receive(this.#number, much)
      if (typeof bytes === 'object') {
        much = memory.filled
        if (!much && !this.#hungUp) this.#more = false
        this.#receiver!.data(bytes)
      } else {
        this.#more = false
        if (bytes === 0) this.#tellEnded()
        else if (bytes !== -EAGAIN) this.destroy()
      }
    }
  }

  /** Once, although the system says it whenever it is asked, and events of the other direction make it be asked again. */
  #tellEnded (): void {
    if (this.#ended) return
    this.#ended = true
    this.#receiver!.peerEnded()
  }

  #readLater (): void {
    if (this.#readSoon) return
    this.#readSoon = true
    setImmediate(NativeTransport.#readNow, this)
  }

  static #readNow (transport: NativeTransport): void {
    transport.#readSoon = false
    transport.#scope.runInAsyncScope(transport.#read, transport)
  }

  pause (): void {
    this.#paused = true
  }

  resume (): void {
    this.#paused = false
    if (this.#more) this.#readLater()
  }

  // --- writing --------------------------------------------------------------------------------------------------------------------

  write (chunk: Chunk): boolean {
    this.#written = true
    return this.#send(chunk)
  }

  #send (chunk: Chunk): boolean {
    if (this.#closed) return false
    const { calls } = this.#sockets
    const result = typeof chunk === 'string' ? calls.sendText(this.#number, chunk) : calls.sendBytes(this.#number, chunk)
    if (result === 0) return true
    if (result > 0) this.#awaited = true
    else this.destroy() // the peer has gone
    return false
  }

  #drained (): void {
    // Somebody may have written more since that was true.
    if (!this.#awaited || this.#sockets.calls.sendText(this.#number, '') !== 0) return
    this.#awaited = false
    if (this.#ending) this.#tellSent()
    else this.#receiver!.drain()
  }

  end (chunk?: Chunk): void {
    this.#ending = true
    if (chunk === undefined ? !this.#awaited : this.#send(chunk)) atEndOfTurn(this)
  }

  /** Where the receiver closes the connection now, the peer learns by that that nothing follows. */
  #tellSent (): void {
    this.#sent = true
    this.#receiver!.sent()
    if (!this.#closed) this.#sockets.calls.shutDown(this.#number)
  }

  // --- closing --------------------------------------------------------------------------------------------------------------------

  destroy (): void {
    this.#close(0)
  }

  abort (): void {
    if (!this.#tcp) this.#close(0)
    else if (!this.#written) this.#close(1)
    else setTimeout(() => this.#close(1), RESET_DELAY)
  }

  #close (reset: 0 | 1): void {
    if (this.#closed) return
    this.#closed = true
    this.#sockets.calls.closeSocket(this.#number, reset)
    setWatcher(this.#number, undefined)
    atEndOfTurn(this)
  }

  // --- what nobody expects while he calls -----------------------------------------------------------------------------------------

  turnEnds (): void {
    this.#scope.runInAsyncScope(this.#turnEnds, this)
  }

  #turnEnds (): void {
    // Most requests are there when their connection is, and many are answered before anything else could happen.
    if (!this.#begun) {
      this.#begun = true
      this.#read()
    }
    if (this.#ending && !this.#awaited && !this.#sent && !this.#closed) this.#tellSent()
    if (this.#closed) this.#tellClosed()
    else if (!this.#watched) this.#watch()
  }

  #watch (): void {
    this.#watched = true
    if (this.#sockets.calls.watchConnection(this.#number) < 0) this.destroy()
  }

  #tellClosed (): void {
    if (this.#toldClosed) return
    this.#toldClosed = true
    this.#receiver?.closed()
    this.#scope.emitDestroy()
  }
}
