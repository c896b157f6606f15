// Request heads as uwsgi packets, with every kernel: the variables of an accepted head are those of a plain second reading, its packet is the
// one put together from them byte by byte, with constants and replacements, and decode_packet finds the same variables in it. Input:
//
//   flags modifier1 room count *( name value ) head
//
// flags bits 0-2: traits; bit 3: a mount point; bit 4: constants; bit 5: underscores are refused. room: up to 127, so many bytes too few; 255,
// ample; else room - 128 too many. name: below 192, the variable of the head or the constants with this number; else one of a list. value:
// 255, the variable is left out; else so many bytes, beyond 200 a hundred times as many.
#include <algorithm>
#include <string>
#include <vector>

#include "core/kernel.h"
#include "core/transcode.h"
#include "decoded_packet.h"
#include "exact_block.h"
#include "reference_transcode.h"
#include "reference_vars.h"
#include "request_vars.h"
#include "require.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

constexpr size_t kFixedBytes = 4;
constexpr size_t kMaxReplaced = 64;
const std::string kMount = "/app";
const Pairs kConstants = {{"SCRIPT_NAME", "/app"}, {"SERVER_NAME", "localhost"}, {"SERVER_PORT", "80"}, {"REMOTE_ADDR", ""}, {"HTTP_X_A", "constant"}};
const std::vector<std::string> kOtherNames = {"NEW", "HTTP_", "HTTP_X_A", "HTTP_COOKIE", "HTTP_HOST", "http_host", "HTTP_PROXY", "X-A", "HTTP_\xFF", "UWSGI_SCHEME"};

struct Task {
  RequestOptions options;
  Pairs constants;
  uint8_t modifier1;
  uint8_t room;
  std::string_view choices;  // two bytes for each replacement
  std::string_view head;
};

Task task_of(std::string_view input) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(input[i]); };
  Task task = {};
  task.options.limits = open_limits();
  task.options.traits = byte(0) % kRequestTraits;
  if ((byte(0) & 8) != 0) task.options.mount = {reinterpret_cast<const uint8_t*>(kMount.data()), kMount.size()};
  if ((byte(0) & 16) != 0) task.constants = kConstants;
  task.options.refuse_underscores = (byte(0) & 32) != 0;
  task.modifier1 = byte(1);
  task.room = byte(2);
  size_t choices = std::min(2 * (byte(3) % kMaxReplaced), (input.size() - kFixedBytes) / 2 * 2);
  task.choices = input.substr(kFixedBytes, choices);
  task.head = input.substr(kFixedBytes + choices);
  return task;
}

Replacing replacing_of(std::string_view choices, const Pairs& vars) {
  Replacing replacing;
  for (size_t i = 0; i < choices.size(); i += 2) {
    uint8_t name_choice = static_cast<uint8_t>(choices[i]);
    uint8_t value_choice = static_cast<uint8_t>(choices[i + 1]);
    const std::string& name = name_choice < 192 ? vars[name_choice % vars.size()].first : kOtherNames[name_choice % kOtherNames.size()];
    if (std::any_of(replacing.begin(), replacing.end(), [&](const auto& pair) { return pair.first == name; })) continue;
    size_t size = value_choice > 200 ? 100u * value_choice : value_choice;
    replacing.emplace_back(name, value_choice == 255 ? std::nullopt : std::optional(std::string(size, static_cast<char>('a' + i / 2 % 26))));
  }
  return replacing;
}

/// Tables that are empty again after each input, so that a finding holds all of the history it needs.
struct Memory {
  RequestReader reader;
  PacketDecoder packets;
  std::unique_ptr<ShapeTable> shapes = empty_shape_table();

  void forget(const HeadIndex& index) {
    if (index.shape_slot != kNoShape) shapes->shapes[index.shape_slot] = {};
    for (ShapeHint& hint : shapes->hints) hint = {};
    for (uint32_t& latest : shapes->latest) latest = 0;
    shapes->last_prefix = 0;
    shapes->last_serial = 0;
  }
};

Memory& memory() {
  static Memory shared;
  return shared;
}

/// With a shape that is new and then with one that is known, as far as there is a shape: the same both times.
RequestVars read_head(Bytes input, const RequestOptions& options) {
  Memory& m = memory();
  m.reader.index.shape_slot = kNoShape;
  RequestVars first = m.reader.read(input, options, *m.shapes);
  RequestVars second = m.reader.read(input, options, *m.shapes);
  REQUIRE(first == second);
  m.forget(m.reader.index);
  return first;
}

