// Addresses to listen on, from what people write. Knows no socket.
import type { AddressInfo } from 'node:net'
import { rangeError, typeError } from './errors.js'

/**
 * Where to listen.
 *
 * - A port, 0 to 65 535, as a number or a string: on 127.0.0.1. 0: the system chooses.
 * - 'host:port', '[::1]:port': on that address. '0.0.0.0:3031' and '[::]:3031' are all addresses of the machine.
 * - 'unix:/run/app.sock': a unix socket. Relative paths are from the working directory. At most 107 bytes (103 on macOS).
 * - { fd }: a file descriptor that listens already, as systemd hands over.
 */
export type ListenAddress = number | string | {
  /** The number of the descriptor, 0 or more. */
  readonly fd: number
}

/** An address as node:net takes it. */
export type ListenTarget = { readonly host: string, readonly port: number } | { readonly path: string } | { readonly fd: number }

const LOOPBACK = '127.0.0.1'
/** sizeof sockaddr_un.sun_path less the NUL. A longer path would be cut by the system, silently. */
const MAX_PATH_BYTES = process.platform === 'darwin' ? 103 : 107
const FORMS = "a port, 'host:port', '[::1]:port', 'unix:/path' or { fd }"

function portOf (text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (!(port <= 65535)) throw rangeError('ERR_INVALID_ADDRESS', `the port ${JSON.stringify(text)} is not a number from 0 to 65535`)
  return port
}

/** Reads an address. TypeError, RangeError: `ERR_INVALID_ADDRESS`. */
export function parseAddress (address: ListenAddress): ListenTarget {
  if (typeof address === 'number') return { host: LOOPBACK, port: portOf(String(address)) }
  if (typeof address === 'object' && address !== null && Number.isInteger(address.fd) && address.fd >= 0) return { fd: address.fd }
  if (typeof address !== 'string') throw typeError('ERR_INVALID_ADDRESS', `an address has to be ${FORMS}`)
  if (address.startsWith('unix:')) {
    const path = address.slice('unix:'.length)
    const length = Buffer.byteLength(path)
    if (length === 0 || path.includes('\0')) throw typeError('ERR_INVALID_ADDRESS', "'unix:' has to be followed by the path of the socket")
    if (length > MAX_PATH_BYTES) {
      throw rangeError('ERR_INVALID_ADDRESS', `the path of a unix socket has at most ${MAX_PATH_BYTES} bytes, not ${length}`)
    }
    return { path }
  }
  if (/^\d+$/.test(address)) return { host: LOOPBACK, port: portOf(address) }
  const match = /^(?:\[([0-9A-Fa-f:.]+(?:%\w+)?)\]|([\w.-]+)):([^:]*)$/.exec(address)
  if (match === null) throw typeError('ERR_INVALID_ADDRESS', `${JSON.stringify(address)} is not an address: it has to be ${FORMS}`)
  return { host: (match[1] ?? match[2])!, port: portOf(match[3]!) }
}

/** Whether what listens on an address, as node:net says it, is TCP; else it is a unix socket. */
export function isTcp (address: AddressInfo | string | null): boolean {
  return typeof address === 'object' && address !== null
}
