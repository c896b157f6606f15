// Message framing: how the content that follows a request head ends, and whether another request may follow it. One place decides it, for
// uwsgi packets and for HTTP/1.x heads (RFC 9112 sections 6.3 and 9.3).
#pragma once
#include "bytes.h"
#include "head_index.h"
#include "limits.h"
#include "status.h"

namespace gatewire {

/// CONTENT_LENGTH = "" | 1*19DIGIT   (RFC 3875 section 4.1.2; empty is what nginx sends for "none")
/// The value as a number of at most 2^53-1; `offset` of a refusal counts from the first byte of `value`.
Verdict parse_content_length(Bytes value, uint64_t& length);

/// Framing of an HTTP request, from the records and facts of `index`: none, length or chunked, in the strict order of RFC 9112 section
/// 6.3. What two recipients could read differently is refused: Transfer-Encoding beside Content-Length, in HTTP/1.0, or with anything but
/// one chunked; Content-Length twice, as a list, or with anything but digits. `length` is the canonical Content-Length in the input.
Verdict decide_framing(Bytes input, uint32_t minor, const Limits& limits, HeadIndex& index, Bytes& length);

/// What a head says about the connection: whether it persists (RFC 9112 section 9.3), whether the client waits for 100 (RFC 9110 section
/// 10.1.1), and whether it wants another protocol (section 7.8). Refused: other expectations, a WebSocket handshake with content.
Verdict decide_connection(Bytes input, uint32_t minor, HeadIndex& index);

}  // namespace gatewire
