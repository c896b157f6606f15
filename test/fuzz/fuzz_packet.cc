// decode_packet against the plain reference, under several limits; with a shape table that lives on and with an empty one; cut; with
// the bytes behind the packet taken away; and written again by the encoder. The input is the bytes of a connection.
#include <string.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/kernel.h"
#include "exact_block.h"
#include "packet_mutator.h"
#include "reference_packet.h"
#include "require.h"
#include "written_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

Limits limits_of(uint32_t max_packet_bytes, uint32_t max_vars, uint64_t max_content_bytes) {
  Limits limits;
  limits.max_packet_bytes = max_packet_bytes;
  limits.max_vars = max_vars;
  limits.max_content_bytes = max_content_bytes;
  return limits;
}

// The defaults, everything open, and so tight that small inputs meet each limit.
const Limits kLimits[] = {{}, limits_of(UINT32_MAX, UINT32_MAX, UINT64_MAX), limits_of(300, 4, 9)};

struct Decoders {
  PacketDecoder decoder;
  std::unique_ptr<ShapeTable> old_table = empty_shape_table();  // has seen all inputs before this one
  std::unique_ptr<ShapeTable> new_table = empty_shape_table();
};

Decoders& decoders() {
  static Decoders all;
  return all;
}

DecodedPacket decode_with_empty_table(Bytes input, const Limits& limits) {
  Decoders& all = decoders();
  all.decoder.index.shape_slot = kNoShape;
  DecodedPacket seen = all.decoder.decode(input, limits, *all.new_table);
  // Emptying the slot that was taken empties the table; filling all of it with zeros would take most of the time.
  ShapeTable& table = *all.new_table;
  uint32_t slot = all.decoder.index.shape_slot;
  if (slot != kNoShape) table.shapes[slot].serial = table.shapes[slot].credit = 0;
  table.last_serial = table.latest[kPacketVariant] = 0;
  table.last_prefix = 0;
  return seen;
}

/// The slot that the index names holds the shape of this very packet.
void check_shape(std::string_view input, const DecodedPacket& seen) {
  const HeadIndex& index = decoders().decoder.index;
  REQUIRE((index.shape_slot == kNoShape) == (index.shape_serial == 0));
  if (index.shape_slot == kNoShape) return;
  REQUIRE(!seen.vars.empty() && seen.vars.size() <= kShapeMaxVars);
  const Shape& shape = decoders().old_table->shapes[index.shape_slot];
  REQUIRE(shape.serial == index.shape_serial && shape.var_count == seen.vars.size());
  const uint8_t* overflow = shape.overflow;
  for (size_t i = 0; i < seen.vars.size(); i++) {
    uint32_t length = seen.vars[i].key_length;
    uint32_t slotted = std::min(length, kKeySlot);
    const char* key = input.data() + seen.vars[i].key;
    REQUIRE(shape.ids[i] == seen.vars[i].id && shape.key_length[i] == length);
    REQUIRE(memcmp(shape.keys[i], key, slotted) == 0 && memcmp(overflow, key + slotted, length - slotted) == 0);
    overflow += length - slotted;
  }
  REQUIRE(overflow <= shape.overflow + kKeyOverflow);
}

void check_cuts(std::string_view input, size_t end, const Limits& limits) {
  auto incomplete_at = [&](size_t cut) {
    ExactBlock front(input.substr(0, cut));
    REQUIRE(decode_with_empty_table(front.bytes(), limits).verdict.outcome == Outcome::incomplete);
  };
  constexpr size_t kAllCutsUpTo = 32;  // each costs a heap block; the unit tests cut everywhere
  for (size_t cut = 0; cut < std::min(end, kAllCutsUpTo); cut++) incomplete_at(cut);
  if (end > kAllCutsUpTo) incomplete_at(end / 2);
  if (end > kAllCutsUpTo) incomplete_at(end - 1);
}

