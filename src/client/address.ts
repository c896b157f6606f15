// Where a uwsgi server listens, and what to say when it cannot be reached there or does not answer. Knows system errors and the limits
// of uWSGI; knows no socket.
import { ClientError, rangeError, typeError } from './errors.js'

export type Address = { kind: 'tcp', host: string, port: number } | { kind: 'unix', path: string }

/** Reads 'uwsgi://host:port', with an IPv6 address in brackets, or 'unix:/path'. */
export function parseAddress (text: string): Address {
  if (typeof text !== 'string') throw typeError('ERR_INVALID_ARG_TYPE', 'the address has to be a string')
  if (text.startsWith('unix:') && text.length > 5) return { kind: 'unix', path: text.slice(5) }
  const match = /^uwsgi:\/\/(?:\[([0-9A-Fa-f:.]+)\]|([^\s/:@?#[\]]+)):([0-9]{1,5})\/?$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port < 1 || port > 65535) {
    throw rangeError('ERR_INVALID_ADDRESS', "the address has to be 'uwsgi://host:port' or 'unix:/path'")
  }
  return { kind: 'tcp', host: match[1] ?? match[2]!, port }
}

/** The address for messages. */
export function describe (address: Address): string {
  if (address.kind === 'unix') return `unix socket ${address.path}`
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

/** The connection was not made; `cause` is the system's error. */
export function connectError (address: Address, cause: NodeJS.ErrnoException): ClientError {
  const where = describe(address)
  const unix = address.kind === 'unix'
  switch (cause.code) {
    case 'ECONNREFUSED':
      return new ClientError('ERR_CLIENT_REFUSED', unix
        ? `no server listens on ${where}: the file may be left over from one that is gone`
        : `no server listens on ${where}: check that it runs, and that its uwsgi socket has this address`, cause)
    case 'ENOENT':
      return new ClientError('ERR_CLIENT_NO_SOCKET', `there is no ${where}: check that the server runs, and the path of its socket`, cause)
    case 'EACCES':
    case 'EPERM':
      return new ClientError('ERR_CLIENT_PERMISSION',
        `no permission for ${where}: check owner and mode of the socket (chmod-socket and chown-socket in uWSGI) and of its folder`, cause)
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ClientError('ERR_CLIENT_CONNECT', `the host of ${where} was not found: check its name`, cause)
    default:
      return new ClientError('ERR_CLIENT_CONNECT', `no connection to ${where} (${cause.code ?? cause.message})`, cause)
  }
}

/** The connection was not made in time. `queueWasFull`: the server's queue of connections had no room. */
export function connectTimeoutError (address: Address, ms: number, queueWasFull: boolean): ClientError {
  const hint = queueWasFull ? ': its queue of connections is full (listen in uWSGI), and it takes none from there' : ''
  return new ClientError('ERR_CLIENT_CONNECT_TIMEOUT', `no connection to ${describe(address)} within ${ms} ms${hint}`)
}

/** Stock uWSGI takes vars blocks up to this size (option buffer-size) and so many variables (twice the option max-vars). */
const UWSGI_BLOCK_BYTES = 4096
const UWSGI_VARS = 128

/** The server closed before the first byte. Names the usual causes, those that apply to what was sent. */
export function emptyError (address: Address, blockBytes: number, vars: number, cause: unknown): ClientError {
  const causes: string[] = []
  if (blockBytes > UWSGI_BLOCK_BYTES) {
    causes.push(`its variables take ${blockBytes} bytes, and uWSGI accepts ${UWSGI_BLOCK_BYTES} unless buffer-size is set`)
  }
  if (vars > UWSGI_VARS) causes.push(`it has ${vars} variables, and uWSGI accepts ${UWSGI_VARS} unless max-vars is set`)
  const hint = causes.length > 0 ? causes.join('; ') : "the server's log says why"
  const message = `${describe(address)} closed without an answer, as uWSGI does when it refuses a request: ${hint}`
  return new ClientError('ERR_RESPONSE_EMPTY', message, cause)
}

/** The connection broke. */
export function lostError (address: Address, cause: NodeJS.ErrnoException): ClientError {
  const message = `the connection to ${describe(address)} broke before the answer was complete (${cause.code ?? cause.message})`
  return new ClientError('ERR_CLIENT_CONNECTION_LOST', message, cause)
}
