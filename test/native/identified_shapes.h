// Heads given by their keys, and what the shape table makes of them: for the tests of the table. Every head goes through decode_packet
// and is compared with the reference decoder on the way.
#pragma once
#include "core/shape_table.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "check.h"
#include "feedings.h"
#include "packet_builder.h"
#include "reference_packet.h"

namespace gatewire::test {

using Keys = std::vector<std::string>;

struct Identified {
  std::vector<NameId> ids;
  uint32_t slot;
  uint32_t serial;
  bool kept() const { return slot != kNoShape; }
  bool operator==(const Identified&) const = default;
};

inline std::string shown(const Identified& seen) {
  return std::to_string(seen.ids.size()) + " ids, slot " + std::to_string(seen.slot) + ", serial " + std::to_string(seen.serial);
}

inline std::vector<NameId> ids_of(const Keys& keys) {
  std::vector<NameId> ids;
  for (const std::string& key : keys) ids.push_back(reference_name(key));
  return ids;
}

inline uint64_t hash_of(const Keys& keys) {
  ShapeHash hash = ShapeHash::of_variant(kPacketVariant);
  for (const std::string& key : keys) {
    ExactBlock block(key);
    hash.add(key_tail(block.bytes().data, static_cast<uint32_t>(key.size())), static_cast<uint32_t>(key.size()));
  }
  return hash.state;
}

/// The first slot of the set that a head belongs to.
inline uint32_t set_of(const Keys& keys) { return static_cast<uint32_t>(hash_of(keys) >> (64 - kShapeSetBits)) * kShapeWays; }

/// Another key with the hash of every other key that this makes: only what is not hashed differs.
inline std::string alike(int number) {
  std::string digits = std::to_string(number);
  return "FLOOD_" + std::string(8 - digits.size(), '0') + digits + "_SAMETAIL";
}

/// How a head finds its shape: along the shape seen last, or, when there is none to follow, by the hash of its keys.
enum class Way { followed, hashed };

class Shapes {
 public:
  Identified identify(const Keys& keys, Way way = Way::followed) {
    std::string block;
    for (const std::string& key : keys) block += var(key, key == "CONTENT_LENGTH" ? "0" : "v");
    if (way == Way::hashed) table->latest[kPacketVariant] = free_slot();
    Limits open;
    open.max_vars = kMaxBlockVars;
    std::string input = packet(block);
    DecodedPacket seen = decoder_.decode(pages().ending(input), open, *table);
    CHECK_EQUAL(seen, reference_packet(input, open));
    Identified identified = {{}, decoder_.index.shape_slot, decoder_.index.shape_serial};
    for (const DecodedVar& var : seen.vars) identified.ids.push_back(var.id);
    CHECK(!identified.kept() || identified.slot < kShapeSlots);
    CHECK_EQUAL(identified.kept(), identified.serial != 0);
    if (identified.kept()) CHECK_EQUAL(identified.slot / kShapeWays * kShapeWays, set_of(keys));
    // JavaScript keeps what it makes for a shape by slot and serial: the two must never stand for other keys than the first time.
    if (identified.kept()) CHECK(known_.try_emplace(std::pair(identified.slot, identified.serial), keys).first->second == keys);
    return identified;
  }

  std::unique_ptr<ShapeTable> table = empty_shape_table();

 private:
  uint32_t free_slot() const {
    for (uint32_t slot = 0; slot < kShapeSlots; slot++) {
      if (table->shapes[slot].serial == 0) return slot;
    }
    return table->latest[kPacketVariant];
  }

  PacketDecoder decoder_;
  std::map<std::pair<uint32_t, uint32_t>, Keys> known_;
};

}  // namespace gatewire::test
