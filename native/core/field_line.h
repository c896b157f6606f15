// One field line of a head or a trailer section, whoever sent it: where name and value stand, or what breaks the grammar. The codes that
// a fault gets are those of the message that the line is part of; what is part of a request has the same ones everywhere.
//
//   field-line = field-name ":" OWS field-value OWS     ; RFC 9112 section 5; the line end is not part of it
#pragma once
#include "bytes.h"
#include "status.h"

namespace gatewire {

enum class FieldLineFault : uint32_t {
  none = 0,
  folded = 1,     // begins with white space: obs-fold, or a line that some would read as one (RFC 9112 sections 2.2 and 5.2)
  no_colon = 2,
  bad_name = 3,   // not a token, empty, or followed by white space (section 5.1)
  bad_value = 4,  // a control character other than HTAB (RFC 9110 section 5.5)
  bare_cr = 5,    // a CR in name or value
};

struct FieldLine {
  FieldLineFault fault;
  size_t fault_at;   // offset in the line
  size_t name_size;  // the name stands at the start of the line
  size_t value;      // offset of the value in the line, white space left out
  size_t value_end;
};

/// Reads a line of at least one byte, without its line end.
FieldLine read_field_line(Bytes line);

/// The code of a fault in a request: in its head or in its trailer section.
Refusal request_refusal(FieldLineFault fault);

}  // namespace gatewire
