// Perfect hashes of well-known names: of variables as they stand in packets, and of the fields that become some of them. A name is looked
// up by all of its bytes, read as 32 with zeros behind it: so scalar and vector code do the same. Knows no instruction set.
#pragma once
#include "names.h"

namespace gatewire {

/// No well-known name is longer.
constexpr uint32_t kNameSlot = 32;

constexpr uint32_t kNameHashBits = 10;
/// Place 0 is for what is not in the table.
constexpr uint32_t kNamePlaces = static_cast<uint32_t>(NameId::end) + 1;

struct NameTable {
  uint64_t multipliers[2];
  uint8_t places[1u << kNameHashBits];       // by hash
  alignas(32) uint8_t text[kNamePlaces][kNameSlot];  // zero-padded
  uint8_t length[kNamePlaces];
  NameId id[kNamePlaces];
};

/// Names of variables; the place of a name is its id.
extern const NameTable kVariableTable;

/// Names of fields, letters in lower case, for those whose HTTP_ variable is well known, and for "proxy".
extern const NameTable kFieldTable;

/// What makes a letter of a token lower-case; it changes no other byte that a well-known field name has, and makes none of another.
constexpr uint8_t kLowerCaseBit = 0x20;

/// The hash of a name: from the two halves of its 32 bytes, one xor the other, as two words.
constexpr uint32_t name_hash(uint64_t first, uint64_t second, const uint64_t* multipliers) {
  return static_cast<uint32_t>((first * multipliers[0] ^ second * multipliers[1]) >> (64 - kNameHashBits));
}

}  // namespace gatewire
