// uwsgi packets across the boundary: bytes in, integers and at most one short string out.
#include "core/uwsgi_packet.h"

#include "arguments.h"
#include "functions.h"

namespace gatewire {
namespace {

Limits read_limits(const uint32_t* slab) {
  Limits limits;
  limits.max_packet_bytes = slab[WORD_MAX_PACKET_BYTES];
  limits.max_vars = slab[WORD_MAX_VARS];
  limits.max_content_bytes = static_cast<uint64_t>(slab[WORD_MAX_CONTENT_HIGH]) << 32 | slab[WORD_MAX_CONTENT_LOW];
  return limits;
}

void write_verdict(uint32_t* slab, const Verdict& verdict) {
  slab[WORD_OUTCOME] = static_cast<uint32_t>(verdict.outcome);
  slab[WORD_REFUSAL] = static_cast<uint32_t>(verdict.refusal);
  slab[WORD_REFUSAL_OFFSET] = static_cast<uint32_t>(verdict.offset);
}

/// Where the index of the packet at `data` goes: enough room for the most variables that its block can have. The ring starts over when
/// the rest is too short; a head knows by the lap whether its index still stands.
uint32_t reserve(Environment& environment, const uint8_t* data, size_t size) {
  uint32_t most_vars = size < kPacketHeaderBytes ? 0 : load16(data + 1) / 5;
  if (kRingWords - environment.ring_at < kMaxWanted + head_index_words(most_vars)) {
    environment.ring_at = 0;
    environment.slab[WORD_RING_LAP]++;
  }
  return environment.ring_at;
}

void write_head(Environment& environment, const HeadIndex& index, uint32_t vars_at) {
  uint32_t* slab = environment.slab;
  environment.ring_at = vars_at + head_index_words(index.var_count);
  slab[WORD_BYTE_LENGTH] = index.byte_length;
  slab[WORD_VAR_COUNT] = index.var_count;
  slab[WORD_VARS_AT] = kRingStart + vars_at;
  slab[WORD_MODIFIERS] = static_cast<uint32_t>(index.modifier1) | static_cast<uint32_t>(index.modifier2) << 8;
  slab[WORD_CONTENT_LOW] = static_cast<uint32_t>(index.content_length);
  slab[WORD_CONTENT_HIGH] = static_cast<uint32_t>(index.content_length >> 32);
  slab[WORD_SHAPE_SLOT] = index.shape_slot;
  slab[WORD_SHAPE_SERIAL] = index.shape_serial;
}

/// The one string of a decoding call: the whole head where heads of its shape were lately read as a whole, else the values that they are
/// asked for, if any.
napi_value make_text(napi_env env, Environment& environment, Bytes input, const HeadIndex& index) {
  uint32_t* slab = environment.slab;
  uint32_t* text_heads = index.shape_slot == kNoShape ? nullptr : slab + kTextHeadsStart + index.shape_slot;
  bool whole = text_heads != nullptr && *text_heads > 0 && index.byte_length <= kMaxTextHead;
  Bytes text = {environment.text, 0};
  if (whole) {
    --*text_heads;
    text = {input.data, index.byte_length};
  } else {
    text.size = cut_wanted(environment.shapes, input, index, environment.text);
  }
  slab[WORD_TEXT_IS_WHOLE] = whole;
  napi_value string = nullptr;
  if (text.size > 0) napi_create_string_latin1(env, reinterpret_cast<const char*>(text.data), text.size, &string);
  return string;
}

}  // namespace

napi_value decode_packet_call(napi_env env, napi_callback_info info) {
  napi_value values[1];
  Environment& environment = *read_arguments(env, info, values);
  uint32_t* slab = environment.slab;
  uint8_t* data = nullptr;
  size_t size = 0;
  if (!read_bytes(env, values[0], data, size)) {
    slab[WORD_OUTCOME] = kOutcomeUnusable;
    return nullptr;
  }
  uint32_t vars_at = reserve(environment, data, size) + kMaxWanted;
  HeadIndex index = {};
  index.wanted = slab + kRingStart + vars_at - kMaxWanted;
  index.vars = reinterpret_cast<VarRecord*>(slab + kRingStart + vars_at);
  Verdict verdict = decode_packet({data, size}, read_limits(slab), environment.shapes, index);
  write_verdict(slab, verdict);
  if (verdict.outcome != Outcome::complete) return nullptr;
  write_head(environment, index, vars_at);
  return make_text(env, environment, {data, size}, index);
}

napi_value want_call(napi_env env, napi_callback_info info) {
  napi_value values[4];
  Environment& environment = *read_arguments(env, info, values);
  uint32_t numbers[4] = {};
  for (uint32_t i = 0; i < 4; i++) {
    if (napi_get_value_uint32(env, values[i], &numbers[i]) != napi_ok) return nullptr;
  }
  want(environment.shapes, numbers[0], numbers[1], numbers[2], numbers[3]);
  return nullptr;
}

napi_value decode_array_call(napi_env env, napi_callback_info info) {
  napi_value values[1];
  Environment& environment = *read_arguments(env, info, values);
  uint32_t* slab = environment.slab;
  uint8_t* data = nullptr;
  size_t size = 0;
  if (!read_bytes(env, values[0], data, size)) {
    slab[WORD_OUTCOME] = kOutcomeUnusable;
    return nullptr;
  }
  if (slab[WORD_PARTS_AT] > kPartsWords - kMaxArrayWords) {
    slab[WORD_OUTCOME] = kOutcomeUnusable;
    return nullptr;
  }
  uint32_t count = 0;
  uint32_t byte_length = 0;
  Verdict verdict = decode_array({data, size}, read_limits(slab), slab + kPartsStart + slab[WORD_PARTS_AT], count, byte_length);
  write_verdict(slab, verdict);
  slab[WORD_PART_COUNT] = count;
  slab[WORD_BYTE_LENGTH] = byte_length;
  return nullptr;
}

napi_value encode_vars_call(napi_env env, napi_callback_info info) {
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
    slab[WORD_FAULT] = static_cast<uint32_t>(EncodeFault::room);
    return nullptr;
  }
  uint32_t modifiers = slab[WORD_PACKET_MODIFIERS];
  EncodeResult result = encode_vars({environment.text, text_size}, slab + kPartsStart + parts_at, part_count,
                                    static_cast<uint8_t>(modifiers), static_cast<uint8_t>(modifiers >> 8), out, room);
  slab[WORD_FAULT] = static_cast<uint32_t>(result.fault);
  slab[WORD_FAULT_PART] = result.part;
  slab[WORD_WRITTEN] = static_cast<uint32_t>(result.written);
  return nullptr;
}

}  // namespace gatewire
