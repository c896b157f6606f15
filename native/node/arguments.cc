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

}  // namespace gatewire
