// The perfect hash of the well-known names: a multiplier is searched at compile time that gives each name a slot of its own.
#include "names.h"

namespace gatewire {

constexpr KnownName kKnownNames[] = {
    {"", 0},
#define GATEWIRE_NAME(name) {#name, sizeof(#name) - 1},
    GATEWIRE_NAMES(GATEWIRE_NAME)
#undef GATEWIRE_NAME
};

namespace {

constexpr uint32_t kCount = sizeof(kKnownNames) / sizeof(*kKnownNames);
static_assert(kCount == static_cast<uint32_t>(NameId::end) && kCount <= 256);

constexpr uint32_t kSlotBits = 10;
constexpr uint32_t kSlots = 1u << kSlotBits;

// A name is hashed by its length, its last eight bytes and the byte in its middle, which tell all of them apart.
constexpr uint32_t slot_of(uint64_t tail, uint8_t middle, uint32_t length, uint64_t multiplier) {
  uint64_t mixed = (tail ^ static_cast<uint64_t>(length) << 56 ^ static_cast<uint64_t>(middle) << 40) * multiplier;
  return static_cast<uint32_t>((mixed ^ mixed >> 32) * multiplier >> (64 - kSlotBits));
}

// key_tail as a constant expression, for little-endian machines; every platform of the package is one.
constexpr uint32_t slot_of(const KnownName& name, uint64_t multiplier) {
  uint32_t start = name.length < 8 ? 0 : name.length - 8;
  uint64_t tail = 0;
  for (uint32_t i = start; i < name.length; i++) tail |= static_cast<uint64_t>(static_cast<uint8_t>(name.text[i])) << (8 * (i - start));
  return slot_of(tail, static_cast<uint8_t>(name.text[name.length / 2]), name.length, multiplier);
}

struct Table {
  uint64_t multiplier;
  uint8_t id[kSlots];
};

constexpr Table make_table() {
  uint64_t seed = 0x9E3779B97F4A7C15ull;
  for (;;) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    Table table = {seed | 1, {}};
    bool clash = false;
    for (uint32_t i = 1; i < kCount && !clash; i++) {
      uint8_t& id = table.id[slot_of(kKnownNames[i], table.multiplier)];
      clash = id != 0;
      id = static_cast<uint8_t>(i);
    }
    if (!clash) return table;
  }
}

constexpr Table kTable = make_table();

}  // namespace

NameId find_name(const uint8_t* key, uint32_t length) {
  uint8_t id = kTable.id[slot_of(key_tail(key, length), key[length / 2], length, kTable.multiplier)];
  const KnownName& name = kKnownNames[id];
  if (id == 0 || name.length != length || !equal_bytes(name.text, key, length)) return NameId::none;
  return static_cast<NameId>(id);
}

}  // namespace gatewire
