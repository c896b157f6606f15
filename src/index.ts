/**
 * The codec: bytes in, heads and events out, and back. Servers, clients and the command are built on what this module exports, and on nothing
 * else of the package.
 *
 * Strings have one character for each byte, U+0000 to U+00FF (PEP 3333). What a peer sent wrongly is a {@link ProtocolError}; what the caller
 * did is a TypeError or RangeError with a `code`, one of {@link UsageErrorCode}.
 * @module gatewire
 */
/// <reference types="node" preserve="true" />
export { engine, engineError, kernel } from './engine.js'
export { ProtocolError, type ProtocolErrorCode, type UsageErrorCode } from './errors.js'
export type { ConnectionFacts } from './connection_facts.js'
export type { DecodeOptions, DuplicatePolicy, Limits, UnderscorePolicy } from './limits.js'
export type { Environ } from './environ.js'
export type { Framing, RequestHead } from './head.js'
export { decodeHttp } from './http.js'
export { decodeUwsgi, decodeUwsgiArray, encodeUwsgi, type EncodeOptions, requestModifiers, type UwsgiArray, type Vars } from './uwsgi.js'
export { RequestDecoder, type RequestDecoderOptions } from './decoder.js'
export type { DecoderEvent } from './request_reader.js'
export { encodeResponseHead, type ResponseHeaders } from './response.js'
export {
  ResponseDecoder, type ResponseDecoderOptions, type ResponseEvent, type ResponseFraming, type ResponseHead
} from './response_decoder.js'
export { transcodeHttpToUwsgi, type TranscodedRequest, type TranscodeOptions } from './transcode.js'
export { wsgiEnviron, type WsgiServer } from './wsgi.js'