void check_packet(std::string_view written, const Pairs& expected, const Replacing& replacing, const RequestReader& reader) {
  REQUIRE(written == packet(vars_block(expected), static_cast<uint8_t>(written[0]), 9));
  ReferenceVars walked = reference_vars(written.substr(4), SIZE_MAX);
  REQUIRE(walked.refusal == Refusal::none && walked.vars.size() == expected.size());
  Limits limits;
  limits.max_vars = kMaxBlockVars;
  ExactBlock block(written);
  Memory& m = memory();
  m.packets.index.shape_slot = kNoShape;
  DecodedPacket seen = m.packets.decode(block.bytes(), limits, *m.shapes);
  m.forget(m.packets.index);
  bool length_replaced = std::any_of(replacing.begin(), replacing.end(), [](const auto& pair) { return pair.first == "CONTENT_LENGTH"; });
  if (length_replaced && seen.verdict.outcome == Outcome::refused) return;
  REQUIRE(seen.verdict.outcome == Outcome::complete && seen.byte_length == written.size() && seen.vars.size() == expected.size());
  for (size_t i = 0; i < expected.size(); i++) {
    const DecodedVar& var = seen.vars[i];
    REQUIRE(written.substr(var.key, var.key_length) == expected[i].first);
    REQUIRE(written.substr(var.value, var.value_end - var.value) == expected[i].second);
  }
  if (length_replaced || !is_request_modifier(seen.modifier1)) return;
  // Content that was chunked has no length any more.
  bool has_length = reader.index.framing == FramingKind::length;
  REQUIRE(seen.framing == (has_length ? FramingKind::length : FramingKind::none));
  REQUIRE(!has_length || seen.content_length == reader.index.content_length);
}

void check_transcoding(const Task& task, Bytes input, const ReferenceEnviron& environ, const Pairs& all) {
  Replacing replacing = replacing_of(task.choices, all);
  Pairs expected = reference_vars_of(environ, task.constants, replacing);
  std::string text;
  std::vector<uint32_t> lengths;
  for (const auto& [name, value] : replacing) {
    text += name + value.value_or("");
    lengths.push_back(static_cast<uint32_t>(name.size()));
    lengths.push_back(value ? static_cast<uint32_t>(value->size()) : kNoValue);
  }
  size_t size = 4;
  for (const auto& [name, value] : expected) size += 4 + name.size() + value.size();
  const RequestReader& reader = memory().reader;
  ExactBlock constants(vars_block(task.constants));
  ExactBlock replaced(text);
  // With so much, a packet is written without looking for its end.
  size_t ample = 3 * size_t{reader.index.byte_length} + constants.bytes().size + 512;
  size_t room = task.room < 128 ? size - std::min<size_t>(size, task.room) : task.room < 255 ? size + (task.room - 128) : ample;
  ExactBlock out(std::string(room, '\xEE'));
  PacketOptions options = {constants.bytes(), {replaced.bytes(), lengths.data(), static_cast<uint32_t>(replacing.size())}, task.modifier1, 9};
  EncodeResult result = write_request_packet(input, reader.text(), reader.index, options, out.data(), room);
  EncodeFault fault = room < 4 ? EncodeFault::room : size > 4 + 65535 ? EncodeFault::too_large : room < size ? EncodeFault::room : EncodeFault::none;
  REQUIRE(result.fault == fault && result.written == (fault == EncodeFault::none ? size : 0));
  if (fault == EncodeFault::none) check_packet({reinterpret_cast<char*>(out.data()), size}, expected, replacing, reader);
}

void check_with_kernel(const Task& task, const RequestVars& expected) {
  ExactBlock block(task.head);
  RequestVars seen = read_head(block.bytes(), task.options);
  REQUIRE(seen == expected);
  if (seen.verdict.outcome != Outcome::complete) return;
  std::string_view mount(reinterpret_cast<const char*>(task.options.mount.data), task.options.mount.size);
  ReferenceEnviron environ = reference_environ(task.head.substr(0, seen.byte_length), mount, (task.options.traits & kKeepUnderscores) != 0);
  Pairs all = environ.request_line;
  all.insert(all.end(), environ.fields.begin(), environ.fields.end());
  REQUIRE(seen.vars == all);
  all.insert(all.end(), task.constants.begin(), task.constants.end());
  check_transcoding(task, block.bytes(), environ, all);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < kFixedBytes) return 0;
  Task task = task_of({reinterpret_cast<const char*>(data), size});
  choose_kernel("scalar");
  ExactBlock block(task.head);
  RequestVars expected = read_head(block.bytes(), task.options);
  for (uint32_t i = 0; const char* kernel = kernel_name(i); i++) {
    choose_kernel(kernel);
    check_with_kernel(task, expected);
  }
  return 0;
}
