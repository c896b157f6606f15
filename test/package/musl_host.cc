// A process with musl for its C library, which loads the addon as Node would, with as much of Node-API as it takes to open it and to decode a
// packet: no Node for musl is to be had everywhere. Prints the names of what the addon gives, one on a line, and what came of the packet:
// outcome, bytes, variables. The functions of Node-API that are not here are generated (scripts/check-binaries.mjs) and end the process.
//   musl_host ADDON PACKET
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boundary/slab.h"

namespace {

struct Value;
using Env = void*;
struct Info;
using Callback = Value* (*)(Env, Info*);

struct Value {
  Callback callback;
  void* data;  // of the function, or the memory of an array
  size_t size;
};

struct Info {
  Value* argument;
  void* data;
};

Value* open_function = nullptr;
Value* slab = nullptr;
Value* decode_packet = nullptr;

/// Nothing is given back: the process is about to end.
Value* make(Callback callback, void* data, size_t size) {
  auto* value = static_cast<Value*>(malloc(sizeof(Value)));
  *value = {callback, data, size};
  return value;
}

constexpr int kOk = 0;
constexpr int kUint8Array = 1;

}  // namespace

extern "C" {

int napi_create_arraybuffer(Env, size_t size, void** memory, Value** result) {
  *memory = calloc(1, size);
  *result = make(nullptr, *memory, size);
  return kOk;
}
int napi_create_typedarray(Env, int, size_t length, Value* buffer, size_t, Value** result) {
  *result = make(nullptr, buffer->data, length);
  return kOk;
}
int napi_get_typedarray_info(Env, Value* array, int* type, size_t* length, void** memory, Value**, size_t*) {
  *type = kUint8Array;
  *length = array->size;
  *memory = array->data;
  return kOk;
}
int napi_create_reference(Env, Value* value, uint32_t, Value** result) {
  *result = value;
  return kOk;
}
int napi_get_reference_value(Env, Value* reference, Value** result) {
  *result = reference;
  return kOk;
}
int napi_add_finalizer(Env, Value*, void*, void*, void*, Value**) { return kOk; }
int napi_create_object(Env, Value** result) {
  *result = make(nullptr, nullptr, 0);
  return kOk;
}
int napi_create_array(Env, Value** result) {
  *result = make(nullptr, nullptr, 0);
  return kOk;
}
int napi_set_element(Env, Value*, uint32_t, Value*) { return kOk; }
int napi_create_uint32(Env, uint32_t, Value** result) {
  *result = make(nullptr, nullptr, 0);
  return kOk;
}
int napi_create_string_latin1(Env, const char*, size_t, Value** result) {
  *result = make(nullptr, nullptr, 0);
  return kOk;
}
int napi_create_function(Env, const char*, size_t, Callback callback, void* data, Value** result) {
  *result = make(callback, data, 0);
  return kOk;
}
int napi_set_named_property(Env, Value*, const char* name, Value* value) {
  if (strcmp(name, "open") == 0) open_function = value;
  if (strcmp(name, "slab") == 0) slab = value;
  if (strcmp(name, "decodePacket") == 0) decode_packet = value;
  puts(name);
  return kOk;
}
int napi_get_cb_info(Env, Info* info, size_t* count, Value** arguments, Value**, void** data) {
  if (*count > 0) arguments[0] = info->argument;
  *data = info->data;
  return kOk;
}

}  // extern "C"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  void* addon = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (addon == nullptr) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  auto version = reinterpret_cast<int (*)()>(dlsym(addon, "node_api_module_get_api_version_v1"));
  auto registers = reinterpret_cast<Value* (*)(Env, Value*)>(dlsym(addon, "napi_register_module_v1"));
  if (version == nullptr || registers == nullptr || version() != 8) return 3;
  registers(nullptr, make(nullptr, nullptr, 0));
  if (open_function == nullptr) return 4;
  Info nothing = {nullptr, open_function->data};
  open_function->callback(nullptr, &nothing);
  if (slab == nullptr || decode_packet == nullptr) return 4;

  FILE* file = fopen(argv[2], "rb");
  static uint8_t bytes[65536];
  if (file == nullptr) return 5;
  size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  auto* words = static_cast<uint32_t*>(slab->data);
  words[gatewire::WORD_MAX_PACKET_BYTES] = 65535;
  words[gatewire::WORD_MAX_VARS] = 1000;
  words[gatewire::WORD_MAX_CONTENT_LOW] = UINT32_MAX;
  Info info = {make(nullptr, bytes, size), decode_packet->data};
  decode_packet->callback(nullptr, &info);
  printf("packet %u %u %u\n", words[gatewire::WORD_OUTCOME], words[gatewire::WORD_BYTE_LENGTH], words[gatewire::WORD_VAR_COUNT]);
  return 0;
}
