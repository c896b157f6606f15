// make_packet_form, encode_vars and encode_array: what they write is what the reference reads back, and with a fault they write nothing at all.
#include <string.h>

#include <string>
#include <vector>

#include "check.h"
#include "core/uwsgi_packet.h"
#include "feedings.h"
#include "packet_builder.h"
#include "random_numbers.h"
#include "reference_packet.h"
#include "written_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

struct Encoded {
  EncodeFault fault;
  uint32_t part;
  std::string packet;  // what was written
  bool operator==(const Encoded&) const = default;
};

std::string shown(const Encoded& encoded) {
  return "fault " + std::to_string(static_cast<uint32_t>(encoded.fault)) + " part " + std::to_string(encoded.part) + " " +
         test::shown(encoded.packet);
}

constexpr char kCanary = '\xC5';

/// Into a heap block of exactly `room` bytes, so that a sanitizer sees a byte too many; a canary shows any byte written in vain.
template <typename Encode>
Encoded encode_into(size_t room, Encode encode) {
  std::unique_ptr<uint8_t[]> out(new uint8_t[room]);
  memset(out.get(), kCanary, room);
  EncodeResult result = encode(out.get());
  CHECK(result.written <= room);
  CHECK(result.fault == EncodeFault::none || result.written == 0);
  std::string rest(reinterpret_cast<char*>(out.get()) + result.written, room - result.written);
  CHECK(rest == std::string(rest.size(), kCanary));
  return {result.fault, result.part, std::string(reinterpret_cast<char*>(out.get()), result.written)};
}

JoinedParts joined(const std::vector<std::string>& pieces) {
  JoinedParts parts;
  for (const std::string& piece : pieces) parts.add(piece);
  return parts;
}

Encoded encode_items(const JoinedParts& items, size_t room, uint8_t modifier1 = 0, uint8_t modifier2 = 0) {
  ExactBlock text(items.text);
  std::vector<uint32_t> lengths(items.lengths.begin(), items.lengths.end());
  return encode_into(room, [&](uint8_t* out) {
    return encode_array(text.bytes(), lengths.data(), lengths.size(), modifier1, modifier2, out, room);
  });
}

Encoded encode_values(const FormTable& forms, uint32_t form, const JoinedParts& values, size_t room, uint8_t modifier1 = 0,
                      uint8_t modifier2 = 0) {
  return encode_into(room, [&](uint8_t* out) { return encode_vars(forms, form, values, modifier1, modifier2, out, room); });
}

struct Vars {
  JoinedParts keys;
  JoinedParts values;
};

/// Keys and values in turn.
Vars vars_of(const std::vector<std::string>& pieces) {
  Vars vars;
  for (size_t i = 0; i < pieces.size(); i++) (i % 2 == 0 ? vars.keys : vars.values).add(pieces[i]);
  return vars;
}

std::string payload_of(const std::vector<std::string>& pieces) {
  std::string payload;
  for (const std::string& piece : pieces) payload += part(piece);
  return payload;
}

/// With exactly the room it takes, with more, and with too little.
template <typename Encode>
void expect_written(const std::string& expected, Encode encode) {
  for (size_t more : {0, 1, 100}) CHECK_EQUAL(encode(expected.size() + more), Encoded{EncodeFault::none, 0, expected});
  for (size_t room : {expected.size() - 1, expected.size() / 2, size_t{3}, size_t{0}}) {
    CHECK_EQUAL(encode(room), Encoded{EncodeFault::room, 0, ""});
  }
}

