// HTTP response heads as a uwsgi peer writes them. Knows the grammar (RFC 9112 sections 4 and 5, RFC 9110 section 5.5) and nothing of
// policy: which fields a server may send, and how content is framed, is decided elsewhere.
//
//   head        = status-line *( field-name ":" OWS field-value OWS CRLF ) CRLF
//   status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF
#pragma once
#include "bytes.h"

namespace gatewire {

/// Why no head was written. The caller's mistake.
enum class HeadFault : uint32_t {
  none = 0,
  bad_status = 1,               // not 3DIGIT [ SP reason-phrase ], or the first digit is 0
  bad_name = 2,                 // not a token
  bad_value = 3,                // a control character other than HTAB
  bad_content_length = 4,       // not 1*DIGIT, or above 2^53-1
  content_length_repeated = 5,  // a second one, even if it is equal
  lengths_disagree = 6,         // lengths do not use up `text`, or a name has no value
  room = 7,
};

struct HeadEncodeResult {
  HeadFault fault;
  uint32_t part;   // which length was at fault
  size_t written;  // bytes written; 0 with a fault
};

/// Writes a response head whose parts are cut from `text`: lengths[0] bytes of status ("200 OK"), then a name and a value in turn,
/// `count` lengths in all. White space around a value is left out. Everything is checked before the first byte is written.
HeadEncodeResult encode_response_head(Bytes text, const uint32_t* lengths, size_t count, uint8_t* out, size_t room);

}  // namespace gatewire
