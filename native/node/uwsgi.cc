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

/// Where the index of the packet at `data` goes: enough room for the most variables that its block can have. The ring starts over when
/// the rest is too short; a head knows by the lap whether its index still stands.
HeadIndex reserve(Environment& environment, Bytes input) {
  HeadIndex index = {};
  index.var_room = input.size < kPacketHeaderBytes ? 0 : load16(input.data + 1) / 5;
  if (kRingWords - environment.ring_at < kMaxWanted + head_index_words(index.var_room)) {
    environment.ring_at = 0;
    environment.slab[WORD_RING_LAP]++;
  }
  index.wanted = environment.slab + kRingStart + environment.ring_at;
  index.vars = reinterpret_cast<VarRecord*>(index.wanted + kMaxWanted);
  return index;
}

void write_head(Environment& environment, const HeadIndex& index) {
  uint32_t* slab = environment.slab;
  environment.ring_at += kMaxWanted + head_index_words(index.var_count);
  slab[WORD_BYTE_LENGTH] = index.byte_length;
  slab[WORD_VAR_COUNT] = index.var_count;
  slab[WORD_VARS_AT] = static_cast<uint32_t>(index.wanted - slab) + kMaxWanted;
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
  DecoderCall call = read_decoder_call(env, info);
  if (!call.usable) return nullptr;
  Environment& environment = call.environment;
  HeadIndex index = reserve(environment, call.input);
  Verdict verdict = decode_packet(call.input, read_limits(environment.slab), environment.shapes, index);
  write_verdict(environment.slab, verdict);
  if (verdict.outcome != Outcome::complete) return nullptr;
  write_head(environment, index);
  return make_text(env, environment, call.input, index);
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
  DecoderCall call = read_decoder_call(env, info);
  if (!call.usable) return nullptr;
  uint32_t* slab = call.environment.slab;
  if (slab[WORD_PARTS_AT] > kPartsWords - kMaxArrayWords) {
    slab[WORD_OUTCOME] = kOutcomeUnusable;
    return nullptr;
  }
  uint32_t* items = slab + kPartsStart + slab[WORD_PARTS_AT];
  write_verdict(slab, decode_array(call.input, read_limits(slab), items, slab[WORD_PART_COUNT], slab[WORD_BYTE_LENGTH]));
  return nullptr;
}

napi_value encode_vars_call(napi_env env, napi_callback_info info) {
  EncoderCall call = read_encoder_call(env, info);
  uint32_t* slab = call.environment.slab;
  uint32_t modifiers = slab[WORD_PACKET_MODIFIERS];
  EncodeResult result = {EncodeFault::room, 0, 0};
  if (call.usable) {
    result = encode_vars(call.text, call.lengths, call.count, static_cast<uint8_t>(modifiers), static_cast<uint8_t>(modifiers >> 8),
                         call.out, call.room);
  }
  slab[WORD_FAULT] = static_cast<uint32_t>(result.fault);
  slab[WORD_FAULT_PART] = result.part;
  slab[WORD_WRITTEN] = static_cast<uint32_t>(result.written);
  return nullptr;
}

}  // namespace gatewire