void expect_vars(const std::vector<std::string>& pieces, uint8_t modifier1 = 0, uint8_t modifier2 = 0) {
  static std::unique_ptr<FormTable> forms = empty_form_table();
  static bool keep = false;
  keep = !keep;
  for (uint32_t of_form : kValuesOfForms) {
    Vars vars;
    for (size_t i = 0; i < pieces.size(); i++) {
      if (i % 2 == 1 && is_of_form(of_form, i / 2)) vars.keys.add_value_of_form(pieces[i]);
      else (i % 2 == 0 ? vars.keys : vars.values).add(pieces[i]);
    }
    MadeForm made;
    CHECK_EQUAL(make_packet_form(*forms, vars.keys, keep, made), EncodeFault::none);
    expect_written(packet(payload_of(pieces), modifier1, modifier2),
                   [&](size_t room) { return encode_values(*forms, made.number, vars.values, room, modifier1, modifier2); });
  }
}

void expect_items(const std::vector<std::string>& pieces, uint8_t modifier1 = 0, uint8_t modifier2 = 0) {
  expect_written(packet(payload_of(pieces), modifier1, modifier2),
                 [&](size_t room) { return encode_items(joined(pieces), room, modifier1, modifier2); });
}

void expect_item_fault(std::string_view text, const std::vector<uint32_t>& lengths, EncodeFault fault, uint32_t part) {
  for (size_t room : {size_t{0}, size_t{70000}}) CHECK_EQUAL(encode_items({std::string(text), lengths}, room), Encoded{fault, part, ""});
}

void expect_key_fault(std::string_view text, const std::vector<uint32_t>& lengths, EncodeFault fault) {
  std::unique_ptr<FormTable> forms = empty_form_table();
  MadeForm made = {77, true};
  for (bool keep : {false, true}) CHECK_EQUAL(make_packet_form(*forms, {std::string(text), lengths}, keep, made), fault);
  CHECK(made.number == 77 && forms->count == 0 && forms->used == 0);
}

void expect_value_fault(const std::vector<std::string>& keys, std::string_view text, const std::vector<uint32_t>& lengths, EncodeFault fault,
                        uint32_t part) {
  std::unique_ptr<FormTable> forms = empty_form_table();
  MadeForm made;
  CHECK_EQUAL(make_packet_form(*forms, joined(keys), true, made), EncodeFault::none);
  for (size_t room : {size_t{0}, size_t{70000}}) {
    CHECK_EQUAL(encode_values(*forms, made.number, {std::string(text), lengths}, room), Encoded{fault, part, ""});
  }
}

TEST("vars are written in order, empty values and repeated keys too") {
  expect_vars({});
  expect_vars({"REQUEST_METHOD", "GET"});
  expect_vars({"A", "", "B", "", "A", "1"}, 5, 2);
  expect_vars({std::string("K\0", 2), std::string("\0\xFF", 2)}, 255, 255);
}

TEST("array items are written in order, empty ones too") {
  expect_items({}, 173);
  expect_items({"hello", "", "bb"}, 173, 1);
  expect_items({"", "", ""}, 173);
}

TEST("keys and values of every length around the blocks in which they are copied, at every distance from the end of the text") {
  RandomNumbers random(15);
  for (size_t length = 0; length <= 70; length++) {
    for (size_t behind = 0; behind <= 40; behind++) {
      expect_vars({"key", random.bytes(length), "k", random.bytes(behind)});
      expect_vars({random.bytes(length + 1), "", random.bytes(behind + 1), random.bytes(behind)});
      expect_items({random.bytes(length), random.bytes(behind)});
    }
  }
  for (size_t length = 500; length <= 530; length++) expect_vars({"key", random.bytes(length), "k", random.bytes(1000)});
}

TEST("the largest blocks") {
  expect_vars({std::string(65531, 'k'), ""});
  expect_vars({"k", std::string(65530, 'v')});
  expect_items({std::string(65533, 'x')});
  std::vector<std::string> most_vars;
  for (int i = 0; i < 13107; i++) most_vars.insert(most_vars.end(), {"k", ""});
  expect_vars(most_vars);
  expect_items(std::vector<std::string>(32767, ""));
}

