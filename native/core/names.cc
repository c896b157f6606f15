// The perfect hash of the well-known names: a multiplier is searched at compile time that gives each name a slot of its own.
#include "names.h"

namespace gatewire {
namespace {

struct Name {
  const char* text;
  uint32_t length;
};

constexpr Name kNames[] = {
    {"", 0},
#define GATEWIRE_NAME(name) {#name, sizeof(#name) - 1},
    GATEWIRE_NAMES(GATEWIRE_NAME)
#undef GATEWIRE_NAME
};
constexpr uint32_t kCount = sizeof(kNames) / sizeof(*kNames);
static_assert(kCount == static_cast<uint32_t>(NameId::end) && kCount <= 256);

constexpr uint32_t kSlotBits = 10;
constexpr uint32_t kSlots = 1u << kSlotBits;

constexpr uint32_t slot_of(KeyDigest digest, uint32_t length, uint64_t multiplier) {
  uint64_t mixed = (digest.first ^ (digest.last << 23 | digest.last >> 41) ^ length) * multiplier;
  return static_cast<uint32_t>(mixed >> (64 - kSlotBits));
}

// load64 as a constant expression, for little-endian machines; every platform of the package is one.
constexpr uint64_t word_at(const char* text, uint32_t length) {
  uint64_t word = 0;
  for (uint32_t i = 0; i < length && i < 8; i++) word |= static_cast<uint64_t>(static_cast<uint8_t>(text[i])) << (8 * i);
  return word;
}

constexpr KeyDigest digest_of(const Name& name) {
  if (name.length < 8) return {word_at(name.text, name.length), word_at(name.text, name.length)};
  return {word_at(name.text, 8), word_at(name.text + name.length - 8, 8)};
}

struct Table {
  uint64_t multiplier;
  uint8_t id[kSlots];
};

constexpr Table make_table() {
  KeyDigest digests[kCount] = {};
  for (uint32_t i = 1; i < kCount; i++) digests[i] = digest_of(kNames[i]);
  uint64_t seed = 0x9E3779B97F4A7C15ull;
  for (;;) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    Table table = {seed | 1, {}};
    bool clash = false;
    for (uint32_t i = 1; i < kCount && !clash; i++) {
      uint8_t& id = table.id[slot_of(digests[i], kNames[i].length, table.multiplier)];
      clash = id != 0;
      id = static_cast<uint8_t>(i);
    }
    if (!clash) return table;
  }
}

constexpr Table kTable = make_table();

}  // namespace

NameId find_name(const uint8_t* key, uint32_t length, const KeyDigest& digest) {
  uint8_t id = kTable.id[slot_of(digest, length, kTable.multiplier)];
  const Name& name = kNames[id];
  if (id == 0 || name.length != length || !equal_bytes(name.text, key, length)) return NameId::none;
  return static_cast<NameId>(id);
}

}  // namespace gatewire
