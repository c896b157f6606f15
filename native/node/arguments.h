// Reading arguments of the hot functions with the C interface of Node-API: each call costs a few nanoseconds, so there are few.
#pragma once
#include <node_api.h>

#include "environment.h"

namespace gatewire {

/// The arguments of a call and the environment that the function was made with. Missing ones are undefined.
template <size_t N>
NodeEnvironment* read_arguments(napi_env env, napi_callback_info info, napi_value (&values)[N]) {
  size_t count = N;
  void* environment = nullptr;
  napi_get_cb_info(env, info, &count, values, nullptr, &environment);
  return static_cast<NodeEnvironment*>(environment);
}

/// The bytes of a Uint8Array, valid until JavaScript runs again. False: not a Uint8Array, or detached. Shared memory is refused in
/// JavaScript, where it costs nothing extra to see; the core stays safe on it all the same, see pin in core/bytes.h.
bool read_bytes(napi_env env, napi_value value, uint8_t*& data, size_t& size);

}  // namespace gatewire