TEST("nothing to write needs no addresses") {
  std::unique_ptr<FormTable> forms = empty_form_table();
  MadeForm made;
  CHECK_EQUAL(make_packet_form(*forms, {nullptr, 0}, nullptr, 0, true, made), EncodeFault::none);
  uint8_t out[4] = {9, 9, 9, 9};
  EncodeResult result = encode_vars(*forms, made.number, {nullptr, 0}, nullptr, 0, 7, 8, out, sizeof out);
  CHECK_EQUAL(result.fault, EncodeFault::none);
  CHECK_EQUAL(result.written, size_t{4});
  CHECK(out[0] == 7 && out[1] == 0 && out[2] == 0 && out[3] == 8);
  CHECK_EQUAL(encode_vars(*forms, made.number, {nullptr, 0}, nullptr, 0, 7, 8, nullptr, 0).fault, EncodeFault::room);
}

TEST("empty parts can be cut from a text without an address") {
  const uint32_t lengths[] = {0, 0};
  uint8_t out[14];
  EncodeResult result = encode_array({nullptr, 0}, lengths, 2, 173, 0, out, sizeof out);
  CHECK_EQUAL(result.written, size_t{8});
  CHECK(memcmp(out, "\xAD\x04\x00\x00\x00\x00\x00\x00", 8) == 0);
  std::unique_ptr<FormTable> forms = empty_form_table();
  MadeForm made;
  CHECK_EQUAL(make_packet_form(*forms, joined({"A", "B"}), true, made), EncodeFault::none);
  result = encode_vars(*forms, made.number, {nullptr, 0}, lengths, 2, 0, 0, out, sizeof out);
  CHECK_EQUAL(result.written, size_t{14});
  CHECK(memcmp(out, "\x00\x0A\x00\x00\x01\x00" "A\x00\x00\x01\x00" "B\x00\x00", 14) == 0);
}

TEST("an empty key makes no form") {
  expect_key_fault("", {0}, EncodeFault::empty_key);
  expect_key_fault("Ax", {1, 0, 1}, EncodeFault::empty_key);
  expect_key_fault("A", {1, 0}, EncodeFault::empty_key);
}

TEST("a part that no length can announce, or a block over 65535 bytes, is refused by the part that is too much") {
  expect_key_fault(std::string(65536, 'k'), {65536}, EncodeFault::too_large);
  expect_key_fault(std::string(65532, 'k'), {65532}, EncodeFault::too_large);
  expect_value_fault({std::string(65530, 'k')}, "vv", {2}, EncodeFault::too_large, 0);
  expect_value_fault({"k"}, std::string(65531, 'v'), {65531}, EncodeFault::too_large, 0);
  expect_value_fault({"k"}, std::string(65536, 'v'), {65536}, EncodeFault::too_large, 0);
  expect_value_fault({"k", "l"}, std::string(65526, 'v'), {1, 65525}, EncodeFault::too_large, 1);
  expect_item_fault(std::string(65534, 'x'), {65534}, EncodeFault::too_large, 0);
  expect_item_fault(std::string(65534, 'x'), {32767, 32767}, EncodeFault::too_large, 1);
  expect_item_fault("", std::vector<uint32_t>(32768, 0), EncodeFault::too_large, 32767);
  expect_key_fault(std::string(13108, 'k'), std::vector<uint32_t>(13108, 1), EncodeFault::too_large);
  expect_key_fault(std::string(65532, 'k'), {1, 65531 + kValueOfForm}, EncodeFault::too_large);
}

