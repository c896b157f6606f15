#include "arguments.h"

namespace gatewire {

bool read_bytes(napi_env env, napi_value value, uint8_t*& data, size_t& size) {
  napi_typedarray_type type;
  napi_value buffer;
  void* start = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &size, &start, &buffer, nullptr) != napi_ok || type != napi_uint8_array) return false;
  bool unshared = false;
  if (napi_is_arraybuffer(env, buffer, &unshared) != napi_ok || !unshared) return false;
  data = static_cast<uint8_t*>(start);
  if (size > 0) return data != nullptr;
  bool detached = false;
  return napi_is_detached_arraybuffer(env, buffer, &detached) == napi_ok && !detached;
}

}  // namespace gatewire
