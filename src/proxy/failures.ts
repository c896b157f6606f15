// Why there is no answer of the application, and what the client is told instead (RFC 9110 section 15.6). Knows errors of the client of
// uwsgi servers; knows no connection.
import { ClientError, type ClientErrorCode } from '../client/index.js'
import { ProtocolError } from '../index.js'

/** What the client gets, and what the log says. */
export interface Failure {
  readonly status: 408 | 413 | 431 | 502 | 504
  /** A code, and a sentence that names the cause. Neither holds bytes of a peer. */
  readonly code: string
  readonly message: string
}

const STATUSES: Readonly<Record<ClientErrorCode, 502 | 504>> = {
  ERR_CLIENT_REFUSED: 502,
  ERR_CLIENT_NO_SOCKET: 502,
  ERR_CLIENT_PERMISSION: 502,
  ERR_CLIENT_CONNECT: 502,
  ERR_CLIENT_CONNECT_TIMEOUT: 504,
  ERR_CLIENT_TIMEOUT: 504,
  ERR_CLIENT_CONNECTION_LOST: 502,
  ERR_RESPONSE_EMPTY: 502
}

export const CONTENT_TOO_LARGE: Failure = {
  status: 413,
  code: 'ERR_HTTP_CONTENT_TOO_LARGE',
  message: 'chunked content is larger than --max-buffered: uWSGI has to know its length before it comes'
}

/** As the server says it, whose own time for this may be longer. */
const CONTENT_TIMEOUT: Failure = {
  status: 408,
  code: 'ERR_SERVER_CONTENT_TIMEOUT',
  message: 'the client sent nothing of its content within --timeout'
}

/**
 * What an error means for the client; undefined: it is neither the fault of the uwsgi server nor one of size, so not to be explained here.
 * `awaitsClient`: when it came, the next bytes were the client's to send.
 */
export function failureOf (error: unknown, awaitsClient: boolean): Failure | undefined {
  if (error instanceof ClientError) {
    const { code, message } = error
    if (code === 'ERR_CLIENT_TIMEOUT' && awaitsClient) return CONTENT_TIMEOUT
    const hint = code === 'ERR_CLIENT_TIMEOUT' ? '; --timeout grants more' : ''
    return { status: STATUSES[code], code, message: message + hint }
  }
  if (error instanceof ProtocolError && error.code.startsWith('ERR_RESPONSE_')) {
    return { status: 502, code: error.code, message: `the answer was refused: ${error.message}` }
  }
  if (error instanceof RangeError && (error as { code?: unknown }).code === 'ERR_PACKET_TOO_LARGE') {
    return { status: 431, code: 'ERR_HTTP_PACKET_TOO_LARGE', message: 'the request does not fit into a uwsgi packet, which carries 65535 bytes' }
  }
  return undefined
}
