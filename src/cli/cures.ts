// What to do about bytes that are refused, by the code of the refusal. Sentences for people; whether something is refused is the codec's to say.
import type { ProtocolErrorCode } from '../index.js'

const SENDER = 'A front end that is in order sends no such packet: look at what else can reach the port, or at the program that made it.'
const LENGTHS = 'A length before this byte is wrong, or datasize is: the sender counts otherwise, or the capture was cut or edited.'
const LAX = 'A client has sent this, and what stands before the server has let it pass: it should refuse it, for it may be an attempt to smuggle a request.'
const CLIENT = 'The client, or the program that made the request, has to be changed.'
const GRAMMAR = 'Lines end with CR LF, fields are "name: value": look at what writes the request (hand-made requests: printf with \\r\\n).'
const LIMIT = 'A server can allow more: option limits of createServer and of the codec.'

const CURES: ReadonlyArray<readonly [codes: RegExp, cure: string]> = [
  [/^ERR_UWSGI_(KEY|VALUE|ITEM)_(OVERRUN|LENGTH_TRUNCATED)$/, LENGTHS],
  [/^ERR_UWSGI_(BAD_CONTENT_LENGTH|CONTENT_LENGTH_CONFLICT)$/, LAX],
  [/^ERR_UWSGI_(TOO_MANY_VARS|PACKET_TOO_LARGE|CONTENT_TOO_LARGE)$/, LIMIT],
  [/^ERR_UWSGI_DUPLICATE_VAR$/, "Let the front end join fields, or set duplicates to 'join' or 'last'."],
  [/^ERR_UWSGI_BAD_REQUEST_METHOD$/, 'nginx: "include uwsgi_params;" is missing beside uwsgi_pass.'],
  [/^ERR_UWSGI_MODIFIER_NOT_A_REQUEST$/, 'Another protocol, or a packet between uWSGI servers: compare the port with what is configured to use it.'],
  [/^ERR_(UWSGI|HTTP)_\w+_TRUNCATED$/, 'The peer has gone, or the capture was cut: take it again, until the connection is closed.'],
  [/^ERR_UWSGI_/, SENDER],
  [/^ERR_HTTP_(BAD_METHOD|BAD_REQUEST_LINE|BAD_VERSION|EMPTY_LINE)$/, 'Is it HTTP at all? Compare the port with what is configured to use it; else the client has to be changed.'],
  [/^ERR_HTTP_BAD_TARGET$/, 'The client has to percent-encode what a target may not have, and to leave out #fragment and user:password@.'],
  [/^ERR_HTTP_(BARE_LF|BARE_CR|FOLDED_LINE|NO_COLON|BAD_FIELD_NAME|BAD_FIELD_VALUE)$/, GRAMMAR],
  [/^ERR_HTTP_UNDERSCORE$/, "The client has to use another name, or underscores be 'drop'."],
  [/^ERR_HTTP_HOST_MISSING$/, 'The client has to send Host, as HTTP/1.1 wants it; a health check of a load balancer often has a setting for that.'],
  [/^ERR_HTTP_OUTSIDE_MOUNT$/, 'Compare the mount point with the paths that the front end passes on.'],
  [/^ERR_HTTP_(HOST|CONTENT_TYPE|CONTENT_LENGTH)_REPEATED$|^ERR_HTTP_BAD_(HOST|CONTENT_LENGTH|TRANSFER_ENCODING|CHUNK_\w+)$/, LAX],
  [/^ERR_HTTP_TRANSFER_ENCODING_/, LAX],
  [/^ERR_HTTP_\w*(TOO_LARGE|TOO_LONG|TOO_MANY_\w+|OVERHEAD)$/, LIMIT],
  [/^ERR_HTTP_(CONNECT|VERSION_NOT_SUPPORTED)$/, 'This server speaks HTTP/1.0 and 1.1 and is no forward proxy: what stands before it has to speak that (nginx: proxy_http_version 1.1).']
]

/** What to do about a request that was refused with this code. */
export function cureOf (code: ProtocolErrorCode): string {
  return CURES.find(([codes]) => codes.test(code))?.[1] ?? CLIENT
}
