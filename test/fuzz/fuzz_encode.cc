// encode_vars and encode_array: each fault as the reference finds it and then not a byte written, else bytes that the reference decodes
// to the parts that were given. Input:
//
//   flags modifier1 modifier2 room count *( length ) text
//
// flags bit 0: array; bit 1: lengths have 32 bits, else 8; bit 2: an extra part takes what is left of the text, so that the lengths
// use it up. room: that many bytes too few (1-127), exact (0), or room - 127 too many. count, lengths: little-endian; missing bytes are 0.
#include <string.h>

#include <string>
#include <vector>

#include "core/uwsgi_packet.h"
#include "exact_block.h"
#include "reference_vars.h"
#include "require.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

struct Reader {
  std::string_view left;
  uint32_t number(size_t bytes) {
    uint32_t value = 0;
    for (size_t i = 0; i < bytes && !left.empty(); i++) {
      value |= static_cast<uint32_t>(static_cast<uint8_t>(left[0])) << (8 * i);
      left.remove_prefix(1);
    }
    return value;
  }
};

struct Task {
  bool pairs;
  uint8_t modifier1;
  uint8_t modifier2;
  std::vector<uint32_t> lengths;
  std::string_view text;
  size_t room;
};

/// Bytes of the packet if nothing is at fault, in arithmetic that cannot wrap here.
uint64_t packet_bytes(const std::vector<uint32_t>& lengths) {
  uint64_t bytes = 4;
  for (uint32_t length : lengths) bytes += uint64_t{2} + length;
  return bytes;
}

Task task_of(std::string_view input) {
  Reader reader = {input};
  uint32_t flags = reader.number(1);
  Task task = {(flags & 1) == 0, static_cast<uint8_t>(reader.number(1)), static_cast<uint8_t>(reader.number(1)), {}, {}, 0};
  uint32_t room = reader.number(1);
  size_t width = (flags & 2) != 0 ? 4 : 1;
  for (uint32_t count = reader.number(1); count > 0; count--) task.lengths.push_back(reader.number(width));
  task.text = reader.left;
  if ((flags & 4) != 0) {
    uint64_t used = packet_bytes(task.lengths) - 4 - 2 * task.lengths.size();
    if (used <= task.text.size()) task.lengths.push_back(static_cast<uint32_t>(task.text.size() - used));
  }
  uint64_t exact = std::min(packet_bytes(task.lengths), uint64_t{70000});  // beyond, a fault comes before the question of room
  task.room = static_cast<size_t>(room < 128 ? exact - std::min(exact, uint64_t{room}) : exact + (room - 127));
  return task;
}

/// The first fault in the order of the parts, then of the whole.
EncodeResult expected_fault(const Task& task) {
  uint64_t block = 0;
  uint64_t used = 0;
  for (uint32_t i = 0; i < task.lengths.size(); i++) {
    if (task.pairs && i % 2 == 0 && task.lengths[i] == 0) return {EncodeFault::empty_key, i, 0};
    block += uint64_t{2} + task.lengths[i];
    used += task.lengths[i];
    if (block > 65535) return {EncodeFault::too_large, i, 0};
  }
  if (used != task.text.size() || (task.pairs && task.lengths.size() % 2 == 1)) return {EncodeFault::lengths_disagree, 0, 0};
  if (task.room < 4 + block) return {EncodeFault::room, 0, 0};
  return {EncodeFault::none, 0, static_cast<size_t>(4 + block)};
}

void check_written(const Task& task, std::string_view written) {
  REQUIRE(static_cast<uint8_t>(written[0]) == task.modifier1 && static_cast<uint8_t>(written[3]) == task.modifier2);
  REQUIRE(load16(reinterpret_cast<const uint8_t*>(written.data()) + 1) == written.size() - 4);
  // Vars are parts like items; that keys and values alternate is the same walk.
  ReferenceArray parts = reference_array(written.substr(4));
  REQUIRE(parts.refusal == Refusal::none && parts.items.size() == task.lengths.size());
  std::string text;
  for (size_t i = 0; i < parts.items.size(); i++) {
    REQUIRE(parts.items[i].bytes.size() == task.lengths[i]);
    text += parts.items[i].bytes;
  }
  REQUIRE(text == task.text);
  if (task.pairs) REQUIRE(reference_vars(written.substr(4), SIZE_MAX).vars.size() == task.lengths.size() / 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Task task = task_of({reinterpret_cast<const char*>(data), size});
  ExactBlock text(task.text);
  std::unique_ptr<uint32_t[]> lengths(new uint32_t[task.lengths.size()]);
  if (!task.lengths.empty()) memcpy(lengths.get(), task.lengths.data(), task.lengths.size() * sizeof(uint32_t));
  const std::string canary(task.room, '\xC5');
  ExactBlock out(canary);
  uint8_t* to = out.data();
  EncodeResult result = (task.pairs ? encode_vars : encode_array)(text.bytes(), lengths.get(), task.lengths.size(), task.modifier1,
                                                                  task.modifier2, to, task.room);
  EncodeResult expected = expected_fault(task);
  REQUIRE(result.fault == expected.fault && result.part == expected.part && result.written == expected.written);
  std::string_view all(reinterpret_cast<char*>(to), task.room);
  REQUIRE(all.substr(result.written) == std::string_view(canary).substr(result.written));
  if (result.fault == EncodeFault::none) check_written(task, all.substr(0, result.written));
  return 0;
}
