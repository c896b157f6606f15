// Where what is read goes: small reads share memory, as small Buffers of Node do; a connection from which much comes gets memory of its own,
// so nothing is copied. Knows no connection but by its number.
import { keepWhole } from '../whole_memory.js'
import type { NativeSockets } from './native_sockets.js'

/** Whatever is kept of a read keeps all of its memory, so there is not much of it. */
const SHARED_BYTES = 16384
/** Most heads are shorter. */
const LEAST_BYTES = 2048
const OWN_BYTES = 65536

export class ReadingMemory {
  readonly #sockets: NativeSockets
  #shared: Buffer = Buffer.alloc(0)
  #at = 0
  /** Whether the last read has filled all the room that it had, so that there may be more. */
  filled = false

  constructor (sockets: NativeSockets) {
    this.#sockets = sockets
  }

  /** What has come on a connection; or 0: the peer sends nothing more, or a negative error number. `much`: the last read filled its room. */
  receive (connection: number, much: boolean): Buffer | number {
    if (much) return this.#receiveMuch(connection)
    if (this.#shared.length - this.#at < LEAST_BYTES) {
      this.#shared = Buffer.allocUnsafeSlow(SHARED_BYTES)
      keepWhole(this.#shared.buffer) // others read into it, too
      this.#at = 0
    }
    const at = this.#at
    const count = this.#sockets.receive(connection, this.#shared, at)
    if (count <= 0) return count
    this.#at = at + count
    this.filled = this.#at === SHARED_BYTES
    return this.#shared.subarray(at, at + count)
  }

  #receiveMuch (connection: number): Buffer | number {
    const memory = Buffer.allocUnsafeSlow(OWN_BYTES)
    const count = this.#sockets.receive(connection, memory, 0)
    if (count <= 0) return count
    this.filled = count === OWN_BYTES
    // Little of it would keep all of it.
    const bytes = count >= OWN_BYTES / 2 ? memory.subarray(0, count) : Buffer.allocUnsafeSlow(count)
    if (bytes.buffer !== memory.buffer) bytes.set(memory.subarray(0, count))
    keepWhole(bytes.buffer) // behind content there may be the next request
    return bytes
  }
}
