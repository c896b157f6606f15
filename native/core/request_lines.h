// The lines of an HTTP/1.x request head: their grammar, and where their parts stand. Knows nothing of what fields mean; that is judged
// when all of the head is there (request_head.h).
//
//   head         = [ CRLF ] request-line CRLF *( field-line CRLF ) CRLF             ; RFC 9112 section 2.1, CRLF before it: 2.2
//   request-line = method SP request-target SP HTTP-version                         ; RFC 9112 section 3
//
// Only CR LF ends a line. This is the scalar reference: kernels may read heads faster (kernel.h), and what they cannot vouch for is read
// here, so that every refusal comes from one place.
#pragma once
#include "bytes.h"
#include "head_index.h"
#include "limits.h"
#include "status.h"

namespace gatewire {

/// What is known of a head so far. All zero is the state before its first byte; offsets count from there.
struct RequestLines {
  uint32_t line;         // where the first line begins that is not read yet; behind the blank line once the head is complete
  uint32_t scanned;      // no line ends between `line` and here
  uint32_t field_count;
  uint32_t method;       // 0, or 2 behind an empty line
  uint32_t method_end;   // 0: the request line is not read yet
  uint32_t target_end;   // the target begins behind the SP at method_end
  uint32_t minor;        // of the version HTTP/1.x: 0 or 1
};

/// Reads the lines that are complete in `input`, which holds all bytes of the head that have come, and judges each: first its length, then
/// its grammar from left to right, then its end. What an earlier call has read is not looked at again: `lines` says where to go on. Of a
/// first line that is not complete, as many bytes are judged as tell other protocols apart. `fields` has room for
/// limits.max_field_lines records.
Verdict read_request_lines(Bytes input, const Limits& limits, RequestLines& lines, VarRecord* fields);

}  // namespace gatewire
