// Which memory a call may read. See arguments.h; knows nothing of what the bytes mean.
#include "arguments.h"

namespace gatewire {
namespace {

// A detached array looks empty. Its buffer is asked for only then: to make a handle for it costs as much as the rest.
bool is_detached(napi_env env, napi_value array) {
  napi_value buffer;
  bool detached = true;
  bool known = napi_get_typedarray_info(env, array, nullptr, nullptr, nullptr, &buffer, nullptr) == napi_ok &&
               napi_is_detached_arraybuffer(env, buffer, &detached) == napi_ok;
  return !known || detached;
}

}  // namespace

bool read_bytes(napi_env env, napi_value value, uint8_t*& data, size_t& size) {
  napi_typedarray_type type;
  void* start = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &size, &start, nullptr, nullptr) != napi_ok || type != napi_uint8_array) return false;
  data = static_cast<uint8_t*>(start);
  return size > 0 || !is_detached(env, value);
}

DecoderCall read_decoder_call(napi_env env, napi_callback_info info) {
  napi_value values[1];
  Environment& environment = *read_arguments(env, info, values);
  uint8_t* data = nullptr;
  size_t size = 0;
  bool usable = read_bytes(env, values[0], data, size);
  if (!usable) environment.slab[WORD_OUTCOME] = kOutcomeUnusable;
  return {environment, {data, size}, usable};
}

// As UTF-16 text is exact: no character can pass for another one. Long text, for which two bytes a character would cost more than the
// question, has been looked through in JavaScript.
bool read_text(napi_env env, Environment& environment, napi_value value, uint8_t* to, size_t& size) {
  uint32_t& fault = environment.slab[WORD_FAULT];
  fault = kFaultUnusable;
  if (environment.slab[WORD_TEXT_IS_LATIN1] != 0) {
    if (napi_get_value_string_latin1(env, value, reinterpret_cast<char*>(to), kMaxBlockBytes + 1, &size) != napi_ok) return false;
    fault = 0;
    return true;
  }
  auto* units = reinterpret_cast<char16_t*>(environment.units);
  if (napi_get_value_string_utf16(env, value, units, kMaxBlockBytes + 1, &size) != napi_ok) return false;
  bool latin1 = narrow_text(environment.units, size, to);
  fault = latin1 ? 0 : kFaultNotLatin1;
  return latin1;
}

namespace {

bool read_parts(napi_env env, Environment& environment, napi_value value, TextParts& parts) {
  uint32_t at = environment.slab[WORD_PARTS_AT];
  uint32_t count = environment.slab[WORD_PART_COUNT];
  environment.slab[WORD_FAULT] = kFaultUnusable;
  if (at > kPartsWords || count > kPartsWords - at) return false;
  size_t size = 0;
  bool usable = read_text(env, environment, value, environment.text, size);
  parts = {{environment.text, size}, environment.slab + kPartsStart + at, count};
  return usable;
}

}  // namespace

EncoderCall read_encoder_call(napi_env env, napi_callback_info info) {
  napi_value values[2];
  Environment& environment = *read_arguments(env, info, values);
  uint32_t out_at = environment.slab[WORD_OUT_AT];
  uint8_t* out = nullptr;
  size_t room = 0;
  TextParts parts = {};
  environment.slab[WORD_FAULT] = kFaultUnusable;
  bool usable = read_bytes(env, values[1], out, room) && out_at <= room && read_parts(env, environment, values[0], parts);
  return {environment, parts, out + out_at, room - out_at, usable};
}

FormCall read_form_call(napi_env env, napi_callback_info info) {
  napi_value values[1];
  Environment& environment = *read_arguments(env, info, values);
  TextParts parts = {};
  bool usable = read_parts(env, environment, values[0], parts);
  uint32_t keep = environment.slab[WORD_KEEP_FORM];
  if (keep == kForgetForms) forget_forms(environment.forms);
  return {environment, parts, keep != 0, usable};
}

void write_form(uint32_t* slab, uint32_t fault, uint32_t fault_part, const MadeForm& made) {
  slab[WORD_FAULT] = fault;
  slab[WORD_FAULT_PART] = fault_part;
  slab[WORD_FORM] = made.number;
  slab[WORD_KEEP_FORM] = made.kept;
}

}  // namespace gatewire
