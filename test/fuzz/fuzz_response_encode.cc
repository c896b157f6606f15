// Response heads as they are written, in two steps: the form of status and names, then the values. Each fault as a plain second reading finds
// it, and then not a byte written; else the lines that the reading puts together, which decode to the parts that were given. Before that, the
// text comes as it does from JavaScript: in units of 16 bits. Input:
//
//   room which by parts, with 1E between them: status, name, value, name, value, ...
//
// room: up to 127, so many bytes too few; else room - 128 too many. which, by: the length of that part is so much off, counted from 128; no
// change where `by` is 0 or there is no such part. An odd `room` has its form kept, and another one made before it is used.
#include <string.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decoded_response_head.h"
#include "reference_response_head.h"
#include "require.h"
#include "written_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

constexpr char kBetweenParts = '\x1E';

struct Task {
  size_t fewer;
  size_t more;
  bool keep;
  JoinedParts names;  // the status first
  JoinedParts values;
};

Task task_of(std::string_view input) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(input[i]); };
  Task task = {byte(0) < 128 ? byte(0) : 0u, byte(0) < 128 ? 0u : byte(0) - 128u, byte(0) % 2 == 1, {}, {}};
  std::string_view rest = input.substr(3);
  for (size_t i = 0;; i++) {
    std::string_view part = rest.substr(0, rest.find(kBetweenParts));
    JoinedParts& joined = i == 0 || i % 2 == 1 ? task.names : task.values;
    joined.add(part);
    if (byte(2) != 0 && byte(1) == i) joined.lengths.back() += byte(2) - 128u;
    if (part.size() == rest.size()) return task;
    rest.remove_prefix(part.size() + 1);
  }
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

/// What the lengths cut from the text; nothing where they ask for more than there is. `rest`: what is left.
std::vector<std::optional<std::string>> pieces_of(const JoinedParts& joined, std::string& rest) {
  std::vector<std::optional<std::string>> pieces;
  rest = joined.text;
  for (uint32_t length : joined.lengths) {
    bool there = length <= rest.size() && (pieces.empty() || pieces.back());
    pieces.push_back(there ? std::optional(rest.substr(0, length)) : std::nullopt);
    if (there) rest.erase(0, length);
  }
  return pieces;
}

Expected expected_form(const Task& task, std::vector<std::string>& names, size_t& length_field) {
  std::string rest;
  std::vector<std::optional<std::string>> pieces = pieces_of(task.names, rest);
  for (size_t i = 0; i < pieces.size(); i++) {
    if (!pieces[i]) return at_fault(HeadFault::lengths_disagree, i);
    if (i == 0 && !is_status(*pieces[0])) return at_fault(HeadFault::bad_status, 0);
    if (i > 0 && !is_token(*pieces[i])) return at_fault(HeadFault::bad_name, i);
    if (i > 0 && lower_case(*pieces[i]) == "content-length") {
      if (length_field != 0) return at_fault(HeadFault::content_length_repeated, i);
      length_field = i;
    }
    names.push_back(*pieces[i]);
  }
  return rest.empty() ? Expected() : at_fault(HeadFault::lengths_disagree, 0);
}

/// Where the first control character stands: in the value whose length leads beyond it.
Expected at_control_character(const JoinedParts& values) {
  size_t at = 0;
  while (is_field_text(values.text.substr(0, at + 1))) at++;
  uint64_t end = 0;
  for (size_t i = 0; i < values.lengths.size(); i++) {
    end += values.lengths[i];
    if (at < end) return at_fault(HeadFault::bad_value, i + 1);
  }
  return at_fault(HeadFault::lengths_disagree, values.lengths.size());
}

