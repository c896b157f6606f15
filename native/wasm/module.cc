// The WebAssembly twin: the calls of native/boundary/calls.h as exports of a module without imports. Arguments lie where the addresses that
// the module tells say; src/twin.ts puts them there. Memory never grows, so that views on it stay good.
#include "boundary/calls.h"
#include "core/kernel.h"
#include "core/uwsgi_packet.h"

#define GATEWIRE_EXPORT extern "C" __attribute__((visibility("default")))

using namespace gatewire;

namespace {

/// The most of its input that a call looks at: the end of the line before it, the longest chunk line, the longest trailer section, and bytes
/// enough to see that either is too long. Heads, packets and arrays are smaller.
constexpr uint32_t kInputBytes = 2 * (kMaxHeadBytes + 1) + 64;
/// A response head of field lines that have a name of one byte and no value: four more for each.
constexpr uint32_t kOutputBytes = 5 * (kMaxBlockBytes + 1);
constexpr uint32_t kKeptWords = kLinesWords + kMaxFieldLines * (sizeof(VarRecord) / sizeof(uint32_t));

struct Arguments {
  uint8_t input[kInputBytes];
  uint8_t output[kOutputBytes];
  uint32_t kept[kKeptWords];
};

uint32_t slab[kSlabWords];
Environment environment;
Arguments arguments;
uint32_t text_size;

Bytes input(uint32_t size) { return {arguments.input, size}; }

/// The address of the text; its size is at text_size_at().
const uint8_t* tell(Bytes text) {
  text_size = static_cast<uint32_t>(text.size);
  return text.data;
}

}  // namespace

/// To be called before all others.
GATEWIRE_EXPORT uint32_t* slab_at() { return environment.slab = slab; }
GATEWIRE_EXPORT uint32_t slab_words() { return kSlabWords; }
GATEWIRE_EXPORT uint8_t* input_at() { return arguments.input; }
GATEWIRE_EXPORT uint32_t input_bytes() { return kInputBytes; }
GATEWIRE_EXPORT uint8_t* output_at() { return arguments.output; }
GATEWIRE_EXPORT uint32_t output_bytes() { return kOutputBytes; }
GATEWIRE_EXPORT uint32_t* kept_at() { return arguments.kept; }
GATEWIRE_EXPORT uint32_t kept_words() { return kKeptWords; }
GATEWIRE_EXPORT uint8_t* text_at() { return environment.text; }
GATEWIRE_EXPORT uint8_t* replaced_text_at() { return environment.replaced_text; }
GATEWIRE_EXPORT uint16_t* units_at() { return environment.units; }
/// What is read of text, wherever it stands: one character more than it may have.
GATEWIRE_EXPORT uint32_t text_bytes() { return kMaxBlockBytes + 1; }
GATEWIRE_EXPORT uint32_t* text_size_at() { return &text_size; }

GATEWIRE_EXPORT const char* kernel_name_at(uint32_t number) { return kernel_name(number); }
GATEWIRE_EXPORT void use_kernel(uint32_t number) {
  if (kernel_name(number) != nullptr) choose_kernel(kernel_name(number));
}
GATEWIRE_EXPORT bool announces_request(uint32_t modifier1) { return is_request_modifier(static_cast<uint8_t>(modifier1)); }

/// Behind a call that did not come back: what it may have written in part is forgotten. Forms and heads are complete or not there at all.
GATEWIRE_EXPORT void recover() { forget_shapes(environment.shapes); }

GATEWIRE_EXPORT const uint8_t* decode_packet(uint32_t size) { return tell(decode_packet_call(environment, input(size))); }
GATEWIRE_EXPORT const uint8_t* decode_request_head(uint32_t size) { return tell(decode_request_head_call(environment, input(size))); }
GATEWIRE_EXPORT const uint8_t* continue_request_head(uint32_t size, uint32_t kept_words) {
  return tell(continue_request_head_call(environment, input(size), arguments.kept, kept_words));
}
GATEWIRE_EXPORT const uint8_t* transcode_request_head(uint32_t size, uint32_t text_size, uint32_t room) {
  return tell(transcode_request_head_call(environment, input(size), text_size, {arguments.output, room}));
}
GATEWIRE_EXPORT void want_value(uint32_t slot, uint32_t serial, uint32_t number, uint32_t position) {
  want(environment.shapes, slot, serial, number, position);
}
GATEWIRE_EXPORT void decode_array(uint32_t size) { decode_array_call(environment, input(size)); }
GATEWIRE_EXPORT void decode_response_head(uint32_t size) { decode_response_head_call(environment, input(size)); }
GATEWIRE_EXPORT void decode_chunked(uint32_t size, uint32_t more) { decode_chunked_call(environment, input(size), more); }
GATEWIRE_EXPORT void make_packet_form(uint32_t text_size) { make_packet_form_call(environment, text_size); }
GATEWIRE_EXPORT void make_head_form(uint32_t text_size) { make_head_form_call(environment, text_size); }
GATEWIRE_EXPORT void encode_vars(uint32_t text_size, uint32_t room) { encode_vars_call(environment, text_size, {arguments.output, room}); }
GATEWIRE_EXPORT void encode_response_head(uint32_t text_size, uint32_t room) {
  encode_response_head_call(environment, text_size, {arguments.output, room});
}
