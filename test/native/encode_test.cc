// encode_vars and encode_array: what they write is what the reference reads back, and with a fault they write nothing at all.
#include <string.h>

#include <string>
#include <vector>

#include "check.h"
#include "core/uwsgi_packet.h"
#include "feedings.h"
#include "packet_builder.h"
#include "random_numbers.h"
#include "reference_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

enum class Kind { vars, array };

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
Encoded encode(Kind kind, std::string_view text, const std::vector<uint32_t>& lengths, size_t room, uint8_t modifier1 = 0,
               uint8_t modifier2 = 0) {
  ExactBlock from(text);
  std::vector<uint32_t> exact(lengths.begin(), lengths.end());
  exact.shrink_to_fit();
  std::unique_ptr<uint8_t[]> out(new uint8_t[room]);
  memset(out.get(), kCanary, room);
  EncodeResult result = kind == Kind::vars
                            ? encode_vars(from.bytes(), exact.data(), exact.size(), modifier1, modifier2, out.get(), room)
                            : encode_array(from.bytes(), exact.data(), exact.size(), modifier1, modifier2, out.get(), room);
  CHECK(result.written <= room);
  CHECK(result.fault == EncodeFault::none || result.written == 0);
  std::string rest(reinterpret_cast<char*>(out.get()) + result.written, room - result.written);
  CHECK(rest == std::string(rest.size(), kCanary));
  CHECK(memcmp(from.bytes().data, text.data(), text.size()) == 0);
  return {result.fault, result.part, std::string(reinterpret_cast<char*>(out.get()), result.written)};
}

struct Parts {
  std::string text;
  std::vector<uint32_t> lengths;
};

Parts parts_of(const std::vector<std::string>& pieces) {
  Parts parts;
  for (const std::string& piece : pieces) {
    parts.text += piece;
    parts.lengths.push_back(static_cast<uint32_t>(piece.size()));
  }
  return parts;
}

std::string payload_of(const std::vector<std::string>& pieces) {
  std::string payload;
  for (const std::string& piece : pieces) payload += part(piece);
  return payload;
}

/// With exactly the room it takes, with more, and with one byte too few.
void expect_written(Kind kind, const std::vector<std::string>& pieces, uint8_t modifier1 = 0, uint8_t modifier2 = 0) {
  Parts parts = parts_of(pieces);
  std::string expected = packet(payload_of(pieces), modifier1, modifier2);
  for (size_t more : {0, 1, 100}) {
    CHECK_EQUAL(encode(kind, parts.text, parts.lengths, expected.size() + more, modifier1, modifier2),
                Encoded{EncodeFault::none, 0, expected});
  }
  for (size_t room : {expected.size() - 1, expected.size() / 2, size_t{3}, size_t{0}}) {
    CHECK_EQUAL(encode(kind, parts.text, parts.lengths, room, modifier1, modifier2), Encoded{EncodeFault::room, 0, ""});
  }
}

void expect_fault(Kind kind, std::string_view text, const std::vector<uint32_t>& lengths, EncodeFault fault, uint32_t part) {
  for (size_t room : {size_t{0}, size_t{70000}}) {
    CHECK_EQUAL(encode(kind, text, lengths, room), Encoded{fault, part, ""});
  }
}

TEST("vars are written in order, empty values and repeated keys too") {
  expect_written(Kind::vars, {});
  expect_written(Kind::vars, {"REQUEST_METHOD", "GET"});
  expect_written(Kind::vars, {"A", "", "B", "", "A", "1"}, 5, 2);
  expect_written(Kind::vars, {std::string("K\0", 2), std::string("\0\xFF", 2)}, 255, 255);
}

TEST("array items are written in order, empty ones too") {
  expect_written(Kind::array, {}, 173);
  expect_written(Kind::array, {"hello", "", "bb"}, 173, 1);
  expect_written(Kind::array, {"", "", ""}, 173);
}

TEST("parts of every length around the block in which short ones are copied, at every distance from the end of the text") {
  RandomNumbers random(15);
  for (size_t length = 0; length <= 70; length++) {
    for (size_t behind = 0; behind <= 40; behind++) {
      expect_written(Kind::vars, {"key", random.bytes(length), "k", random.bytes(behind)});
      expect_written(Kind::array, {random.bytes(length), random.bytes(behind)});
    }
  }
}

TEST("the largest blocks") {
  expect_written(Kind::vars, {std::string(65531, 'k'), ""});
  expect_written(Kind::vars, {"k", std::string(65530, 'v')});
  expect_written(Kind::array, {std::string(65533, 'x')});
  std::vector<std::string> most_vars;
  for (int i = 0; i < 13107; i++) most_vars.insert(most_vars.end(), {"k", ""});
  expect_written(Kind::vars, most_vars);
  expect_written(Kind::array, std::vector<std::string>(32767, ""));
}

