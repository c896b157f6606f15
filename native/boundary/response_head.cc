// Response heads across the boundary: text or bytes in, bytes or integers out.
#include "core/response_head.h"

#include "node/arguments.h"
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

napi_value make_head_form_call(napi_env env, napi_callback_info info) {
  FormCall call = read_form_call(env, info);
  if (!call.usable) return nullptr;
  const TextParts& names = call.parts;
  HeadFormResult result = make_head_form(call.environment.forms, names.text, names.lengths, names.count, call.keep);
  write_form(call.environment.slab, static_cast<uint32_t>(result.fault), result.part, result.form);
  return nullptr;
}

napi_value encode_response_head_call(napi_env env, napi_callback_info info) {
  EncoderCall call = read_encoder_call(env, info);
  if (!call.usable) return nullptr;
  uint32_t* slab = call.environment.slab;
  HeadEncodeResult result = encode_response_head(call.environment.forms, slab[WORD_FORM], call.parts.text, call.parts.lengths,
                                                 call.parts.count, call.out, call.room);
  slab[WORD_FAULT] = static_cast<uint32_t>(result.fault);
  slab[WORD_FAULT_PART] = result.part;
  slab[WORD_WRITTEN] = static_cast<uint32_t>(result.written);
  return nullptr;
}

napi_value decode_response_head_call(napi_env env, napi_callback_info info) {
  DecoderCall call = read_decoder_call(env, info);
  if (!call.usable) return nullptr;
  uint32_t* slab = call.environment.slab;
  ResponseHead head = read_state(slab);
  if (!is_possible(head, call.input.size) || slab[WORD_PARTS_AT] > kPartsWords - kMaxFieldWords) {
    slab[WORD_OUTCOME] = kOutcomeUnusable;
    return nullptr;
  }
  auto* fields = reinterpret_cast<FieldRecord*>(slab + kPartsStart + slab[WORD_PARTS_AT]);
  write_verdict(slab, decode_response_head(call.input, slab[WORD_RESPONSE_ENDED] != 0, head, fields, slab[WORD_PART_COUNT]));
  write_state(slab, head);
  return nullptr;
}

}  // namespace gatewire
