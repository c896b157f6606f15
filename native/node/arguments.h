// Reading arguments of the hot functions with the C interface of Node-API: each call costs a few nanoseconds, so there are few.
#pragma once
#include <node_api.h>

#include "core/bytes.h"
#include "boundary/environment.h"

namespace gatewire {

/// The arguments of a call and the environment that the function was made with. Missing ones are undefined.
template <size_t N>
Environment* read_arguments(napi_env env, napi_callback_info info, napi_value (&values)[N]) {
  size_t count = N;
  void* environment = nullptr;
  napi_get_cb_info(env, info, &count, values, nullptr, &environment);
  return static_cast<Environment*>(environment);
}

/// The bytes of a Uint8Array, valid until JavaScript runs again. False: not a Uint8Array, or detached. Shared memory is refused in
/// JavaScript, where it costs nothing extra to see; the core stays safe on it all the same, see pin in core/bytes.h.
bool read_bytes(napi_env env, napi_value value, uint8_t*& data, size_t& size);

/// The argument of a decoding call. Not usable: outcome `unusable` is in the slab.
struct DecoderCall {
  Environment& environment;
  Bytes input;
  bool usable;
};
DecoderCall read_decoder_call(napi_env env, napi_callback_info info);

/// The text of an encoder as bytes, at `to`, where there is room for kMaxBlockBytes and kNarrowRoom of them. The word FAULT tells when it is
/// no text, or has a character above U+00FF.
bool read_text(napi_env env, Environment& environment, napi_value value, uint8_t* to, size_t& size);

/// Text, and the lengths in the parts that cut it.
struct TextParts {
  Bytes text;
  const uint32_t* lengths;
  size_t count;
};

/// The arguments of an encoding call, text and out. Not usable: the reason is in the word FAULT.
struct EncoderCall {
  Environment& environment;
  TextParts parts;
  uint8_t* out;
  size_t room;
  bool usable;
};
EncoderCall read_encoder_call(napi_env env, napi_callback_info info);

/// The argument of a call that makes a form, its text. Not usable: the reason is in the word FAULT. All forms are forgotten when it says so.
struct FormCall {
  Environment& environment;
  TextParts parts;
  bool keep;
  bool usable;
};
FormCall read_form_call(napi_env env, napi_callback_info info);

/// What came of it.
void write_form(uint32_t* slab, uint32_t fault, uint32_t fault_part, const MadeForm& made);

}  // namespace gatewire