Expected expected_of(const Task& task, const std::vector<std::string>& names, size_t length_field) {
  if (task.values.lengths.size() != names.size() - 1) return at_fault(HeadFault::lengths_disagree, 0);
  std::string rest;
  std::vector<std::optional<std::string>> pieces = pieces_of(task.values, rest);
  Expected expected;
  expected.head = "HTTP/1.1 " + names[0] + (names[0].size() == 3 ? " " : "") + "\r\n";
  for (size_t i = 0; i < pieces.size(); i++) {
    if (!pieces[i]) return at_fault(HeadFault::lengths_disagree, i + 1);
    expected.fields.emplace_back(names[i + 1], without_ows(*pieces[i]));
    expected.head += names[i + 1] + ": " + expected.fields.back().second + "\r\n";
    if (length_field != i + 1 || is_length(expected.fields.back().second)) continue;
    return is_field_text(task.values.text) ? at_fault(HeadFault::bad_content_length, i + 1) : at_control_character(task.values);
  }
  if (!rest.empty()) return at_fault(HeadFault::lengths_disagree, pieces.size());
  if (!is_field_text(task.values.text)) return at_control_character(task.values);
  expected.head += "\r\n";
  return expected;
}

/// Units of 16 bits become the bytes that they were, and one that is none is seen, wherever it stands.
void check_narrowed(const std::string& text, size_t which, uint32_t by) {
  const size_t count = text.size();
  std::unique_ptr<uint16_t[]> units(new uint16_t[count + kNarrowRoom]);
  std::unique_ptr<uint8_t[]> bytes(new uint8_t[count + kNarrowRoom]);
  auto narrowed = [&](uint16_t above) {
    for (size_t i = 0; i < count; i++) units[i] = static_cast<uint8_t>(text[i]);
    if (above != 0) units[which % count] = above;
    return narrow_text(units.get(), count, bytes.get());
  };
  REQUIRE(narrowed(0) && memcmp(bytes.get(), text.data(), count) == 0);
  if (count > 0) REQUIRE(!narrowed(static_cast<uint16_t>(1u << (8 + by % 8) | by)));
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

/// Lengths in a heap block of their size.
struct ExactLengths {
  std::unique_ptr<uint32_t[]> words;

  explicit ExactLengths(const std::vector<uint32_t>& lengths) : words(new uint32_t[lengths.size()]) {
    if (!lengths.empty()) memcpy(words.get(), lengths.data(), lengths.size() * sizeof(uint32_t));
  }
};

HeadFormResult make_form(FormTable& forms, const JoinedParts& names, bool keep) {
  ExactBlock text(names.text);
  ExactLengths lengths(names.lengths);
  return make_head_form(forms, text.bytes(), lengths.words.get(), names.lengths.size(), keep);
}

void check_values(const FormTable& forms, uint32_t form, const Task& task, Expected expected) {
  size_t room = expected.head.size() - std::min(task.fewer, expected.head.size()) + task.more;
  if (expected.fault == HeadFault::none && room < expected.head.size()) expected = at_fault(HeadFault::room, 0);
  if (expected.fault != HeadFault::none) expected.head.clear();
  ExactBlock text(task.values.text);
  ExactLengths lengths(task.values.lengths);
  const std::string canary(room, '\xC5');
  ExactBlock out(canary);
  uint8_t* to = out.data();
  HeadEncodeResult result = encode_response_head(forms, form, text.bytes(), lengths.words.get(), task.values.lengths.size(), to, room);
  REQUIRE(result.fault == expected.fault && result.part == expected.part && result.written == expected.head.size());
  std::string_view all(reinterpret_cast<char*>(to), room);
  REQUIRE(all.substr(0, result.written) == expected.head);
  REQUIRE(result.fault == HeadFault::none || all == canary);
  if (result.fault == HeadFault::none) check_decoded(all.substr(0, result.written), expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  static std::unique_ptr<FormTable> forms = empty_form_table();
  forget_forms(*forms);
  Task task = task_of({reinterpret_cast<const char*>(data), size});
  check_narrowed(task.values.text, size, data[2]);
  std::vector<std::string> names;
  size_t length_field = 0;
  Expected expected = expected_form(task, names, length_field);
  HeadFormResult made = make_form(*forms, task.names, task.keep);
  REQUIRE(made.fault == expected.fault && made.part == expected.part);
  if (made.fault != HeadFault::none) return 0;
  if (made.form.kept) {
    JoinedParts other;
    other.add("204");
    other.add("Other");
    REQUIRE(make_form(*forms, other, size % 2 == 0).form.number != made.form.number);
  }
  check_values(*forms, made.form.number, task, expected_of(task, names, length_field));
  return 0;
}
