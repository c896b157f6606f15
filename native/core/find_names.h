// The loops of Kernel::find_names and Kernel::find_field_names, for any way to read 32 bytes of a name. No branch depends on a name that
// may be a well-known one, whatever its length, nor on whether it is.
#pragma once
#include "follow_shape.h"
#include "name_tables.h"

namespace gatewire {

/// A name near the end of the input, where there are no 32 bytes to read. Most are short and have bytes before them: such a name is two
/// words, read from its end.
template <typename Slots>
GATEWIRE_INLINE typename Slots::Block load_last_name(const uint8_t* name, uint32_t length, size_t bytes_before) {
  if (length > 16 || bytes_before < 8) {
    alignas(32) uint8_t room[kNameSlot] = {};
    for (uint32_t i = 0; i < length; i++) room[i] = name[i];
    return Slots::load(room);
  }
  uint64_t tail = key_tail_behind(name, length);
  return length <= 8 ? Slots::from_words(tail, 0) : Slots::from_words(load64(name), tail >> (8 * (16 - length)));
}

/// `Slots`, besides what same_keys.h asks for:
///   Block load(p), from_words(first, second)   32 bytes; 16 bytes, and zeros
///   Block masked(block, length, bits)          the first `length` bytes with `bits` set in each, zeros behind them
///   void fold(block, first, second)            one half xor the other, as two words
///   Block where(block, byte)                   not 0 at each byte that is `byte`
/// Calls `see(block)` for what it has looked up. Names longer than a slot are not known; `see_long(name)` is called for them.
template <typename Slots, uint8_t kBits, typename See, typename SeeLong>
GATEWIRE_INLINE void find_each_name(const NameTable& table, Bytes input, const VarRecord* names, uint32_t count, NameId* ids, See see,
                                    SeeLong see_long) {
  uint64_t multipliers[2] = {table.multipliers[0], table.multipliers[1]};
  for (uint32_t i = 0; i < count; i++) {
    const uint8_t* name = input.data + names[i].key;
    uint32_t length = names[i].key_length;
    if (__builtin_expect(length > kNameSlot, 0)) {
      see_long(Bytes{name, length});
      ids[i] = NameId::none;
      continue;
    }
    bool last = input.size - names[i].key < kNameSlot;
    typename Slots::Block block = __builtin_expect(last, 0) ? load_last_name<Slots>(name, length, names[i].key) : Slots::load(name);
    block = Slots::masked(block, length, kBits);
    see(block);
    uint64_t first, second;
    Slots::fold(block, first, second);
    uint32_t place = table.places[name_hash(first, second, multipliers)];
    block ^= Slots::load(table.text[place]);
    bool same = Slots::is_zero(block) & (table.length[place] == length);
    ids[i] = static_cast<NameId>(static_cast<uint32_t>(table.id[place]) & (0u - static_cast<uint32_t>(same)));
  }
}

template <typename Slots>
GATEWIRE_INLINE void find_names_with(Bytes input, const VarRecord* keys, uint32_t count, NameId* ids) {
  find_each_name<Slots, 0>(kVariableTable, input, keys, count, ids, [](typename Slots::Block) {}, [](Bytes) {});
}

template <typename Slots>
GATEWIRE_INLINE bool find_field_names_with(Bytes input, const VarRecord* names, uint32_t count, NameId* ids) {
  typename Slots::Block underscores = {};
  bool in_long = false;
  find_each_name<Slots, kLowerCaseBit>(
      kFieldTable, input, names, count, ids,
      [&](typename Slots::Block block) __attribute__((always_inline)) { underscores |= Slots::where(block, '_' | kLowerCaseBit); },
      [&](Bytes name) __attribute__((always_inline)) { in_long |= find_byte(name.data, 0, name.size, '_') < name.size; });
  return !in_long && Slots::is_zero(underscores);
}

}  // namespace gatewire
