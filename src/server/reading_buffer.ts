// Reading sockets into one buffer that all of them share, with what is in it copied to memory of its size. Otherwise each read of
// node:net takes 64 KiB from the system and gives most of it back: for a small request, a fifth of what the connection costs.
// Knows no protocol.
import { Socket, type SocketConstructorOpts } from 'node:net'

const SHARED_BYTES = 65536

/** One for all sockets of a thread: what is in it is copied before anything else is read. */
let shared: Buffer | undefined

/** What there is besides the public side of a socket: its handle, by which another one can take over. Absent in other runtimes. */
interface Handled { _handle?: { useUserBuffer?: unknown } | null }

/**
 * The same connection as a socket that reads that way; `onBytes` takes the place of its 'data' events. Undefined, and nothing is changed,
 * where that cannot be had. The socket must have been accepted with `pauseOnConnect`, and have been given to nobody else.
 *
 * `onread` is an option of net.Socket's constructor only, and node:net makes the sockets that it accepts without it.
 */
export function readingShared (accepted: Socket, onBytes: (bytes: Uint8Array) => void): Socket | undefined {
  const handle = (accepted as Handled)._handle
  if (typeof handle?.useUserBuffer !== 'function') return undefined
  const buffer = (shared ??= Buffer.allocUnsafeSlow(SHARED_BYTES))
  const callback = (count: number, read: Uint8Array): boolean => {
    const bytes = Buffer.allocUnsafe(count)
    bytes.set(count === SHARED_BYTES ? read : read.subarray(0, count))
    onBytes(bytes)
    return true
  }
  ;(accepted as Handled)._handle = null
  accepted.destroy() // has nothing to close any more
  return new Socket({ handle, allowHalfOpen: true, onread: { buffer, callback } } as SocketConstructorOpts)
}
