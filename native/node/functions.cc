// See functions.h. Knows how values cross Node-API, and nothing of what they mean.
#include "functions.h"

#include "arguments.h"
#include "boundary/calls.h"

namespace gatewire {
namespace {

napi_value string_of(napi_env env, Bytes text) {
  napi_value string = nullptr;
  if (text.size > 0) napi_create_string_latin1(env, reinterpret_cast<const char*>(text.data), text.size, &string);
  return string;
}

/// The argument of a decoding call. Not usable: outcome `unusable` is in the slab.
struct DecoderCall {
  NodeEnvironment& environment;
  Bytes input;
  bool usable;
};

DecoderCall read_decoder_call(napi_env env, napi_callback_info info) {
  napi_value values[1];
  NodeEnvironment& environment = *read_arguments(env, info, values);
  uint8_t* data = nullptr;
  size_t size = 0;
  bool usable = read_bytes(env, values[0], data, size);
  if (!usable) environment.slab[WORD_OUTCOME] = kOutcomeUnusable;
  return {environment, {data, size}, usable};
}

/// A decoding call that gives text.
template <Bytes (*call)(Environment&, Bytes)>
napi_value decode_text(napi_env env, napi_callback_info info) {
  DecoderCall arguments = read_decoder_call(env, info);
  return arguments.usable ? string_of(env, call(arguments.environment, arguments.input)) : nullptr;
}

/// One whose results are integers only.
template <void (*call)(Environment&, Bytes)>
napi_value decode(napi_env env, napi_callback_info info) {
  DecoderCall arguments = read_decoder_call(env, info);
  if (arguments.usable) call(arguments.environment, arguments.input);
  return nullptr;
}

napi_value decode_chunks(napi_env env, napi_callback_info info) {
  DecoderCall arguments = read_decoder_call(env, info);
  if (arguments.usable) decode_chunked_call(arguments.environment, arguments.input, 0);
  return nullptr;
}

/// setOutput(memory): undefined. Memory that cannot be used is none.
napi_value set_output(napi_env env, napi_callback_info info) {
  napi_value values[1];
  NodeEnvironment& environment = *read_arguments(env, info, values);
  if (environment.output_reference != nullptr) napi_delete_reference(env, environment.output_reference);
  environment.output = {};
  environment.output_reference = nullptr;
  Output output = {};
  if (!read_bytes(env, values[0], output.data, output.room)) return nullptr;
  if (napi_create_reference(env, values[0], 1, &environment.output_reference) == napi_ok) environment.output = output;
  return nullptr;
}

/// The memory for results from OUT_AT on.
bool take_output(const NodeEnvironment& environment, Output& out) {
  uint32_t at = environment.slab[WORD_OUT_AT];
  if (environment.output_reference == nullptr || at > environment.output.room) return false;
  out = {environment.output.data + at, environment.output.room - at};
  return true;
}

/// Reads text to where encoding.h wants it; `to` is for bytes. False: it is no text, which is in the word FAULT.
bool read_text(napi_env env, Environment& environment, napi_value value, uint8_t* to, size_t& size) {
  napi_status status = environment.slab[WORD_TEXT_IS_LATIN1] != 0
                           ? napi_get_value_string_latin1(env, value, reinterpret_cast<char*>(to), kMaxBlockBytes + 1, &size)
                           : napi_get_value_string_utf16(env, value, reinterpret_cast<char16_t*>(environment.units), kMaxBlockBytes + 1, &size);
  if (status != napi_ok) environment.slab[WORD_FAULT] = kFaultUnusable;
  return status == napi_ok;
}

template <void (*call)(Environment&, size_t)>
napi_value make_form(napi_env env, napi_callback_info info) {
  napi_value values[1];
  NodeEnvironment& environment = *read_arguments(env, info, values);
  size_t size = 0;
  if (read_text(env, environment, values[0], environment.text, size)) call(environment, size);
  return nullptr;
}

template <void (*call)(Environment&, size_t, Output)>
napi_value encode(napi_env env, napi_callback_info info) {
  napi_value values[1];
  NodeEnvironment& environment = *read_arguments(env, info, values);
  Output out = {};
  size_t size = 0;
  environment.slab[WORD_FAULT] = kFaultUnusable;
  if (take_output(environment, out) && read_text(env, environment, values[0], environment.text, size)) {
    call(environment, size, out);
  }
  return nullptr;
}

napi_value continue_head(napi_env env, napi_callback_info info) {
  napi_value values[2];
  NodeEnvironment& environment = *read_arguments(env, info, values);
  uint8_t* data = nullptr;
  size_t size = 0;
  napi_typedarray_type type;
  void* kept = nullptr;
  size_t words = 0;
  bool usable = read_bytes(env, values[0], data, size) &&
                napi_get_typedarray_info(env, values[1], &type, &words, &kept, nullptr, nullptr) == napi_ok && type == napi_uint32_array;
  if (usable) return string_of(env, continue_request_head_call(environment, {data, size}, static_cast<uint32_t*>(kept), words));
  environment.slab[WORD_OUTCOME] = kOutcomeUnusable;
  return nullptr;
}

napi_value transcode_head(napi_env env, napi_callback_info info) {
  napi_value values[2];
  NodeEnvironment& environment = *read_arguments(env, info, values);
  uint8_t* data = nullptr;
  size_t size = 0;
  Output out = {};
  size_t text_size = 0;
  bool usable = read_bytes(env, values[0], data, size) && take_output(environment, out);
  environment.slab[WORD_OUTCOME] = kOutcomeUnusable;
  environment.slab[WORD_FAULT] = 0;
  if (!usable) return nullptr;
  bool replaces = environment.slab[WORD_PART_COUNT] > 0;
  if (replaces && !read_text(env, environment, values[1], environment.replaced_text, text_size)) return nullptr;
  return string_of(env, transcode_request_head_call(environment, {data, size}, text_size, out));
}

/// want(slot, serial, number, position): undefined. Adds a variable to those that heads of a shape are asked for.
napi_value want_value(napi_env env, napi_callback_info info) {
  napi_value values[4];
  NodeEnvironment& environment = *read_arguments(env, info, values);
  uint32_t numbers[4] = {};
  for (uint32_t i = 0; i < 4; i++) {
    if (napi_get_value_uint32(env, values[i], &numbers[i]) != napi_ok) return nullptr;
  }
  want(environment.shapes, numbers[0], numbers[1], numbers[2], numbers[3]);
  return nullptr;
}

}  // namespace

constexpr Function kCodecFunctions[] = {
    {"decodePacket", decode_text<decode_packet_call>},
    {"decodeRequestHead", decode_text<decode_request_head_call>},
    {"continueRequestHead", continue_head},
    {"transcodeRequestHead", transcode_head},
    {"want", want_value},
    {"setOutput", set_output},
    {"decodeArray", decode<decode_array_call>},
    {"makePacketForm", make_form<make_packet_form_call>},
    {"encodeVars", encode<encode_vars_call>},
    {"makeHeadForm", make_form<make_head_form_call>},
    {"encodeResponseHead", encode<encode_response_head_call>},
    {"decodeResponseHead", decode<decode_response_head_call>},
    {"decodeChunked", decode_chunks},
    {nullptr, nullptr},
};

}  // namespace gatewire
