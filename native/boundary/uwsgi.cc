// uwsgi packets across the boundary: bytes in, integers and at most one short string out.
#include "core/uwsgi_packet.h"

#include "node/arguments.h"
#include "calls.h"
#include "head_result.h"

namespace gatewire {
namespace {

/// The most variables that the block of the packet at `data` can have.
uint32_t vars_announced(Bytes input) { return input.size < kPacketHeaderBytes ? 0 : load16(input.data + 1) / 5; }

}  // namespace

napi_value decode_packet_call(napi_env env, napi_callback_info info) {
  DecoderCall call = read_decoder_call(env, info);
  if (!call.usable) return nullptr;
  Environment& environment = call.environment;
  HeadIndex index;
  reserve_index(environment, vars_announced(call.input), index);
  Verdict verdict = decode_packet(call.input, read_limits(environment.slab), environment.shapes, index);
  write_verdict(environment.slab, verdict);
  if (verdict.outcome != Outcome::complete) return nullptr;
  return write_head(env, environment, call.input, index, static_cast<uint32_t>(index.modifier1) | static_cast<uint32_t>(index.modifier2) << 8);
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

napi_value make_packet_form_call(napi_env env, napi_callback_info info) {
  FormCall call = read_form_call(env, info);
  if (!call.usable) return nullptr;
  MadeForm made = {};
  const TextParts& keys = call.parts;
  EncodeFault fault = make_packet_form(call.environment.forms, keys.text, keys.lengths, keys.count, call.keep, made);
  write_form(call.environment.slab, static_cast<uint32_t>(fault), 0, made);
  return nullptr;
}

napi_value encode_vars_call(napi_env env, napi_callback_info info) {
  EncoderCall call = read_encoder_call(env, info);
  if (!call.usable) return nullptr;
  uint32_t* slab = call.environment.slab;
  uint32_t modifiers = slab[WORD_PACKET_MODIFIERS];
  const TextParts& values = call.parts;
  EncodeResult result = encode_vars(call.environment.forms, slab[WORD_FORM], values.text, values.lengths, values.count,
                                    static_cast<uint8_t>(modifiers), static_cast<uint8_t>(modifiers >> 8), call.out, call.room);
  slab[WORD_FAULT] = static_cast<uint32_t>(result.fault);
  slab[WORD_FAULT_PART] = result.part;
  slab[WORD_WRITTEN] = static_cast<uint32_t>(result.written);
  return nullptr;
}

}  // namespace gatewire
