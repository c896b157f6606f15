/**
 * Calls an application that runs under a uwsgi server: {@link request}. Built on the public codec only; exchange.ts has the protocol,
 * connection.ts the transport.
 * @module gatewire/client
 */
import type { Vars } from '../index.js'
import { parseAddress } from './address.js'
import { Connection } from './connection.js'
import { Exchange } from './exchange.js'
import { rangeError, typeError } from './errors.js'
import type { RequestContent } from './request_content.js'
import { requestPacket } from './request_packet.js'
import type { ClientResponse } from './response.js'

export { ClientError, type ClientErrorCode, type ClientUsageErrorCode } from './errors.js'
export type { ContentPiece, RequestContent } from './request_content.js'
export type { ClientResponse } from './response.js'

/** Options of `request`. */
export interface RequestOptions {
  /** Variables of the request, sent as they are; only CONTENT_LENGTH is set, when it is not given and the content has a length. */
  vars: Vars
  /** Variables to replace where they stand, to add at the end, or, with undefined, to leave out: for passing on a head that is not all ours. */
  set?: Record<string, string | undefined> | undefined
  /**
   * Content. Strings are sent as UTF-8. An async iterable needs a CONTENT_LENGTH in `vars`; an iterable without one is gathered first.
   * A CONTENT_LENGTH that disagrees is a RangeError: before anything is sent where the length is known, else the connection is ended.
   */
  content?: RequestContent | undefined
  /** Ends the request at any moment: whatever waits for it rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  /** Milliseconds without progress, 1 to 2^31-1: no byte came or went, and no content was asked for. Default 60 000. */
  timeout?: number | undefined
  /** Milliseconds for making the connection, 1 to 2^31-1. Default 10 000. */
  connectTimeout?: number | undefined
  /** Packet type, 0 to 255 (uwsgi docs, Protocol). Default: that of the head in `vars`, else 0. */
  modifier1?: number | undefined
  /** Sub-type, 0 to 255. Default: that of the head in `vars`, else 0. */
  modifier2?: number | undefined
}

const OPTIONS: ReadonlySet<string> = new Set(['vars', 'set', 'content', 'signal', 'timeout', 'connectTimeout', 'modifier1', 'modifier2'])
const DEFAULT_TIMEOUT = 60_000
const DEFAULT_CONNECT_TIMEOUT = 10_000
const MAX_TIMEOUT = 2 ** 31 - 1

function milliseconds (value: number | undefined, name: string, fallback: number): number {
  if (value === undefined) return fallback
  if (!Number.isInteger(value) || value < 1 || value > MAX_TIMEOUT) {
    throw rangeError('ERR_OUT_OF_RANGE', `${name} has to be an integer from 1 to ${MAX_TIMEOUT} (milliseconds)`)
  }
  return value
}

function checkOptions (options: RequestOptions): void {
  if (typeof options !== 'object' || options === null) throw typeError('ERR_INVALID_ARG_TYPE', 'options have to be an object with vars')
  for (const name of Object.keys(options)) {
    if (!OPTIONS.has(name)) throw typeError('ERR_INVALID_OPTION', `there is no option ${JSON.stringify(name)}`)
  }
  const { signal } = options
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw typeError('ERR_INVALID_OPTION', 'signal has to be an AbortSignal')
}

/**
 * Sends one request to a uwsgi server, over a connection of its own, and resolves with the head of the final answer; the content follows
 * (uwsgi docs, Protocol). `address`: 'uwsgi://host:port', an IPv6 address in brackets, or 'unix:/path'.
 *
 * The answer may come before all content was sent. Then sending goes on until the answer is complete, unless its status is 400 or more,
 * which says that the rest is not wanted (RFC 9112 section 9.5).
 *
 * Rejects with ClientError when there is no connection, no answer or not all of it: `ERR_CLIENT_…`, and `ERR_RESPONSE_EMPTY` when the
 * server closed without a byte, as uWSGI does with a packet over 4 096 bytes or 128 variables. With ProtocolError when the answer is
 * refused (`ERR_RESPONSE_…`; docs/uwsgi-support.md). With the reason of `signal`. With TypeError or RangeError with a code for mistakes
 * of the caller, and with whatever the content's iterable throws.
 */
export async function request (address: string, options: RequestOptions): Promise<ClientResponse> {
  const target = parseAddress(address)
  checkOptions(options)
  const { vars, set, content, signal, modifier1, modifier2 } = options
  const idle = milliseconds(options.timeout, 'timeout', DEFAULT_TIMEOUT)
  const connect = milliseconds(options.connectTimeout, 'connectTimeout', DEFAULT_CONNECT_TIMEOUT)
  signal?.throwIfAborted()
  const encoding = { ...(set !== undefined && { set }), ...(modifier1 !== undefined && { modifier1 }), ...(modifier2 !== undefined && { modifier2 }) }
  const packet = requestPacket(vars, content, encoding)
  return await new Exchange(target, new Connection(target, { idle, connect }), packet, signal).start()
}
