// The loop of Kernel::same_keys, for any way to compare a key with its slot. No branch depends on a key that fits into its slot, and
// nothing is decided before the end: keys that were found by their hash are nearly always the same.
#pragma once
#include "follow_shape.h"

namespace gatewire {

/// A key near the end of the input, where there is less to read than a slot: from a copy of the last bytes with zeros behind them.
template <typename Slots>
__attribute__((noinline)) typename Slots::Block last_difference(Bytes input, size_t key, uint32_t slotted, const uint8_t* slot) {
  uint8_t copy[2 * kKeySlot] = {};
  size_t readable = input.size - key;
  if (input.size < kKeySlot) {
    copy_bytes(copy, input.data + key, readable);
    return Slots::difference(copy, slotted, slot);
  }
  copy_bytes(copy, input.data + input.size - kKeySlot, kKeySlot);
  return Slots::difference(copy + kKeySlot - readable, slotted, slot);
}

/// `Slots::difference(key, length, slot)`: a Block that is zero when the `length` bytes of a key, at most a slot, are those of a slot that
/// holds as many, the rest zero. A slot's worth of bytes may be read from `key`. `Slots::is_zero(block)`.
template <typename Slots>
GATEWIRE_INLINE bool same_keys_with(Bytes input, const VarRecord* keys, uint32_t count, const Shape& shape) {
  if (shape.key_count != count) return false;
  typename Slots::Block difference = {};
  uint32_t lengths_differ = 0;
  const uint8_t* overflow = shape.overflow;
  for (uint32_t i = 0; i < count; i++) {
    size_t key = keys[i].key;
    uint32_t length = keys[i].key_length;
    uint32_t slotted = length < kKeySlot ? length : kKeySlot;
    lengths_differ |= shape.key_length[i] ^ length;
    if (__builtin_expect(input.size - key >= kKeySlot, 1)) {
      difference |= Slots::difference(input.data + key, slotted, shape.keys[i]);
    } else {
      difference |= last_difference<Slots>(input, key, slotted, shape.keys[i]);
    }
    if (__builtin_expect(length <= kKeySlot, 1)) continue;
    uint32_t rest = length - kKeySlot;
    if (shape.key_length[i] != length || !equal_bytes(overflow, input.data + key + kKeySlot, rest)) return false;
    overflow += rest;
  }
  return lengths_differ == 0 && Slots::is_zero(difference);
}

}  // namespace gatewire
