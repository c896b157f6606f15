// The module table. `require` of the addon gives one function, `open`, which gives all others, with a state of their own: bundles and test
// runners may load the JavaScript of this package several times, and each copy keeps a part of that state on its side.
//
// node-addon-api registers it; values are made by Node-API itself, since what node-addon-api does about errors would be a sixth of the binary.
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

/// The slab as an array; null: no memory. Zero-filled: an empty shape table. About 1 MB that the system provides only when they are touched.
NodeEnvironment* make_environment(napi_env env, napi_value& slab) {
  auto* environment = static_cast<NodeEnvironment*>(calloc(1, sizeof(NodeEnvironment)));
  if (environment == nullptr) return nullptr;
  napi_value buffer;
  void* words = nullptr;
  if (napi_create_arraybuffer(env, kSlabWords * sizeof(uint32_t), &words, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_uint32_array, kSlabWords, buffer, 0, &slab) != napi_ok ||
      napi_create_reference(env, buffer, 1, &environment->slab_reference) != napi_ok) {
    free(environment);
    return nullptr;
  }
  environment->slab = static_cast<uint32_t*>(words);
  return environment;
}

/// One of the functions of an environment is gone. It goes with the last one.
void release(napi_env env, void* data, void*) {
  auto* environment = static_cast<NodeEnvironment*>(data);
  if (--environment->functions > 0) return;
  napi_delete_reference(env, environment->slab_reference);
  if (environment->output_reference != nullptr) napi_delete_reference(env, environment->output_reference);
  free(environment);
}

napi_value request_modifiers(napi_env env) {
  napi_value modifiers;
  napi_create_array(env, &modifiers);
  uint32_t count = 0;
  for (uint32_t modifier = 0; modifier < 256; modifier++) {
    if (!is_request_modifier(static_cast<uint8_t>(modifier))) continue;
    napi_value number;
    napi_create_uint32(env, modifier, &number);
    napi_set_element(env, modifiers, count++, number);
  }
  return modifiers;
}

napi_value kernels(napi_env env) {
  napi_value names;
  napi_create_array(env, &names);
  for (uint32_t i = 0; kernel_name(i) != nullptr; i++) {
    napi_value name;
    napi_create_string_latin1(env, kernel_name(i), NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, names, i, name);
  }
  return names;
}

void add_functions(napi_env env, napi_value table, NodeEnvironment* environment, const Function* function) {
  for (; function->name != nullptr; function++) {
    napi_value value;
    if (napi_create_function(env, function->name, NAPI_AUTO_LENGTH, function->callback, environment, &value) != napi_ok ||
        napi_add_finalizer(env, value, environment, release, nullptr, nullptr) != napi_ok) {
      return;
    }
    environment->functions++;
    napi_set_named_property(env, table, function->name, value);
  }
}

napi_value open_call(napi_env env, napi_callback_info) {
  napi_value slab;
  NodeEnvironment* environment = make_environment(env, slab);
  if (environment == nullptr) {
    napi_throw_error(env, nullptr, "gatewire: no memory for the index slab");
    return nullptr;
  }
  napi_value table;
  napi_create_object(env, &table);
  napi_set_named_property(env, table, "slab", slab);
  napi_set_named_property(env, table, "kernels", kernels(env));
  napi_set_named_property(env, table, "requestModifiers", request_modifiers(env));
  add_functions(env, table, environment, kCodecFunctions);
  add_functions(env, table, environment, kOtherFunctions);
  return table;
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  napi_value open;
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, open_call, nullptr, &open);
  napi_set_named_property(env, exports, "open", open);
  return exports;
}

}  // namespace
}  // namespace gatewire

static Napi::Object Init(Napi::Env env, Napi::Object exports) { return gatewire::init(env, exports); }
NODE_API_MODULE(gatewire, Init)
