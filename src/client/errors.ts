// The kinds of errors of the client: ClientError for what happens to a connection, TypeError and RangeError with a code for what the
// caller did. What a server answered wrongly is a ProtocolError of the codec.

/** Why there is no answer, or not all of it. Stable. */
export type ClientErrorCode =
  /** Nobody listens at the address. */
  | 'ERR_CLIENT_REFUSED'
  /** There is no such unix socket. */
  | 'ERR_CLIENT_NO_SOCKET'
  /** The unix socket may not be used by this user. */
  | 'ERR_CLIENT_PERMISSION'
  /** The connection could not be made for another reason; `cause` is the system's. */
  | 'ERR_CLIENT_CONNECT'
  /** The connection could not be made within `connectTimeout`. */
  | 'ERR_CLIENT_CONNECT_TIMEOUT'
  /** Nothing was sent or received for `timeout`. */
  | 'ERR_CLIENT_TIMEOUT'
  /** The connection broke within the answer; `cause` is the system's error. */
  | 'ERR_CLIENT_CONNECTION_LOST'
  /** The server closed without answering a byte, which is how uWSGI refuses a request. */
  | 'ERR_RESPONSE_EMPTY'

/** There is no answer, or not all of it. */
export class ClientError extends Error {
  /** Stable name of the reason, `ERR_CLIENT_…` or `ERR_RESPONSE_EMPTY`; docs/errors.md has each with its cure. */
  readonly code: ClientErrorCode

  /** @internal */
  constructor (code: ClientErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
Object.defineProperty(ClientError.prototype, 'name', { value: 'ClientError', configurable: true, writable: true })

/** Codes of the caller's own mistakes that the client finds itself; others come from the codec. */
export type ClientUsageErrorCode =
  | 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_OPTION' | 'ERR_OUT_OF_RANGE' | 'ERR_INVALID_ADDRESS' | 'ERR_INVALID_CONTENT_LENGTH'
  | 'ERR_CONTENT_LENGTH_REQUIRED' | 'ERR_CONTENT_LENGTH_MISMATCH' | 'ERR_CONTENT_CONSUMED'

export function typeError (code: ClientUsageErrorCode, message: string): TypeError {
  return Object.assign(new TypeError(message), { code })
}

export function rangeError (code: ClientUsageErrorCode, message: string): RangeError {
  return Object.assign(new RangeError(message), { code })
}