void check_written_again(std::string_view input, const DecodedPacket& seen) {
  static std::unique_ptr<FormTable> forms = empty_form_table();
  JoinedParts keys;
  JoinedParts values;
  for (const DecodedVar& var : seen.vars) {
    keys.add(input.substr(var.key, var.key_length));
    values.add(input.substr(var.value, var.value_end - var.value));
  }
  MadeForm made;
  REQUIRE(make_packet_form(*forms, keys, true, made) == EncodeFault::none);
  if (!made.kept) forget_forms(*forms);
  REQUIRE(make_packet_form(*forms, keys, true, made) == EncodeFault::none);
  ExactBlock out(std::string(seen.byte_length, '\xC5'));
  uint8_t* to = out.data();
  EncodeResult result = encode_vars(*forms, made.number, values, seen.modifier1, seen.modifier2, to, seen.byte_length);
  REQUIRE(result.fault == EncodeFault::none && result.written == seen.byte_length);
  REQUIRE(memcmp(to, input.data(), seen.byte_length) == 0);
}

/// Packets that leave the shape of this one, which is known now, at one key: by another length of the key, or another byte.
void check_neighbours(std::string_view input, const DecodedPacket& seen, const Limits& limits) {
  if (seen.vars.empty()) return;
  Bytes original = {reinterpret_cast<const uint8_t*>(input.data()), input.size()};
  const DecodedVar& var = seen.vars[static_cast<uint8_t>(input.back()) % seen.vars.size()];
  auto check = [&](const std::string& block) {
    std::string neighbour(input.substr(0, 4));
    neighbour[1] = static_cast<char>(block.size());
    neighbour[2] = static_cast<char>(block.size() >> 8);
    neighbour += block;
    DecodedPacket expected = reference_packet(neighbour, limits);
    ExactBlock bytes(neighbour);
    for (uint32_t i = 0; const char* kernel = kernel_name(i); i++) {
      choose_kernel(kernel);
      decoders().decoder.decode(original, limits, *decoders().old_table);
      REQUIRE(decoders().decoder.decode(bytes.bytes(), limits, *decoders().old_table) == expected);
    }
  };
  std::string key(input.substr(var.key, var.key_length));
  std::string before(input.substr(4, var.key - 2 - 4));
  std::string behind(input.substr(var.value - 2, seen.byte_length - (var.value - 2)));
  auto with_key = [&](const std::string& other) {
    if (before.size() + 2 + other.size() + behind.size() > kMaxBlockBytes) return;
    check(before + static_cast<char>(other.size()) + static_cast<char>(other.size() >> 8) + other + behind);
  };
  with_key("");
  with_key(key.substr(0, key.size() - 1));
  with_key(key + '\0');
  key[key.size() / 2] ^= 1;
  with_key(key);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const Limits& limits : kLimits) {
    DecodedPacket expected = reference_packet(input, limits);
    REQUIRE(decode_with_empty_table({data, size}, limits) == expected);
    DecodedPacket seen;
    for (uint32_t i = 0; const char* kernel = kernel_name(i); i++) {
      choose_kernel(kernel);
      seen = decoders().decoder.decode({data, size}, limits, *decoders().old_table);
      REQUIRE(seen == expected);
    }
    if (seen.verdict.outcome == Outcome::incomplete) continue;
    size_t end = 4;
    if (seen.verdict.refusal != Refusal::ERR_UWSGI_PACKET_TOO_LARGE) end += load16(data + 1);
    // What is missing is missing at the end: a value length behind the last key.
    REQUIRE(seen.verdict.outcome == Outcome::refused ? seen.verdict.offset <= end : seen.byte_length == end);
    if (seen.verdict.outcome == Outcome::complete) check_shape(input, seen);
    if (end < size) {
      ExactBlock alone(input.substr(0, end));
      REQUIRE(decode_with_empty_table(alone.bytes(), limits) == expected);
    }
    if (&limits == &kLimits[0]) check_cuts(input, end, limits);
    if (seen.verdict.outcome != Outcome::complete) continue;
    check_written_again(input, seen);
    constexpr size_t kNeighboursUpTo = 4000;  // each costs a heap block
    if (end <= kNeighboursUpTo) check_neighbours(input, seen, limits);
  }
  return 0;
}
