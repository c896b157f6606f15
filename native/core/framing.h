// Message framing of a uwsgi request: how many bytes of content follow the packet. One place decides it.
#pragma once
#include "bytes.h"
#include "status.h"

namespace gatewire {

/// CONTENT_LENGTH = "" | 1*19DIGIT   (RFC 3875 section 4.1.2; empty is what nginx sends for "none")
/// The value as a number of at most 2^53-1; `offset` of a refusal counts from the first byte of `value`.
Verdict parse_content_length(Bytes value, uint64_t& length);

}  // namespace gatewire