TEST("nothing to write needs no addresses") {
  uint8_t out[4] = {9, 9, 9, 9};
  EncodeResult result = encode_vars({nullptr, 0}, nullptr, 0, 7, 8, out, sizeof out);
  CHECK_EQUAL(result.fault, EncodeFault::none);
  CHECK_EQUAL(result.written, size_t{4});
  CHECK(out[0] == 7 && out[1] == 0 && out[2] == 0 && out[3] == 8);
  CHECK_EQUAL(encode_vars({nullptr, 0}, nullptr, 0, 7, 8, nullptr, 0).fault, EncodeFault::room);
}

TEST("empty items can be cut from a text without an address") {
  const uint32_t lengths[] = {0, 0};
  uint8_t out[8];
  EncodeResult result = encode_array({nullptr, 0}, lengths, 2, 173, 0, out, sizeof out);
  CHECK_EQUAL(result.written, size_t{8});
  CHECK(memcmp(out, "\xAD\x04\x00\x00\x00\x00\x00\x00", 8) == 0);
}

TEST("an empty key is refused by its number") {
  expect_fault(Kind::vars, "", {0, 0}, EncodeFault::empty_key, 0);
  expect_fault(Kind::vars, "Abx", {1, 1, 0, 1}, EncodeFault::empty_key, 2);
  expect_fault(Kind::vars, "Ab", {1, 1, 0}, EncodeFault::empty_key, 2);
}

TEST("a part that no length can announce, or a block over 65535 bytes, is refused by the part that is too much") {
  expect_fault(Kind::vars, std::string(65536, 'k'), {65536, 0}, EncodeFault::too_large, 0);
  expect_fault(Kind::vars, std::string(65532, 'k'), {65532, 0}, EncodeFault::too_large, 1);
  expect_fault(Kind::vars, std::string(65532, 'k'), {1, 65531}, EncodeFault::too_large, 1);
  expect_fault(Kind::vars, std::string(65537, 'k'), {1, 65536}, EncodeFault::too_large, 1);
  expect_fault(Kind::array, std::string(65534, 'x'), {65534}, EncodeFault::too_large, 0);
  expect_fault(Kind::array, std::string(65534, 'x'), {32767, 32767}, EncodeFault::too_large, 1);
  expect_fault(Kind::array, "", std::vector<uint32_t>(32768, 0), EncodeFault::too_large, 32767);
  std::vector<uint32_t> vars;
  for (int i = 0; i < 13108; i++) vars.insert(vars.end(), {1, 0});
  expect_fault(Kind::vars, std::string(13108, 'k'), vars, EncodeFault::too_large, 26214);
}

TEST("lengths whose sum would wrap are refused") {
  // 2^32 and 2^64 as sums of 32-bit lengths: a narrow counter would end at a small number.
  expect_fault(Kind::vars, "", {UINT32_MAX, 1}, EncodeFault::too_large, 0);
  expect_fault(Kind::vars, "k", {1, UINT32_MAX}, EncodeFault::too_large, 1);
  expect_fault(Kind::array, "", {0x80000000u, 0x80000000u}, EncodeFault::too_large, 0);
  expect_fault(Kind::array, "", {UINT32_MAX - 1}, EncodeFault::too_large, 0);
  expect_fault(Kind::array, "ab", {2, UINT32_MAX - 3}, EncodeFault::too_large, 1);
  expect_fault(Kind::array, std::string(4, 'x'), std::vector<uint32_t>(65537, 65535), EncodeFault::too_large, 0);
  expect_fault(Kind::array, "", {65536}, EncodeFault::too_large, 0);
}

TEST("lengths that use up less or more than the text are refused, and so is a key without a value") {
  expect_fault(Kind::vars, "Abc", {1, 1}, EncodeFault::lengths_disagree, 0);
  expect_fault(Kind::vars, "A", {1, 1}, EncodeFault::lengths_disagree, 0);
  expect_fault(Kind::vars, "", {1, 1}, EncodeFault::lengths_disagree, 0);
  expect_fault(Kind::vars, "x", {}, EncodeFault::lengths_disagree, 0);
  expect_fault(Kind::vars, "A", {1}, EncodeFault::lengths_disagree, 0);
  expect_fault(Kind::vars, "Abc", {1, 1, 1}, EncodeFault::lengths_disagree, 0);
  expect_fault(Kind::array, "abc", {1, 1}, EncodeFault::lengths_disagree, 0);
  expect_fault(Kind::array, "a", {1, 1}, EncodeFault::lengths_disagree, 0);
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
    Parts parts = parts_of(pieces);
    uint8_t modifier1 = static_cast<uint8_t>(random.next());
    size_t size = 4 + parts.text.size() + 2 * pieces.size();
    for (Kind kind : {Kind::vars, Kind::array}) {
      Encoded encoded = encode(kind, parts.text, parts.lengths, size, modifier1, 1);
      CHECK_EQUAL(encoded.packet, packet(payload_of(pieces), modifier1, 1));
    }
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
