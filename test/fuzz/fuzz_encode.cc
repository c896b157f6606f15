// make_packet_form, encode_vars and encode_array: each fault as the reference finds it and then not a byte written, else bytes that the
// reference decodes to the parts that were given. Input:
//
//   flags modifier1 modifier2 room count *( length ) text
//
// flags bit 0: array, else vars: the first half of the lengths are those of keys; bit 1: lengths have 32 bits, else 8; bit 2: an extra part
// takes what is left of the text, so that the lengths use it up; bit 3: the form is kept. room: that many bytes too few (1-127), exact (0), or room - 127 too many. count, lengths: little-endian; missing bytes are 0.
#include <string.h>

#include <string>
#include <vector>

#include "core/uwsgi_packet.h"
#include "exact_block.h"
#include "reference_vars.h"
#include "require.h"
#include "written_packet.h"

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
  bool keep;
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
  Task task = {(flags & 1) == 0, (flags & 8) != 0, static_cast<uint8_t>(reader.number(1)), static_cast<uint8_t>(reader.number(1)), {}, {}, 0};
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

/// The first fault in the order of the parts, then of the whole. `beside`: bytes of the payload that are no parts.
EncodeResult expected_fault(const JoinedParts& parts, uint64_t beside, size_t room) {
  uint64_t block = beside;
  uint64_t used = 0;
  for (uint32_t i = 0; i < parts.lengths.size(); i++) {
    block += uint64_t{2} + parts.lengths[i];
    used += parts.lengths[i];
    if (block > 65535) return {EncodeFault::too_large, i, 0};
  }
  if (used != parts.text.size()) return {EncodeFault::lengths_disagree, 0, 0};
  if (room < 4 + block) return {EncodeFault::room, 0, 0};
  return {EncodeFault::none, 0, static_cast<size_t>(4 + block)};
}

/// The keys of a form, and the values that are part of it. A value has the key before it.
bool is_value(const JoinedParts& keys, size_t i) {
  return i > 0 && keys.lengths[i] >= kValueOfForm && keys.lengths[i - 1] < kValueOfForm;
}

EncodeFault expected_key_fault(const JoinedParts& keys) {
  uint64_t block = 0;
  uint64_t used = 0;
  for (size_t i = 0; i < keys.lengths.size(); i++) {
    uint32_t length = is_value(keys, i) ? keys.lengths[i] - kValueOfForm : keys.lengths[i];
    if (length == 0 && !is_value(keys, i)) return EncodeFault::empty_key;
    block += (is_value(keys, i) ? uint64_t{0} : uint64_t{4}) + length;
    used += length;
    if (block > 65535) return EncodeFault::too_large;
  }
  return used == keys.text.size() ? EncodeFault::none : EncodeFault::lengths_disagree;
}

void check_header(const Task& task, std::string_view written) {
  REQUIRE(static_cast<uint8_t>(written[0]) == task.modifier1 && static_cast<uint8_t>(written[3]) == task.modifier2);
  REQUIRE(load16(reinterpret_cast<const uint8_t*>(written.data()) + 1) == written.size() - 4);
}

/// Calls `encode` with exactly the room of the task; what was written, after a look at the rest.
template <typename Encode>
std::string_view written_by(const Task& task, ExactBlock& out, const EncodeResult& expected, Encode encode) {
  EncodeResult result = encode(out.data());
  REQUIRE(result.fault == expected.fault && result.part == expected.part && result.written == expected.written);
  std::string_view all(reinterpret_cast<char*>(out.data()), task.room);
  REQUIRE(all.substr(result.written) == std::string(task.room - result.written, '\xC5'));
  if (result.fault == EncodeFault::none) check_header(task, all.substr(0, result.written));
  return all.substr(0, result.written);
}

void check_array(const Task& task) {
  ExactBlock text(task.text);
  ExactBlock out(std::string(task.room, '\xC5'));
  JoinedParts items = {std::string(task.text), task.lengths};
  EncodeResult expected = expected_fault(items, 0, task.room);
  std::string_view written = written_by(task, out, expected, [&](uint8_t* to) {
    return encode_array(text.bytes(), items.lengths.data(), items.lengths.size(), task.modifier1, task.modifier2, to, task.room);
  });
  if (written.empty()) return;
  ReferenceArray read = reference_array(written.substr(4));
  REQUIRE(read.refusal == Refusal::none && read.items.size() == items.lengths.size());
  std::string again;
  for (size_t i = 0; i < read.items.size(); i++) {
    REQUIRE(read.items[i].bytes.size() == items.lengths[i]);
    again += read.items[i].bytes;
  }
  REQUIRE(again == items.text);
}

void check_vars(const Task& task) {
  static std::unique_ptr<FormTable> forms = empty_form_table();
  size_t key_count = (task.lengths.size() + 1) / 2;
  JoinedParts keys;
  keys.lengths.assign(task.lengths.begin(), task.lengths.begin() + static_cast<ptrdiff_t>(key_count));
  uint64_t key_bytes = 0;
  size_t values_of_form = 0;
  for (size_t i = 0; i < key_count; i++) {
    key_bytes += is_value(keys, i) ? keys.lengths[i] - kValueOfForm : keys.lengths[i];
    values_of_form += is_value(keys, i) ? 1 : 0;
  }
  size_t var_count = key_count - values_of_form;
  size_t cut = static_cast<size_t>(std::min(key_bytes, uint64_t{task.text.size()}));
  keys.text = task.text.substr(0, cut);
  JoinedParts values;
  values.lengths.assign(task.lengths.begin() + static_cast<ptrdiff_t>(key_count), task.lengths.end());
  values.text = task.text.substr(cut);
  if (forms->count > 100 || forms->used > 60000) forget_forms(*forms);
  MadeForm made;
  EncodeFault key_fault = expected_key_fault(keys);
  REQUIRE(make_packet_form(*forms, keys, task.keep, made) == key_fault);
  if (key_fault != EncodeFault::none) return;
  MadeForm other;
  JoinedParts other_keys;
  other_keys.add("OTHER");
  if (made.kept) REQUIRE(make_packet_form(*forms, other_keys, false, other) == EncodeFault::none && other.number != made.number);
  EncodeResult expected = values.lengths.size() != var_count - values_of_form ? EncodeResult{EncodeFault::lengths_disagree, 0, 0}
                                                              : expected_fault(values, key_bytes + 2 * key_count, task.room);
  ExactBlock out(std::string(task.room, '\xC5'));
  std::string_view written = written_by(task, out, expected, [&](uint8_t* to) {
    return encode_vars(*forms, made.number, values, task.modifier1, task.modifier2, to, task.room);
  });
  if (written.empty()) return;
  ReferenceVars read = reference_vars(written.substr(4), SIZE_MAX);
  REQUIRE(read.refusal == Refusal::none && read.vars.size() == var_count);
  JoinedParts read_keys;
  JoinedParts read_values;
  for (const auto& var : read.vars) {
    read_keys.add(var.key);
    size_t i = read_keys.lengths.size();
    if (i < key_count && is_value(keys, i)) read_keys.add_value_of_form(var.value);
    else read_values.add(var.value);
  }
  REQUIRE(read_keys.text == keys.text && read_keys.lengths == keys.lengths);
  REQUIRE(read_values.text == values.text && read_values.lengths == values.lengths);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Task task = task_of({reinterpret_cast<const char*>(data), size});
  (task.pairs ? check_vars : check_array)(task);
  return 0;
}
