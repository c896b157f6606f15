// See field_line.h.
#include "field_line.h"

#include "grammar.h"

namespace gatewire {
namespace {

/// The fault of one byte. A CR is named as what it is, wherever it stands.
FieldLine fault_of_byte(FieldLineFault fault, Bytes line, size_t at) {
  bool cr = at < line.size && line.data[at] == '\r';
  return {cr ? FieldLineFault::bare_cr : fault, at, 0, 0, 0};
}

}  // namespace

FieldLine read_field_line(Bytes line) {
  if (is_ows(line.data[0])) return {FieldLineFault::folded, 0, 0, 0, 0};
  size_t name_size = span_of(line, kTokenByte);
  if (name_size == 0 || name_size == line.size || line.data[name_size] != ':') {
    bool colon = find_byte(line.data, name_size, line.size, ':') < line.size;
    if (!colon && (name_size == line.size || line.data[name_size] != '\r')) return {FieldLineFault::no_colon, 0, 0, 0, 0};
    return fault_of_byte(FieldLineFault::bad_name, line, name_size);
  }
  size_t start = name_size + 1;
  size_t clean = start + span_of({line.data + start, line.size - start}, kFieldByte);
  if (clean < line.size) return fault_of_byte(FieldLineFault::bad_value, line, clean);
  Bytes value = trim_ows({line.data + start, line.size - start});
  size_t value_at = static_cast<size_t>(value.data - line.data);
  return {FieldLineFault::none, 0, name_size, value_at, value_at + value.size};
}

Refusal request_refusal(FieldLineFault fault) {
  switch (fault) {
    case FieldLineFault::folded: return Refusal::ERR_HTTP_FOLDED_LINE;
    case FieldLineFault::no_colon: return Refusal::ERR_HTTP_NO_COLON;
    case FieldLineFault::bad_name: return Refusal::ERR_HTTP_BAD_FIELD_NAME;
    case FieldLineFault::bad_value: return Refusal::ERR_HTTP_BAD_FIELD_VALUE;
    case FieldLineFault::bare_cr: return Refusal::ERR_HTTP_BARE_CR;
    case FieldLineFault::none: break;
  }
  return Refusal::none;
}

}  // namespace gatewire
