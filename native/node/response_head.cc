// Response heads across the boundary: text or bytes in, bytes or integers out.
#include "core/response_head.h"

#include "arguments.h"
#include "functions.h"

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

napi_value encode_response_head_call(napi_env env, napi_callback_info info) {
  napi_value values[2];
  Environment& environment = *read_arguments(env, info, values);
  uint32_t* slab = environment.slab;
  uint8_t* out = nullptr;
  size_t room = 0;
  size_t text_size = 0;
  char* text = reinterpret_cast<char*>(environment.text);
  uint32_t parts_at = slab[WORD_PARTS_AT];
  uint32_t part_count = slab[WORD_PART_COUNT];
  bool usable = read_bytes(env, values[1], out, room) && parts_at <= kPartsWords && part_count <= kPartsWords - parts_at &&
                napi_get_value_string_latin1(env, values[0], text, sizeof environment.text, &text_size) == napi_ok;
  if (!usable) {
    slab[WORD_FAULT] = static_cast<uint32_t>(HeadFault::room);
    return nullptr;
  }
  HeadEncodeResult result = encode_response_head({environment.text, text_size}, slab + kPartsStart + parts_at, part_count, out, room);
  slab[WORD_FAULT] = static_cast<uint32_t>(result.fault);
  slab[WORD_FAULT_PART] = result.part;
  slab[WORD_WRITTEN] = static_cast<uint32_t>(result.written);
  return nullptr;
}

napi_value decode_response_head_call(napi_env env, napi_callback_info info) {
  napi_value values[1];
  Environment& environment = *read_arguments(env, info, values);
  uint32_t* slab = environment.slab;
  uint8_t* data = nullptr;
  size_t size = 0;
  ResponseHead head = read_state(slab);
  uint32_t parts_at = slab[WORD_PARTS_AT];
  if (!read_bytes(env, values[0], data, size) || !is_possible(head, size) || parts_at > kPartsWords - kMaxFieldWords) {
    slab[WORD_OUTCOME] = kOutcomeUnusable;
    return nullptr;
  }
  auto* fields = reinterpret_cast<FieldRecord*>(slab + kPartsStart + parts_at);
  uint32_t count = 0;
  Verdict verdict = decode_response_head({data, size}, slab[WORD_RESPONSE_ENDED] != 0, head, fields, count);
  slab[WORD_OUTCOME] = static_cast<uint32_t>(verdict.outcome);
  slab[WORD_REFUSAL] = static_cast<uint32_t>(verdict.refusal);
  slab[WORD_REFUSAL_OFFSET] = static_cast<uint32_t>(verdict.offset);
  slab[WORD_PART_COUNT] = count;
  write_state(slab, head);
  return nullptr;
}

}  // namespace gatewire
