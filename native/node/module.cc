// The module table: what `require` of the addon gives. Runs once for each environment, so it may use the comfortable interface.
#include <napi.h>
#include <stdlib.h>

#include "core/kernel.h"
#include "core/uwsgi_packet.h"
#include "arguments.h"
#include "environment.h"
#include "functions.h"
#include "sockets.h"

namespace gatewire {
namespace {

/// useKernel(number): undefined. Chooses a kernel by its place in the list `kernels`.
napi_value use_kernel_call(napi_env env, napi_callback_info info) {
  napi_value values[1];
  read_arguments(env, info, values);
  uint32_t number = 0;
  if (napi_get_value_uint32(env, values[0], &number) == napi_ok && kernel_name(number) != nullptr) choose_kernel(kernel_name(number));
  return nullptr;
}

constexpr Function kOtherFunctions[] = {
    {"useKernel", use_kernel_call},
#if defined(__linux__)
    {"openSockets", open_sockets_call},
    {"keepAlive", keep_alive_call},
    {"listenUnix", listen_unix_call},
    {"adoptListener", adopt_listener_call},
    {"setAccepting", set_accepting_call},
    {"acceptConnection", accept_connection_call},
    {"watchConnection", watch_connection_call},
    {"receive", receive_call},
    {"sendText", send_text_call},
    {"sendBytes", send_bytes_call},
    {"shutDown", shut_down_call},
    {"closeSocket", close_socket_call},
    {"remoteName", remote_name_call},
    {"localName", local_name_call},
#endif
    {nullptr, nullptr},
};

NodeEnvironment* make_environment(Napi::Env env) {
  // Zero-filled: an empty shape table. About 1 MB that the system provides only when they are touched.
  auto* environment = static_cast<NodeEnvironment*>(calloc(1, sizeof(NodeEnvironment)));
  if (environment == nullptr) return nullptr;
  napi_value buffer;
  void* words = nullptr;
  if (napi_create_arraybuffer(env, kSlabWords * sizeof(uint32_t), &words, &buffer) != napi_ok ||
      napi_create_reference(env, buffer, 1, &environment->slab_reference) != napi_ok) {
    free(environment);
    return nullptr;
  }
  environment->slab = static_cast<uint32_t*>(words);
  napi_set_instance_data(env, environment, [](napi_env, void* data, void*) { free(data); }, nullptr);
  return environment;
}

Napi::Array request_modifiers(Napi::Env env) {
  Napi::Array modifiers = Napi::Array::New(env);
  for (uint32_t modifier = 0; modifier < 256; modifier++) {
    if (is_request_modifier(static_cast<uint8_t>(modifier))) modifiers.Set(modifiers.Length(), Napi::Number::New(env, modifier));
  }
  return modifiers;
}

Napi::Array kernels(Napi::Env env) {
  Napi::Array names = Napi::Array::New(env);
  for (uint32_t i = 0; kernel_name(i) != nullptr; i++) {
    napi_value name;
    napi_create_string_latin1(env, kernel_name(i), NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, names, i, name);
  }
  return names;
}

void add_functions(Napi::Env env, Napi::Object exports, NodeEnvironment* environment, const Function* function) {
  napi_value value;
  for (; function->name != nullptr; function++) {
    if (napi_create_function(env, function->name, NAPI_AUTO_LENGTH, function->callback, environment, &value) != napi_ok) return;
    exports.Set(function->name, Napi::Value(env, value));
  }
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  NodeEnvironment* environment = make_environment(env);
  if (environment == nullptr) {
    Napi::Error::New(env, "gatewire: no memory for the index slab").ThrowAsJavaScriptException();
    return exports;
  }
  napi_value buffer;
  napi_value slab;
  napi_get_reference_value(env, environment->slab_reference, &buffer);
  napi_create_typedarray(env, napi_uint32_array, kSlabWords, buffer, 0, &slab);
  exports.Set("slab", Napi::Value(env, slab));
  exports.Set("kernels", kernels(env));
  exports.Set("requestModifiers", request_modifiers(env));
  add_functions(env, exports, environment, kCodecFunctions);
  add_functions(env, exports, environment, kOtherFunctions);
  return exports;
}

}  // namespace
}  // namespace gatewire

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return gatewire::init(env, exports); }
NODE_API_MODULE(gatewire, Init)
