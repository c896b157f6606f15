// HTTP/1.x request heads for applications.
import { checkReadable } from './bytes.js'
import type { RequestHead } from './head.js'
import { decodeHttpHead } from './http_head.js'
import { type DecodeOptions, settingsOf } from './limits.js'

/**
 * Decodes the HTTP/1.x request head at the start of `bytes` (RFC 9112 sections 2 to 6), an empty line before it skipped.
 *
 * Its variables are those of RFC 3875 section 4.1 as PEP 3333 wants them: the path percent-decoded once, field names as HTTP_*, repeated
 * fields joined with ', ' (Cookie with '; '). Characters are bytes, U+0000 to U+00FF. docs/http-support.md has each rule.
 *
 * Returns null while the head is incomplete and nothing in its complete lines is wrong. Throws ProtocolError when it is refused (codes
 * `ERR_HTTP_…`, status 400, 404, 413, 414, 417, 431, 501 or 505), TypeError when `bytes` is no Uint8Array, or is detached, shared or
 * resizable, and TypeError or RangeError when an option is wrong. What follows the head is not looked at.
 */
export function decodeHttp (bytes: Uint8Array, options?: DecodeOptions): RequestHead | null {
  const settings = settingsOf(options)
  checkReadable(bytes)
  return decodeHttpHead(bytes, settings)
}
