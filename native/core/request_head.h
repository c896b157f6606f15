// HTTP/1.x request heads: lines judged by request_lines.h, then what they mean as one request, in the head index that every protocol
// fills. Knows RFC 9110, RFC 9112 and which CGI variables a head becomes (RFC 3875 section 4.1); nothing of content or JavaScript.
//
// The records of a head: those of RequestVar, which come from the request line or have to be made from a field; one for each field line,
// as on the wire; and one for each variable that several field lines make together. Values that do not stand in the input (a path that
// was percent-encoded, joined values) are written to `text`, where their offsets count on from the end of the head.
#pragma once
#include "bytes.h"
#include "head_index.h"
#include "limits.h"
#include "request_lines.h"
#include "shape_table.h"
#include "status.h"

namespace gatewire {

/// The first records of a head, in this order.
#define GATEWIRE_REQUEST_VARS(X) \
  X(REQUEST_METHOD) X(PATH_INFO) X(QUERY_STRING) X(REQUEST_URI) X(SERVER_PROTOCOL) X(HTTP_HOST) X(CONTENT_LENGTH)
enum RequestVar : uint32_t {
#define GATEWIRE_NAME(name) VAR_##name,
  GATEWIRE_REQUEST_VARS(GATEWIRE_NAME)
#undef GATEWIRE_NAME
  kRequestVars
};

/// Methods that have a number, from 1 on, so that nobody needs their bytes.
#define GATEWIRE_METHODS(X) X(GET) X(HEAD) X(POST) X(PUT) X(DELETE) X(OPTIONS) X(PATCH)

/// A record with this id is a field line whose value is part of that of a later record.
constexpr NameId kJoined = static_cast<NameId>(254);

/// Most records of a head: each variable that lines make together has at least two of them.
constexpr uint32_t max_request_records(uint32_t field_lines) { return kRequestVars + field_lines + field_lines / 2; }

struct RequestOptions {
  Limits limits;
  Bytes mount;              // SCRIPT_NAME: "" or "/x" without "/" at the end, not percent-encoded
  uint32_t traits;          // what else the variables of a head depend on, see RequestTrait
  bool refuse_underscores;
};

/// Heads with different traits have different shapes. The bits that the core does not read are for JavaScript, which makes one environ
/// builder for a shape.
enum RequestTrait : uint32_t {
  kKeepUnderscores = 1,
  kRequestTraits = 8,  // so many combinations are the caller's
  kAbsoluteForm = 8,   // of the request-target: there is HTTP_HOST without a Host field
};
constexpr uint32_t kRequestVariant = 16;
static_assert(kRequestVariant + 2 * kRequestTraits <= kShapeVariants);

/// Room for `text`: the head, and behind it all values that do not stand in it. They are shorter than the lines they are made from.
constexpr size_t kRequestTextBytes = 2 * (size_t{kMaxHeadBytes} + 1);

/// Decodes the request head at the start of `input`. `lines` is all zero, and tells how far a head that is incomplete has been read; the
/// records of its field lines stand at index.vars + kRequestVars.
///
/// A refusal comes with the line that is at fault, whatever may follow; what a head means as a whole is judged when it is complete.
Verdict decode_request_head(Bytes input, const RequestOptions& options, RequestLines& lines, ShapeTable& shapes, HeadIndex& index,
                            uint8_t* text);

/// The first half of that, to go on with when more of a head has come: read_request_lines, by the kernel as far as it vouches for lines.
Verdict read_head_lines(Bytes input, const Limits& limits, RequestLines& lines, VarRecord* fields);

/// The second half, for a head whose lines have been read: what it means as a whole, judged in this order: Host, framing, method,
/// expectation, mount.
Verdict interpret_request_head(Bytes input, const RequestOptions& options, const RequestLines& lines, ShapeTable& shapes, HeadIndex& index,
                               uint8_t* text);

}  // namespace gatewire
