// What native/node/sockets.h gives to JavaScript, and whether this runtime has it. Knows no transport and no protocol.
import { binding } from '../engine.js'

/**
 * Sockets by number. Calls never wait. They return zero or more, or a negative error number of the system.
 */
export interface NativeSockets {
  keepAlive: (listeners: number) => void
  /** `mode`: permissions of the file; -1: the umask decides. */
  listenUnix: (path: string, backlog: number, mode: number) => number
  adoptListener: (descriptor: number) => number
  setAccepting: (listener: number, accepting: 0 | 1) => number
  acceptConnection: (listener: number) => number
  watchConnection: (connection: number) => number
  /** Reads into `memory` from `at` on. How many bytes; 0: the peer sends nothing more. */
  receive: (connection: number, memory: Uint8Array, at: number) => number
  /** 0: the system has taken everything; 1: not yet. */
  sendText: (connection: number, text: string) => number
  sendBytes: (connection: number, bytes: Uint8Array) => number
  shutDown: (connection: number) => number
  closeSocket: (socket: number, reset: 0 | 1) => void
  /** 'address port'; undefined for a unix socket, or when it cannot be had any more. */
  remoteName: (connection: number) => string | undefined
  localName: (connection: number) => string | undefined
}

interface SocketBinding extends NativeSockets {
  openSockets: (turn: (count: number) => void) => Uint32Array | number | undefined
}

/** Bun and Deno have functions with the names of libuv's, which do not do all that libuv does. */
const hasLibuv = process.versions['bun'] === undefined && process.versions['deno'] === undefined

/** Where there are native sockets at all: the functions. */
export const sockets: NativeSockets | undefined =
  'openSockets' in binding && hasLibuv ? binding as unknown as SocketBinding : undefined

/**
 * Starts the sockets of this thread. `turn` is called in the event loop when so many words of the array that this returns say what can be
 * done. Undefined where there are none. To be called once.
 */
export function openSockets (turn: (count: number) => void): Uint32Array | undefined {
  const opened = (sockets as SocketBinding).openSockets(turn)
  return typeof opened === 'object' ? opened : undefined
}
