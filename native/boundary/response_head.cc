// Response heads across the boundary: text or bytes in, bytes or integers out.
#include "core/response_head.h"

#include "calls.h"

namespace gatewire {
namespace {

ResponseHead read_state(const uint32_t* slab) {
  ResponseHead head;
  head.line = slab[WORD_RESPONSE_LINE];
  head.scanned = slab[WORD_RESPONSE_SCANNED];
  head.field_lines = slab[WORD_RESPONSE_FIELD_LINES];
  head.status = slab[WORD_RESPONSE_STATUS];
  head.reason = slab[WORD_RESPONSE_REASON];
  head.reason_end = slab[WORD_RESPONSE_REASON_END];
  head.has_content_length = slab[WORD_RESPONSE_HAS_LENGTH];
  head.content_length = static_cast<uint64_t>(slab[WORD_RESPONSE_LENGTH_HIGH]) << 32 | slab[WORD_RESPONSE_LENGTH_LOW];
  return head;
}

void write_state(uint32_t* slab, const ResponseHead& head) {
  slab[WORD_RESPONSE_LINE] = head.line;
  slab[WORD_RESPONSE_SCANNED] = head.scanned;
  slab[WORD_RESPONSE_FIELD_LINES] = head.field_lines;
  slab[WORD_RESPONSE_STATUS] = head.status;
  slab[WORD_RESPONSE_REASON] = head.reason;
  slab[WORD_RESPONSE_REASON_END] = head.reason_end;
  slab[WORD_RESPONSE_HAS_LENGTH] = head.has_content_length;
  slab[WORD_RESPONSE_LENGTH_LOW] = static_cast<uint32_t>(head.content_length);
  slab[WORD_RESPONSE_LENGTH_HIGH] = static_cast<uint32_t>(head.content_length >> 32);
}

/// A state that no earlier call for these bytes can have left would lead beyond them.
bool is_possible(const ResponseHead& head, size_t size) {
  return head.line <= head.scanned && head.scanned <= size && head.scanned <= kMaxResponseHeadBytes &&
         head.field_lines <= kMaxResponseFields;
}

}  // namespace

void make_head_form_call(Environment& environment, size_t text_size) {
  FormNames names = {};
  if (!read_form_names(environment, text_size, names)) return;
  const TextParts& parts = names.parts;
  HeadFormResult result = make_head_form(environment.forms, parts.text, parts.lengths, parts.count, names.keep);
  write_form(environment.slab, static_cast<uint32_t>(result.fault), result.part, result.form);
}

void encode_response_head_call(Environment& environment, size_t text_size, Output out) {
  uint32_t* slab = environment.slab;
  TextParts values = {};
  if (!read_parts(environment, text_size, environment.text, values)) return;
  HeadEncodeResult result = encode_response_head(environment.forms, slab[WORD_FORM], values.text, values.lengths, values.count, out.data,
                                                 out.room);
  slab[WORD_FAULT] = static_cast<uint32_t>(result.fault);
  slab[WORD_FAULT_PART] = result.part;
  slab[WORD_WRITTEN] = static_cast<uint32_t>(result.written);
}

void decode_response_head_call(Environment& environment, Bytes input) {
  uint32_t* slab = environment.slab;
  ResponseHead head = read_state(slab);
  if (!is_possible(head, input.size) || slab[WORD_PARTS_AT] > kPartsWords - kMaxFieldWords) {
    slab[WORD_OUTCOME] = kOutcomeUnusable;
    return;
  }
  auto* fields = reinterpret_cast<FieldRecord*>(slab + kPartsStart + slab[WORD_PARTS_AT]);
  write_verdict(slab, decode_response_head(input, slab[WORD_RESPONSE_ENDED] != 0, head, fields, slab[WORD_PART_COUNT]));
  write_state(slab, head);
}

}  // namespace gatewire
