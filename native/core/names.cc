// The tables of well-known names: multipliers are searched at compile time that give each name a hash of its own.
#include "name_tables.h"

namespace gatewire {
namespace {

struct Names {
  uint8_t text[kNamePlaces][kNameSlot];
  uint8_t length[kNamePlaces];
  NameId id[kNamePlaces];
  uint32_t count;

  template <size_t N>
  consteval void add(const char (&name)[N], size_t from, uint8_t set_bits, NameId of) {
    static_assert(N - 1 <= kNameSlot);
    for (size_t i = from; i < N - 1; i++) {
      bool dash = set_bits != 0 && name[i] == '_';
      text[count][i - from] = static_cast<uint8_t>((dash ? '-' : name[i]) | set_bits);
    }
    length[count] = static_cast<uint8_t>(N - 1 - from);
    id[count++] = of;
  }
};

/// A word of one half of a slot, xor that of the other, as a constant expression for little-endian machines: all platforms of the package
/// are.
consteval uint64_t folded_word(const uint8_t* text, uint32_t at) {
  uint64_t word = 0;
  for (uint32_t i = 0; i < 8; i++) word |= static_cast<uint64_t>(text[at + i] ^ text[at + kNameSlot / 2 + i]) << (8 * i);
  return word;
}

consteval uint64_t next_random(uint64_t seed) {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  return seed ^ seed << 17;
}

consteval NameTable make_table(const Names& names) {
  uint64_t words[kNamePlaces][2] = {};
  for (uint32_t i = 1; i < names.count; i++) {
    words[i][0] = folded_word(names.text[i], 0);
    words[i][1] = folded_word(names.text[i], 8);
  }
  NameTable table = {};
  uint64_t seed = 0x9E3779B97F4A7C15ull;
  for (bool clash = true; clash;) {
    seed = next_random(seed);
    table.multipliers[0] = seed | 1;
    seed = next_random(seed);
    table.multipliers[1] = seed | 1;
    clash = false;
    uint32_t placed = 1;
    for (; placed < names.count && !clash; placed++) {
      uint8_t& place = table.places[name_hash(words[placed][0], words[placed][1], table.multipliers)];
      clash = place != 0;
      if (!clash) place = static_cast<uint8_t>(placed);
    }
    for (uint32_t i = 1; clash && i < placed; i++) table.places[name_hash(words[i][0], words[i][1], table.multipliers)] = 0;
  }
  for (uint32_t i = 1; i < names.count; i++) {
    for (uint32_t byte = 0; byte < kNameSlot; byte++) table.text[i][byte] = names.text[i][byte];
    table.length[i] = names.length[i];
    table.id[i] = names.id[i];
  }
  return table;
}

consteval Names variables() {
  Names names = {};
  names.count = 1;
#define GATEWIRE_NAME(name) names.add(#name, 0, 0, NameId::name);
  GATEWIRE_NAMES(GATEWIRE_NAME)
#undef GATEWIRE_NAME
  return names;
}

template <size_t N>
consteval bool is_field(const char (&name)[N]) {
  return N > 6 && name[0] == 'H' && name[1] == 'T' && name[2] == 'T' && name[3] == 'P' && name[4] == '_';
}

consteval Names fields() {
  Names names = {};
  names.count = 1;
#define GATEWIRE_NAME(name) \
  if (is_field(#name)) names.add(#name, 5, kLowerCaseBit, NameId::name);
  GATEWIRE_NAMES(GATEWIRE_NAME)
#undef GATEWIRE_NAME
  names.add("PROXY", 0, kLowerCaseBit, kNoVariable);
  return names;
}

/// `set_bits` are set in each byte of the name.
NameId find(const NameTable& table, Bytes name, uint8_t set_bits) {
  if (name.size > kNameSlot) return NameId::none;
  uint8_t slot[kNameSlot] = {};
  for (size_t i = 0; i < name.size; i++) slot[i] = name.data[i] | set_bits;
  uint64_t first = load64(slot) ^ load64(slot + kNameSlot / 2);
  uint64_t second = load64(slot + 8) ^ load64(slot + kNameSlot / 2 + 8);
  uint32_t place = table.places[name_hash(first, second, table.multipliers)];
  bool same = table.length[place] == name.size && equal_bytes(table.text[place], slot, kNameSlot);
  return same ? table.id[place] : NameId::none;
}

}  // namespace

constexpr NameTable kVariableTable = make_table(variables());
constexpr NameTable kFieldTable = make_table(fields());

Bytes name_of(NameId id) {
  uint32_t place = static_cast<uint32_t>(id);
  return {kVariableTable.text[place], kVariableTable.length[place]};
}

NameId find_name(Bytes key) { return find(kVariableTable, key, 0); }
NameId find_field_name(Bytes name) { return find(kFieldTable, name, kLowerCaseBit); }

}  // namespace gatewire
