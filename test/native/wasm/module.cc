// The core as a WebAssembly module, to ask its kernels from JavaScript (kernels.mjs). No import, no start function. The input of a call is
// the last bytes of the memory, so that reading one byte too many is a trap; what a call found out stands at answer().
#include "core/kernel.h"
#include "core/request_head.h"
#include "core/uwsgi_packet.h"

using namespace gatewire;

namespace {

constexpr uint32_t kAnswerWords = 16;
constexpr uint32_t kMaxKernels = 4;

struct Room {
  uint32_t answer[kAnswerWords + head_index_words(kMaxBlockVars)];
  uint32_t wanted[kMaxWanted];
  uint8_t text[kRequestTextBytes];
};

Room room;
/// One for each kernel: what one has found is not there for the others.
ShapeTable shape_tables[kMaxKernels];
uint32_t chosen = 0;

Bytes input(uint32_t size) {
  size_t end = __builtin_wasm_memory_size(0) * size_t{65536};
  return {reinterpret_cast<const uint8_t*>(end - size), size};
}

VarRecord* records() { return reinterpret_cast<VarRecord*>(room.answer + kAnswerWords); }

HeadIndex empty_index() {
  HeadIndex index = {};
  index.wanted = room.wanted;
  index.vars = records();
  index.var_room = kMaxBlockVars;
  return index;
}

/// Writes down what a decoder said; behind that stands the index. The result is the size of both, in bytes.
uint32_t answer_head(const Verdict& verdict, const HeadIndex& index) {
  room.answer[0] = static_cast<uint32_t>(verdict.outcome);
  room.answer[1] = static_cast<uint32_t>(verdict.refusal);
  room.answer[2] = static_cast<uint32_t>(verdict.offset);
  if (verdict.outcome != Outcome::complete) return 3 * 4;
  room.answer[3] = index.byte_length;
  room.answer[4] = index.derived_size;
  room.answer[5] = uint32_t{index.modifier1} << 24 | uint32_t{index.modifier2} << 16 | static_cast<uint32_t>(index.framing) << 8 |
                   uint32_t{index.keep_alive} << 2 | uint32_t{index.expect_continue} << 1 | uint32_t{index.upgrade};
  room.answer[6] = static_cast<uint32_t>(index.content_length);
  room.answer[7] = static_cast<uint32_t>(index.content_length >> 32);
  room.answer[8] = index.var_count;
  return kAnswerWords * 4 + index.var_count * (sizeof(VarRecord) + sizeof(NameId));
}

uint32_t answer_lines(bool complete, const RequestLines& lines) {
  room.answer[0] = complete;
  copy_bytes(room.answer + 1, &lines, sizeof lines);
  return complete ? kAnswerWords * 4 + lines.field_count * sizeof(VarRecord) : 4 + sizeof lines;
}

}  // namespace

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT const char* name_of_kernel(uint32_t number) { return kernel_name(number); }

EXPORT bool use_kernel(uint32_t number) {
  chosen = number;
  return number < kMaxKernels && choose_kernel(kernel_name(number));
}

EXPORT const uint32_t* answer() { return room.answer; }

/// Whether the kernel vouches for a head, and its lines.
EXPORT uint32_t read_head(uint32_t size) {
  RequestLines lines = {};
  bool vouched = kernel().read_head(input(size), Limits{}, lines, records());
  return answer_lines(vouched, lines);
}

/// The same as the reference has it.
EXPORT uint32_t read_lines(uint32_t size) {
  RequestLines lines = {};
  bool complete = read_request_lines(input(size), Limits{}, lines, records()).outcome == Outcome::complete;
  return answer_lines(complete, complete ? lines : RequestLines{});
}

EXPORT uint32_t decode_http(uint32_t size) {
  RequestLines lines = {};
  RequestOptions options = {};
  HeadIndex index = empty_index();
  Verdict verdict = decode_request_head(input(size), options, lines, shape_tables[chosen], index, room.text);
  return answer_head(verdict, index);
}

EXPORT uint32_t decode_uwsgi(uint32_t size) {
  HeadIndex index = empty_index();
  Verdict verdict = decode_packet(input(size), Limits{}, shape_tables[chosen], index);
  return answer_head(verdict, index);
}