TEST("lengths whose sum would wrap are refused") {
  // 2^32 and 2^64 as sums of 32-bit lengths: a narrow counter would end at a small number.
  expect_key_fault("", {UINT32_MAX, 1}, EncodeFault::too_large);
  expect_key_fault("k", {1, UINT32_MAX}, EncodeFault::too_large);
  expect_key_fault("kv", {1 + kValueOfForm, 1}, EncodeFault::too_large);                     // the value of no key
  expect_key_fault("kvv", {1, 1 + kValueOfForm, 1 + kValueOfForm}, EncodeFault::too_large);  // two values of one
  expect_value_fault({"k", "l"}, "", {UINT32_MAX, 1}, EncodeFault::too_large, 0);
  expect_value_fault({"k", "l"}, "v", {1, UINT32_MAX}, EncodeFault::too_large, 1);
  expect_item_fault("", {0x80000000u, 0x80000000u}, EncodeFault::too_large, 0);
  expect_item_fault("", {UINT32_MAX - 1}, EncodeFault::too_large, 0);
  expect_item_fault("ab", {2, UINT32_MAX - 3}, EncodeFault::too_large, 1);
  expect_item_fault(std::string(4, 'x'), std::vector<uint32_t>(65537, 65535), EncodeFault::too_large, 0);
  expect_item_fault("", {65536}, EncodeFault::too_large, 0);
}

TEST("lengths that use up less or more than the text, or are not as many as the keys, are refused") {
  for (std::string_view text : {"Abc", "A", ""}) expect_key_fault(text, {1, 1}, EncodeFault::lengths_disagree);
  expect_key_fault("x", {}, EncodeFault::lengths_disagree);
  for (std::string_view text : {"abc", "a", ""}) expect_value_fault({"A", "B"}, text, {1, 1}, EncodeFault::lengths_disagree, 0);
  expect_value_fault({"A", "B"}, "a", {1}, EncodeFault::lengths_disagree, 0);
  expect_value_fault({"A", "B"}, "abc", {1, 1, 1}, EncodeFault::lengths_disagree, 0);
  expect_value_fault({"A"}, "", {}, EncodeFault::lengths_disagree, 0);
  expect_value_fault({}, "x", {}, EncodeFault::lengths_disagree, 0);
  expect_item_fault("abc", {1, 1}, EncodeFault::lengths_disagree, 0);
  expect_item_fault("a", {1, 1}, EncodeFault::lengths_disagree, 0);
}

TEST("a form that does not exist is refused") {
  std::unique_ptr<FormTable> forms = empty_form_table();
  MadeForm made;
  CHECK_EQUAL(make_packet_form(*forms, joined({"A"}), true, made), EncodeFault::none);
  for (uint32_t form : {made.number + 2, kForms + 1, UINT32_MAX}) {
    CHECK_EQUAL(encode_values(*forms, form, joined({"a"}), 100), Encoded{EncodeFault::lengths_disagree, 0, ""});
  }
}

TEST("what was written is read back by the reference, and by the decoder through all the feedings") {
  RandomNumbers random(7);
  auto shapes = empty_shape_table();
  for (int i = 0; i < 3000; i++) {
    std::vector<std::string> pieces;
    for (size_t vars = random.below(10); vars > 0; vars--) {
      pieces.push_back(random.bytes(1 + random.below(30)));
      pieces.push_back(random.bytes(random.below(30)));
    }
    uint8_t modifier1 = static_cast<uint8_t>(random.next());
    expect_vars(pieces, modifier1, 1);
    expect_items(pieces, modifier1, 1);
    std::string written = packet(payload_of(pieces), modifier1, 1);
    ReferenceVars read = reference_vars(std::string_view(written).substr(4), SIZE_MAX);
    CHECK_EQUAL(read.refusal, Refusal::none);
    CHECK_EQUAL(read.vars.size() * 2, pieces.size());
    for (size_t var = 0; var < read.vars.size(); var++) {
      CHECK(read.vars[var].key == pieces[2 * var] && read.vars[var].value == pieces[2 * var + 1]);
    }
    if (i % 20 == 0) {
      PacketDecoder decoder;
      feed_every_way(written, written.size(), reference_packet(written, {}),
                     [&](Bytes input) { return decoder.decode(input, {}, *shapes); });
    }
  }
}

}  // namespace
