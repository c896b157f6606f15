#include "arguments.h"

namespace gatewire {

bool read_bytes(napi_env env, napi_value value, uint8_t*& data, size_t& size) {
  napi_typedarray_type type;
  void* start = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &size, &start, nullptr, nullptr) != napi_ok || type != napi_uint8_array) return false;
  data = static_cast<uint8_t*>(start);
  return data != nullptr || size == 0;
}

}  // namespace gatewire
