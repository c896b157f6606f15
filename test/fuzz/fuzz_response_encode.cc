// encode_response_head: each fault as a plain second reading finds it, and then not a byte written; else the lines that the reading puts
// together, which decode to the parts that were given. Input:
//
//   room which by parts, with 1E between them
//
// room: up to 127, so many bytes too few; else room - 128 too many. which, by: the length of that part is so much off, counted from 128; no
// change where `by` is 0 or there is no such part.
#include <string.h>

#include <algorithm>
#include <string>
#include <vector>

#include "decoded_response_head.h"
#include "reference_response_head.h"
#include "require.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

constexpr char kBetweenParts = '\x1E';

struct Task {
  size_t fewer;
  size_t more;
  std::string text;
  std::vector<uint32_t> lengths;
};

Task task_of(std::string_view input) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(input[i]); };
  Task task = {byte(0) < 128 ? byte(0) : 0u, byte(0) < 128 ? 0u : byte(0) - 128u, {}, {}};
  std::string_view rest = input.substr(3);
  for (;;) {
    std::string_view part = rest.substr(0, rest.find(kBetweenParts));
    task.text += part;
    task.lengths.push_back(static_cast<uint32_t>(part.size()));
    if (part.size() == rest.size()) break;
    rest.remove_prefix(part.size() + 1);
  }
  if (byte(2) != 0 && byte(1) < task.lengths.size()) task.lengths[byte(1)] += byte(2) - 128u;
  return task;
}

bool is_field_text(std::string_view text) {
  for (char c : text) {
    uint8_t byte = static_cast<uint8_t>(c);
    if (byte == 0x7F || (byte < 0x20 && byte != '\t')) return false;
  }
  return true;
}

bool is_token(std::string_view text) {
  const std::string_view marks = "!#$%&'*+-.^_`|~";
  for (char c : text) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && marks.find(c) == marks.npos) return false;
  }
  return !text.empty();
}

bool is_digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == text.npos; }

bool is_status(std::string_view text) {
  if (text.size() < 3 || !is_digits(text.substr(0, 3)) || text[0] == '0') return false;
  return text.size() == 3 || (text[3] == ' ' && is_field_text(text.substr(4)));
}

/// At most 2^53-1: compared as text, so that no number can wrap.
bool is_length(std::string_view text) {
  const std::string most = "9007199254740991";
  if (!is_digits(text)) return false;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
  return text.size() < most.size() || (text.size() == most.size() && text <= most);
}

struct Expected {
  HeadFault fault = HeadFault::none;
  uint32_t part = 0;
  std::string head;
  std::vector<std::pair<std::string, std::string>> fields;
};

Expected at_fault(HeadFault fault, size_t part) { return {fault, static_cast<uint32_t>(part), {}, {}}; }

Expected expected_of(const Task& task) {
  if (task.lengths.size() % 2 == 0) return at_fault(HeadFault::lengths_disagree, 0);
  std::string_view rest = task.text;
  if (task.lengths[0] > rest.size()) return at_fault(HeadFault::lengths_disagree, 0);
  std::string_view status = rest.substr(0, task.lengths[0]);
  rest.remove_prefix(status.size());
  if (!is_status(status)) return at_fault(HeadFault::bad_status, 0);
  Expected expected;
  expected.head = "HTTP/1.1 " + std::string(status) + (status.size() == 3 ? " " : "") + "\r\n";
  bool has_length = false;
  for (size_t i = 1; i < task.lengths.size(); i += 2) {
    if (task.lengths[i] > rest.size() || task.lengths[i + 1] > rest.size() - task.lengths[i]) return at_fault(HeadFault::lengths_disagree, i);
    std::string_view name = rest.substr(0, task.lengths[i]);
    std::string_view value = rest.substr(name.size(), task.lengths[i + 1]);
    rest.remove_prefix(name.size() + value.size());
    if (!is_token(name)) return at_fault(HeadFault::bad_name, i);
    if (!is_field_text(value)) return at_fault(HeadFault::bad_value, i + 1);
    if (lower_case(name) == "content-length") {
      if (has_length) return at_fault(HeadFault::content_length_repeated, i);
      if (!is_length(without_ows(value))) return at_fault(HeadFault::bad_content_length, i + 1);
      has_length = true;
    }
    expected.fields.emplace_back(name, without_ows(value));
    expected.head += expected.fields.back().first + ": " + expected.fields.back().second + "\r\n";
  }
  if (!rest.empty()) return at_fault(HeadFault::lengths_disagree, task.lengths.size() - 1);
  expected.head += "\r\n";
  return expected;
}

/// What a server may write and a client does not take: codings, a Status field, 101, more than the limits allow.
void check_decoded(std::string_view written, const Expected& expected) {
  ExactBlock block(written);
  DecodedResponseHead seen = decode_whole(block.bytes());
  REQUIRE(seen.verdict.outcome != Outcome::incomplete);
  if (seen.verdict.outcome == Outcome::refused) return;
  REQUIRE(seen.size == written.size() && std::to_string(seen.status) == written.substr(9, 3));
  std::vector<std::pair<std::string, std::string>> fields;
  for (const auto& field : expected.fields) {
    if (lower_case(field.first) != "status") fields.push_back(field);
  }
  REQUIRE(seen.fields == fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  Task task = task_of({reinterpret_cast<const char*>(data), size});
  Expected expected = expected_of(task);
  size_t room = expected.head.size() - std::min(task.fewer, expected.head.size()) + task.more;
  if (expected.fault == HeadFault::none && room < expected.head.size()) expected = at_fault(HeadFault::room, 0);
  ExactBlock text(task.text);
  std::unique_ptr<uint32_t[]> lengths(new uint32_t[task.lengths.size()]);
  memcpy(lengths.get(), task.lengths.data(), task.lengths.size() * sizeof(uint32_t));
  const std::string canary(room, '\xC5');
  ExactBlock out(canary);
  uint8_t* to = out.data();
  HeadEncodeResult result = encode_response_head(text.bytes(), lengths.get(), task.lengths.size(), to, room);
  REQUIRE(result.fault == expected.fault && result.part == expected.part && result.written == expected.head.size());
  std::string_view all(reinterpret_cast<char*>(to), room);
  REQUIRE(all.substr(0, result.written) == expected.head);
  REQUIRE(all.substr(result.written) == std::string_view(canary).substr(result.written));
  if (result.fault == HeadFault::none) check_decoded(all.substr(0, result.written), expected);
  return 0;
}
