// The three outcomes of a decoder, and every reason to refuse. Each reason has a stable name, the HTTP status to answer with and one
// sentence; scripts/generate-layout.mjs makes src/layout.ts from this list, so that both sides of the boundary agree.
#pragma once
#include <stdint.h>

namespace gatewire {

/// Incomplete is not an error: the bytes so far are the beginning of something that may be accepted.
enum class Outcome : uint32_t { incomplete = 0, complete = 1, refused = 2 };

// X(name, HTTP status, sentence). Sentences end up in messages: they never hold bytes of the peer.
#define GATEWIRE_REFUSALS(X) \
  X(ERR_UWSGI_EMPTY_KEY, 400, "a variable has a key of length zero") \
  X(ERR_UWSGI_KEY_LENGTH_TRUNCATED, 400, "the vars block ends inside a key length") \
  X(ERR_UWSGI_KEY_OVERRUN, 400, "a key is longer than the rest of the vars block") \
  X(ERR_UWSGI_VALUE_LENGTH_TRUNCATED, 400, "the vars block ends before or inside a value length") \
  X(ERR_UWSGI_VALUE_OVERRUN, 400, "a value is longer than the rest of the vars block") \
  X(ERR_UWSGI_ITEM_LENGTH_TRUNCATED, 400, "the array ends inside an item length") \
  X(ERR_UWSGI_ITEM_OVERRUN, 400, "an item is longer than the rest of the array") \
  X(ERR_UWSGI_BAD_CONTENT_LENGTH, 400, "CONTENT_LENGTH is neither empty nor a decimal number of at most 2^53-1") \
  X(ERR_UWSGI_CONTENT_LENGTH_CONFLICT, 400, "CONTENT_LENGTH is given twice with different values") \
  X(ERR_UWSGI_DUPLICATE_VAR, 400, "an HTTP_* variable is repeated and the options refuse that") \
  X(ERR_UWSGI_BAD_REQUEST_METHOD, 400, "REQUEST_METHOD is missing or not a token") \
  X(ERR_UWSGI_PACKET_TRUNCATED, 400, "the peer closed inside a packet") \
  X(ERR_UWSGI_CONTENT_TRUNCATED, 400, "the peer closed before all of the announced content had come") \
  X(ERR_UWSGI_CONTENT_TOO_LARGE, 413, "CONTENT_LENGTH is larger than the limit maxContentBytes") \
  X(ERR_UWSGI_PACKET_TOO_LARGE, 431, "the vars block is larger than the limit maxPacketBytes") \
  X(ERR_UWSGI_TOO_MANY_VARS, 431, "there are more variables than the limit maxVars") \
  X(ERR_UWSGI_MODIFIER_NOT_A_REQUEST, 501, "modifier1 does not announce a request") \
  X(ERR_HTTP_BAD_METHOD, 400, "the method is not a token") \
  X(ERR_HTTP_BAD_REQUEST_LINE, 400, "the request line is not method, SP, request-target, SP, version") \
  X(ERR_HTTP_BAD_TARGET, 400, "the request-target has none of the four forms, or a byte that none of them may have") \
  X(ERR_HTTP_BAD_VERSION, 400, "the version is not HTTP/ and two digits with a dot between") \
  X(ERR_HTTP_EMPTY_LINE, 400, "more than one empty line stands before the request line") \
  X(ERR_HTTP_BARE_LF, 400, "a line ends with LF alone") \
  X(ERR_HTTP_BARE_CR, 400, "a CR that no LF follows") \
  X(ERR_HTTP_FOLDED_LINE, 400, "a field line begins with white space") \
  X(ERR_HTTP_NO_COLON, 400, "a field line has no colon") \
  X(ERR_HTTP_BAD_FIELD_NAME, 400, "a field name is not a token") \
  X(ERR_HTTP_BAD_FIELD_VALUE, 400, "a field value holds a control character") \
  X(ERR_HTTP_UNDERSCORE, 400, "a field name has an underscore and the options refuse that") \
  X(ERR_HTTP_HOST_MISSING, 400, "an HTTP/1.1 request has no Host field") \
  X(ERR_HTTP_HOST_REPEATED, 400, "Host is given twice") \
  X(ERR_HTTP_BAD_HOST, 400, "Host, or the authority of the request-target, is not host and optional port") \
  X(ERR_HTTP_CONTENT_TYPE_REPEATED, 400, "Content-Type is given twice") \
  X(ERR_HTTP_BAD_CONTENT_LENGTH, 400, "Content-Length is not a decimal number of at most 2^53-1") \
  X(ERR_HTTP_CONTENT_LENGTH_REPEATED, 400, "Content-Length is given twice") \
  X(ERR_HTTP_BAD_TRANSFER_ENCODING, 400, "Transfer-Encoding is not chunked, once and last") \
  X(ERR_HTTP_TRANSFER_ENCODING_WITH_LENGTH, 400, "Transfer-Encoding and Content-Length are given together") \
  X(ERR_HTTP_TRANSFER_ENCODING_VERSION, 400, "an HTTP/1.0 request has Transfer-Encoding") \
  X(ERR_HTTP_UPGRADE_WITH_CONTENT, 400, "a WebSocket handshake has content") \
  X(ERR_HTTP_BAD_CHUNK_SIZE, 400, "a chunk size is not 1 to 16 hexadecimal digits and at most 2^53-1") \
  X(ERR_HTTP_BAD_CHUNK_EXTENSION, 400, "a chunk extension breaks the grammar") \
  X(ERR_HTTP_CHUNK_LINE_TOO_LONG, 400, "a chunk-size line is longer than the limit maxChunkLineBytes") \
  X(ERR_HTTP_BAD_CHUNK_END, 400, "the bytes of a chunk are not followed by CR LF") \
  X(ERR_HTTP_CHUNK_OVERHEAD, 400, "chunked coding costs more bytes than the content and the limit maxChunkOverheadBytes") \
  X(ERR_HTTP_FORBIDDEN_TRAILER, 400, "a trailer field may not stand in a trailer section") \
  X(ERR_HTTP_HEAD_TRUNCATED, 400, "the peer closed inside a request head") \
  X(ERR_HTTP_CONTENT_TRUNCATED, 400, "the peer closed before all of the content had come") \
  X(ERR_HTTP_OUTSIDE_MOUNT, 404, "the path is not below the mount point") \
  X(ERR_HTTP_CONTENT_TOO_LARGE, 413, "the content is larger than the limit maxContentBytes") \
  X(ERR_HTTP_REQUEST_LINE_TOO_LONG, 414, "the request line is longer than the limit maxRequestLineBytes") \
  X(ERR_HTTP_EXPECTATION_FAILED, 417, "Expect asks for something other than 100-continue") \
  X(ERR_HTTP_FIELD_LINE_TOO_LONG, 431, "a field line is longer than the limit maxFieldLineBytes") \
  X(ERR_HTTP_TOO_MANY_FIELDS, 431, "there are more field lines than the limit maxFieldLines") \
  X(ERR_HTTP_HEAD_TOO_LARGE, 431, "the request head is larger than the limit maxHeadBytes") \
  X(ERR_HTTP_TRAILERS_TOO_LARGE, 431, "the trailer section is larger than the limit maxTrailerBytes") \
  X(ERR_HTTP_TOO_MANY_TRAILERS, 431, "there are more trailer fields than the limit maxTrailerLines") \
  X(ERR_HTTP_PACKET_TOO_LARGE, 431, "the variables of the request do not fit into a uwsgi packet") \
  X(ERR_HTTP_METHOD_NOT_SUPPORTED, 501, "the method has fewer than 3 or more than 20 characters, or a lower-case letter") \
  X(ERR_HTTP_CONNECT, 501, "the method is CONNECT") \
  X(ERR_HTTP_UNKNOWN_CODING, 501, "Transfer-Encoding names a coding that is not decoded") \
  X(ERR_HTTP_VERSION_NOT_SUPPORTED, 505, "the version is neither HTTP/1.0 nor HTTP/1.1") \
  X(ERR_RESPONSE_NO_STATUS, 502, "the response head has neither a status line nor a Status field") \
  X(ERR_RESPONSE_BAD_STATUS, 502, "the status line has no version HTTP/d.d, or the status code is not three digits from 100 to 999") \
  X(ERR_RESPONSE_STATUS_CONFLICT, 502, "status line and Status field, or two Status fields, differ") \
  X(ERR_RESPONSE_BAD_REASON, 502, "the reason phrase holds a control character") \
  X(ERR_RESPONSE_BARE_LF, 502, "a line of the response head does not end with CR LF") \
  X(ERR_RESPONSE_BARE_CR, 502, "a CR inside a line of the response head") \
  X(ERR_RESPONSE_FOLDED_LINE, 502, "a field line of the response head is folded") \
  X(ERR_RESPONSE_NO_COLON, 502, "a field line of the response head has no colon") \
  X(ERR_RESPONSE_BAD_FIELD_NAME, 502, "a field name of the response head is not a token") \
  X(ERR_RESPONSE_BAD_FIELD_VALUE, 502, "a field value of the response head holds a control character") \
  X(ERR_RESPONSE_TRANSFER_ENCODING, 502, "the response carries Transfer-Encoding, which uwsgi has no use for") \
  X(ERR_RESPONSE_BAD_CONTENT_LENGTH, 502, "Content-Length of the response is not a decimal number of at most 2^53-1") \
  X(ERR_RESPONSE_CONTENT_LENGTH_REPEATED, 502, "the response carries Content-Length twice") \
  X(ERR_RESPONSE_UPGRADE, 502, "the response switches protocols, which nobody asked for") \
  X(ERR_RESPONSE_TOO_MANY_INTERIM, 502, "too many interim (1xx) responses") \
  X(ERR_RESPONSE_HEAD_TOO_LARGE, 502, "the response head is larger than 65 536 bytes") \
  X(ERR_RESPONSE_TOO_MANY_FIELDS, 502, "the response head has more than 1 000 field lines") \
  X(ERR_RESPONSE_EMPTY, 502, "the server closed without answering a byte") \
  X(ERR_RESPONSE_HEAD_TRUNCATED, 502, "the server closed inside the response head") \
  X(ERR_RESPONSE_CONTENT_TRUNCATED, 502, "the server closed before all of the announced content had come") \
  X(ERR_RESPONSE_CONTENT_SURPLUS, 502, "the server sent more content than it had announced")

enum class Refusal : uint32_t {
  none = 0,
#define GATEWIRE_NAME(name, status, sentence) name,
  GATEWIRE_REFUSALS(GATEWIRE_NAME)
#undef GATEWIRE_NAME
};

/// What a decoder says of its input. `refusal` and `offset` (bytes from the start of the input, or of the content, which may be larger than
/// any memory) speak only when refused.
struct Verdict {
  Outcome outcome;
  Refusal refusal;
  uint64_t offset;
};

constexpr Verdict complete() { return {Outcome::complete, Refusal::none, 0}; }
constexpr Verdict incomplete() { return {Outcome::incomplete, Refusal::none, 0}; }
constexpr Verdict refuse(Refusal refusal, uint64_t offset) { return {Outcome::refused, refusal, offset}; }

}  // namespace gatewire
