// Errors of the server: what happened to a connection or an exchange, and the mistakes of whoever uses it. What the bytes of a peer have
// wrong is a ProtocolError of the codec. Messages never hold bytes of the peer.

/** What a server says about a connection or a response. Stable. */
export type ServerErrorCode =
  | 'ERR_SERVER_HEAD_TIMEOUT' | 'ERR_SERVER_CONTENT_TIMEOUT' | 'ERR_SERVER_WRITE_TIMEOUT' | 'ERR_SERVER_DRAIN_TIMEOUT'
  | 'ERR_SERVER_PEER_CLOSED' | 'ERR_SERVER_PEER_NOT_ALLOWED' | 'ERR_SERVER_TOO_MANY_CONNECTIONS'
  | 'ERR_SERVER_CONTENT_DISCARDED' | 'ERR_SERVER_CONTENT_USED' | 'ERR_SERVER_CONTENT_LENGTH_MISMATCH' | 'ERR_SERVER_BAD_RESPONSE'
  | 'ERR_SERVER_ADDRESS_IN_USE' | 'ERR_SERVER_NOT_A_SOCKET' | 'ERR_SERVER_CLOSED'

const REASONS: Readonly<Record<ServerErrorCode, readonly [status: number, sentence: string]>> = {
  ERR_SERVER_HEAD_TIMEOUT: [408, 'the request head did not come within headTimeout'],
  ERR_SERVER_CONTENT_TIMEOUT: [408, 'the content came too slowly: nothing for idleTimeout, or less than minContentRate'],
  ERR_SERVER_WRITE_TIMEOUT: [0, 'the peer took nothing of the response for idleTimeout'],
  ERR_SERVER_DRAIN_TIMEOUT: [0, 'the server was closed and the request not finished within drainTimeout'],
  ERR_SERVER_PEER_CLOSED: [0, 'the peer closed before the response was complete'],
  ERR_SERVER_PEER_NOT_ALLOWED: [0, 'the address of the peer is not in the allow list'],
  ERR_SERVER_TOO_MANY_CONNECTIONS: [0, 'there are maxConnections connections already'],
  ERR_SERVER_CONTENT_DISCARDED: [0, 'the content can no longer be read: the request is over'],
  ERR_SERVER_CONTENT_USED: [0, 'the content can be read once only, and somebody has begun to'],
  ERR_SERVER_CONTENT_LENGTH_MISMATCH: [0, 'the body and its Content-Length differ'],
  ERR_SERVER_BAD_RESPONSE: [0, 'the handler gave no response'],
  ERR_SERVER_ADDRESS_IN_USE: [0, 'somebody listens on that address already'],
  ERR_SERVER_NOT_A_SOCKET: [0, 'there is a file at the path of the socket, and it is no socket'],
  ERR_SERVER_CLOSED: [0, 'the server has been closed']
}

/** What happened to a connection, or to the response of a handler. */
export class ServerError extends Error {
  /** Stable name of the reason, `ERR_SERVER_…`; docs/errors.md has each with its cure. */
  readonly code: ServerErrorCode
  /** HTTP status that the peer was answered with, if any; 0: none, the connection was closed. */
  readonly status: number

  /** @internal */
  constructor (code: ServerErrorCode, detail?: string) {
    super(detail ?? REASONS[code][1])
    this.code = code
    this.status = REASONS[code][0]
  }
}
Object.defineProperty(ServerError.prototype, 'name', { value: 'ServerError', configurable: true, writable: true })

/** A TypeError with a code: an option or argument is of the wrong kind. */
export function typeError (code: 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_OPTION' | 'ERR_INVALID_ADDRESS', message: string): TypeError {
  return Object.assign(new TypeError(message), { code })
}

/** A RangeError with a code: the kind is right, the value is not. */
export function rangeError (code: 'ERR_OUT_OF_RANGE' | 'ERR_INVALID_ADDRESS', message: string): RangeError {
  return Object.assign(new RangeError(message), { code })
}
