// See sockets.h. Waits for the SocketTable of an environment with the event loop of Node, and calls JavaScript once for all that can be done
// in a turn of the loop: the way into JavaScript and out costs as much as the rest of a small request.
#if defined(__linux__)
#include "sockets.h"

#include <errno.h>
#include <stdlib.h>
#include <uv.h>

#include "arguments.h"
#include "transport/socket_table.h"

// Runtimes that load addons without having libuv have none of these: a missing function must not keep the codec from being loaded.
#pragma weak napi_get_uv_event_loop
#pragma weak uv_poll_init
#pragma weak uv_poll_start
#pragma weak uv_close
#pragma weak uv_ref
#pragma weak uv_unref

namespace gatewire {

constexpr uint32_t kMostWords = 256;
/// Longer texts are copied to memory of their own.
constexpr size_t kTextBytes = 16384;

struct Sockets {
  SocketTable table;
  uv_poll_t poll;
  napi_env env;
  napi_ref turn;
  napi_ref memory;  // keeps the words
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  uint32_t* words;
  uint32_t listeners;  // that keep the process alive
  bool referenced;
  char text[kTextBytes];
};

namespace {

void call_turn(Sockets& sockets, uint32_t count) {
  napi_env env = sockets.env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value turn;
  napi_value argument;
  napi_value global;
  napi_get_reference_value(env, sockets.turn, &turn);
  napi_create_uint32(env, count, &argument);
  napi_get_global(env, &global);
  if (napi_make_callback(env, sockets.context, global, turn, 1, &argument, nullptr) == napi_pending_exception) {
    napi_value error;
    if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
  }
  napi_close_handle_scope(env, scope);
}

/// More than fit is reported in the next turn of the loop.
void on_ready(uv_poll_t* poll, int, int) {
  auto& sockets = *static_cast<Sockets*>(poll->data);
  int32_t count = sockets.table.wait(sockets.words, kMostWords);
  if (count > 0) call_turn(sockets, static_cast<uint32_t>(count));
}

void update_reference(Sockets& sockets) {
  bool wanted = sockets.listeners > 0 || sockets.table.connections() > 0;
  if (wanted == sockets.referenced) return;
  sockets.referenced = wanted;
  auto* handle = reinterpret_cast<uv_handle_t*>(&sockets.poll);
  if (wanted) uv_ref(handle);
  else uv_unref(handle);
}

void on_closed(uv_handle_t* handle) {
  auto* sockets = static_cast<Sockets*>(handle->data);
  sockets->table.close_all();
  napi_remove_async_cleanup_hook(sockets->cleanup);
  free(sockets);
}

/// The environment ends, be it that of the process or of a worker.
void on_cleanup(napi_async_cleanup_hook_handle, void* data) {
  auto* handle = static_cast<uv_handle_t*>(data);
  auto& sockets = *static_cast<Sockets*>(handle->data);
  napi_async_destroy(sockets.env, sockets.context);
  uv_close(handle, on_closed);
}

/// The words that say what can be done.
bool share_words(napi_env env, Sockets& sockets, napi_value& result) {
  napi_value memory;
  void* start = nullptr;
  if (napi_create_arraybuffer(env, kMostWords * sizeof(uint32_t), &start, &memory) != napi_ok) return false;
  sockets.words = static_cast<uint32_t*>(start);
  return napi_create_reference(env, memory, 1, &sockets.memory) == napi_ok &&
         napi_create_typedarray(env, napi_uint32_array, kMostWords, memory, 0, &result) == napi_ok;
}

bool set_up_turns(napi_env env, Sockets& sockets, napi_value turn) {
  napi_value name;
  return napi_create_string_latin1(env, "GATEWIRETURN", NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_async_init(env, nullptr, name, &sockets.context) == napi_ok &&
         napi_create_reference(env, turn, 1, &sockets.turn) == napi_ok;
}

napi_value number(napi_env env, int32_t value) {
  napi_value result = nullptr;
  napi_create_int32(env, value, &result);
  return result;
}

/// The sockets of a call and its first N arguments, the first `numbers` of which are numbers.
template <size_t N>
struct Call {
  napi_value values[N];
  Sockets* sockets;
  int32_t numbers[N] = {};

  Call(napi_env env, napi_callback_info info, size_t numbers_wanted = N) {
    sockets = read_arguments(env, info, values)->sockets;
    for (size_t i = 0; i < numbers_wanted; i++) napi_get_value_int32(env, values[i], &numbers[i]);
  }
  uint32_t id() const { return static_cast<uint32_t>(numbers[0]); }
};

napi_value name_string(napi_env env, const PeerName& name) {
  napi_value result = nullptr;
  if (name.text[0] == 0) return result;
  char text[sizeof name.text + 8];
  size_t length = 0;
  while (name.text[length] != 0) {
    text[length] = name.text[length];
    length++;
  }
  text[length++] = ' ';
  char digits[8];
  size_t count = 0;
  for (uint32_t rest = name.port; rest > 0 || count == 0; rest /= 10) digits[count++] = static_cast<char>('0' + rest % 10);
  while (count > 0) text[length++] = digits[--count];
  napi_create_string_latin1(env, text, length, &result);
  return result;
}

}  // namespace

napi_value open_sockets_call(napi_env env, napi_callback_info info) {
  napi_value values[1];
  NodeEnvironment& environment = *read_arguments(env, info, values);
  if (environment.sockets != nullptr) return number(env, -EALREADY);
  uv_loop_s* loop = nullptr;
  if (napi_get_uv_event_loop == nullptr || uv_poll_init == nullptr || uv_poll_start == nullptr || uv_close == nullptr ||
      uv_ref == nullptr || uv_unref == nullptr || napi_get_uv_event_loop(env, &loop) != napi_ok) {
    return nullptr;
  }
  auto* sockets = static_cast<Sockets*>(calloc(1, sizeof(Sockets)));
  if (sockets == nullptr) return number(env, -ENOMEM);
  sockets->env = env;
  int32_t opened = sockets->table.open();
  if (opened < 0) {
    free(sockets);
    return number(env, opened);
  }
  napi_value result = nullptr;
  int32_t started = share_words(env, *sockets, result) && set_up_turns(env, *sockets, values[0])
                        ? uv_poll_init(loop, &sockets->poll, sockets->table.descriptor())
                        : -ENOMEM;
  if (started < 0) {
    if (sockets->context != nullptr) napi_async_destroy(env, sockets->context);
    sockets->table.close_all();
    free(sockets);
    return number(env, started);
  }
  sockets->poll.data = sockets;
  uv_poll_start(&sockets->poll, UV_READABLE, on_ready);
  uv_unref(reinterpret_cast<uv_handle_t*>(&sockets->poll));
  napi_add_async_cleanup_hook(env, on_cleanup, &sockets->poll, &sockets->cleanup);
  environment.sockets = sockets;
  return result;
}

napi_value keep_alive_call(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  call.sockets->listeners = call.id();
  update_reference(*call.sockets);
  return nullptr;
}

napi_value listen_unix_call(napi_env env, napi_callback_info info) {
  Call<3> call(env, info);
  char path[256];
  if (napi_get_value_string_utf8(env, call.values[0], path, sizeof path, nullptr) != napi_ok) return number(env, -EINVAL);
  return number(env, call.sockets->table.listen_unix(path, call.numbers[1], call.numbers[2]));
}

napi_value adopt_listener_call(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  return number(env, call.sockets->table.adopt_listener(call.numbers[0]));
}

napi_value set_accepting_call(napi_env env, napi_callback_info info) {
  Call<2> call(env, info);
  return number(env, call.sockets->table.set_accepting(call.id(), call.numbers[1] != 0));
}

napi_value accept_connection_call(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  int32_t result = call.sockets->table.accept(call.id());
  if (result >= 0) update_reference(*call.sockets);
  return number(env, result);
}

napi_value watch_connection_call(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  return number(env, call.sockets->table.watch(call.id()));
}

napi_value receive_call(napi_env env, napi_callback_info info) {
  Call<3> call(env, info, 1);
  uint32_t at = 0;
  uint8_t* memory = nullptr;
  size_t size = 0;
  if (!read_bytes(env, call.values[1], memory, size) || napi_get_value_uint32(env, call.values[2], &at) != napi_ok || at >= size) {
    return number(env, -EINVAL);
  }
  return number(env, call.sockets->table.receive(call.id(), memory + at, size - at));
}

napi_value send_text_call(napi_env env, napi_callback_info info) {
  Call<2> call(env, info, 1);
  Sockets& sockets = *call.sockets;
  size_t size = 0;
  if (napi_get_value_string_latin1(env, call.values[1], sockets.text, kTextBytes, &size) != napi_ok) return number(env, -EINVAL);
  auto* bytes = reinterpret_cast<const uint8_t*>(sockets.text);
  if (size < kTextBytes - 1) return number(env, sockets.table.send(call.id(), bytes, size));
  napi_get_value_string_latin1(env, call.values[1], nullptr, 0, &size);
  auto* text = static_cast<char*>(malloc(size + 1));
  if (text == nullptr) return number(env, -ENOMEM);
  napi_get_value_string_latin1(env, call.values[1], text, size + 1, &size);
  int32_t result = sockets.table.send(call.id(), reinterpret_cast<uint8_t*>(text), size);
  free(text);
  return number(env, result);
}

napi_value send_bytes_call(napi_env env, napi_callback_info info) {
  Call<2> call(env, info, 1);
  uint8_t* bytes = nullptr;
  size_t size = 0;
  if (!read_bytes(env, call.values[1], bytes, size)) return number(env, -EINVAL);
  return number(env, call.sockets->table.send(call.id(), bytes, size));
}

napi_value shut_down_call(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  return number(env, call.sockets->table.shut_down(call.id()));
}

napi_value close_socket_call(napi_env env, napi_callback_info info) {
  Call<2> call(env, info);
  call.sockets->table.close(call.id(), call.numbers[1] != 0);
  update_reference(*call.sockets);
  return nullptr;
}

napi_value remote_name_call(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  return name_string(env, call.sockets->table.remote_name(call.id()));
}

napi_value local_name_call(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  return name_string(env, call.sockets->table.local_name(call.id()));
}

}  // namespace gatewire
#endif
