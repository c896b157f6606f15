// Response heads across the boundary: text or bytes in, bytes or integers out.
#include "core/response_head.h"

#include "arguments.h"
#include "functions.h"

namespace gatewire {

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

}  // namespace gatewire
