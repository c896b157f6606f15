// HTTP response heads as a uwsgi peer writes them. Knows the grammar (RFC 9112 sections 4 and 5, RFC 9110 section 5.5) and nothing of
// policy: which fields a server may send, and how content is framed, is decided elsewhere.
//
//   head        = status-line *( field-name ":" OWS field-value OWS CRLF ) CRLF
//   status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF
//
// A peer may also write a CGI head, which has a Status field instead of the status line (RFC 3875 section 6.3.3).
#pragma once
#include "bytes.h"
#include "forms.h"
#include "status.h"

namespace gatewire {

/// Why no head was written. The caller's mistake.
enum class HeadFault : uint32_t {
  none = 0,
  bad_status = 1,               // not 3DIGIT [ SP reason-phrase ], or the first digit is 0
  bad_name = 2,                 // not a token
  bad_value = 3,                // a control character other than HTAB
  bad_content_length = 4,       // not 1*DIGIT, or above 2^53-1
  content_length_repeated = 5,  // a second one, even if it is equal
  lengths_disagree = 6,         // lengths do not use up `text`, or are not as many as the form has fields
  room = 7,
};

struct HeadEncodeResult {
  HeadFault fault;
  uint32_t part;   // at fault: a blank, counted from 1
  size_t written;  // bytes written; 0 with a fault
};

struct HeadFormResult {
  HeadFault fault;
  uint32_t part;  // at fault: 0 the status, else a field, counted from 1; when lengths disagree, one of them
  MadeForm form;
};

/// Makes the form of heads with this status ("200 OK") and these field names, and some of their values (kValueOfForm), cut from `text` by `count`
/// lengths, that of the status first. Faults are those of what is given.
HeadFormResult make_head_form(FormTable& table, Bytes text, const uint32_t* lengths, size_t count, bool keep);

/// Writes a response head: a form, and for each of its blanks a value cut from `text` by its length. White space around a value is left out.
/// Everything is checked before the first byte is written. What then stands behind the head, up to `room`, counts for nothing.
HeadEncodeResult encode_response_head(const FormTable& table, uint32_t form, Bytes text, const uint32_t* lengths, size_t count, uint8_t* out,
                                      size_t room);

/// One field line: offsets of name and value, each with the offset behind its last byte; white space around the value is not part.
struct FieldRecord {
  uint32_t name;
  uint32_t name_end;
  uint32_t value;
  uint32_t value_end;
};

/// What is known of a head so far. All zero is the state before its first byte; offsets count from there.
struct ResponseHead {
  uint32_t line;         // where the first line begins that is not read yet; behind the blank line once the head is complete
  uint32_t scanned;      // no line ends between `line` and here
  uint32_t field_lines;
  uint32_t status;       // 0: not known yet
  uint32_t reason;
  uint32_t reason_end;
  uint32_t has_content_length;
  uint64_t content_length;
};

/// Reads the lines that are complete in `input`, which holds all bytes of the head that have come. What an earlier call has read is not
/// looked at again: `head` says where to go on, and only the records of new field lines are written, at most kMaxResponseFields of
/// them; a Status field has no record. `ended`: nothing will follow, so what is incomplete is refused.
Verdict decode_response_head(Bytes input, bool ended, ResponseHead& head, FieldRecord* fields, uint32_t& field_count);

}  // namespace gatewire
