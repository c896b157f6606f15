// The two kinds of errors: ProtocolError for what a peer sent, TypeError and RangeError with a code for what the caller did.
// Knows the list of refusals; knows no protocol. Messages never hold bytes of the peer: they may be secrets, and they end up in logs.
import { REFUSALS } from './layout.js'

/** Why input was refused. Stable; docs/errors.md lists every code with its cause. */
export type ProtocolErrorCode = (typeof REFUSALS)[number][0]

const byCode: ReadonlyMap<string, (typeof REFUSALS)[number]> = new Map(REFUSALS.map(refusal => [refusal[0], refusal]))

/** The peer sent something that is refused. */
export class ProtocolError extends Error {
  /** Stable name of the reason, `ERR_UWSGI_…`, `ERR_HTTP_…` or `ERR_RESPONSE_…`. */
  readonly code: ProtocolErrorCode
  /** HTTP status to answer with: 400, 404, 413, 414, 417, 431, 501 or 505 for requests; 502 where a response was refused. */
  readonly status: number
  /** Offset of the faulty byte: in the buffer (`decode*`), or from the first byte of the connection (`RequestDecoder`, client). */
  readonly offset: number

  /** @internal */
  constructor (code: ProtocolErrorCode, offset: number) {
    const [, status, sentence] = byCode.get(code)!
    super(`${sentence} (at byte ${offset})`)
    this.code = code
    this.status = status
    this.offset = offset
  }
}
Object.defineProperty(ProtocolError.prototype, 'name', { value: 'ProtocolError', configurable: true, writable: true })

/** The refusal that native code reported by number. */
export function refusal (number: number, offset: number): ProtocolError {
  return new ProtocolError(REFUSALS[number - 1]![0], offset)
}

/** Codes of the caller's own mistakes, on TypeError and RangeError. */
export type UsageErrorCode =
  | 'ERR_INVALID_ARG_TYPE' | 'ERR_INVALID_OPTION' | 'ERR_OUT_OF_RANGE'
  | 'ERR_DETACHED_BYTES' | 'ERR_SHARED_BYTES' | 'ERR_RESIZABLE_BYTES' | 'ERR_BYTES_CHANGED' | 'ERR_DECODER_INTERRUPTED'
  | 'ERR_NOT_LATIN1' | 'ERR_EMPTY_KEY' | 'ERR_PACKET_TOO_LARGE'
  | 'ERR_INVALID_STATUS' | 'ERR_INVALID_FIELD_NAME' | 'ERR_INVALID_FIELD_VALUE' | 'ERR_INVALID_CONTENT_LENGTH'
  | 'ERR_CONTENT_LENGTH_REPEATED' | 'ERR_HEAD_TOO_LARGE'

/** A TypeError with a code: the kind of argument is wrong. */
export function typeError (code: UsageErrorCode, message: string): TypeError {
  return Object.assign(new TypeError(message), { code })
}

/** A RangeError with a code: the kind is right, the value is not. */
export function rangeError (code: UsageErrorCode, message: string): RangeError {
  return Object.assign(new RangeError(message), { code })
}
