// The loop of Kernel::same_keys, for any way to compare a key with its slot. No branch depends on a key that fits into its slot, and
// nothing is decided before the end: keys that were found by their hash are nearly always the same.
#pragma once
#include "follow_shape.h"

namespace gatewire {

GATEWIRE_INLINE uint64_t ends_differ(const uint8_t* a, const uint8_t* b, uint32_t length) {
  return (load64(a) ^ load64(b)) | (load64(a + length - 8) ^ load64(b + length - 8));
}

/// What differs between `length` bytes of a key, at most a slot, and a slot, when no more than the key can be read: it stands near the end
/// of the input. Words that overlap cover the key.
template <typename Slots>
__attribute__((noinline)) uint64_t last_key_differs(const uint8_t* key, const uint8_t* slot, uint32_t length) {
  if (length >= 16) return ends_differ(key, slot, length) | ends_differ(key + 8, slot + 8, length - 16 < 8 ? 8 : length - 16);
  if (length >= 8) return ends_differ(key, slot, length);
  return key_tail(key, length) ^ key_tail(slot, length);
}

/// `Slots::difference(key, length, slot)`: a Block that is zero when the `length` bytes of a key, at most a slot, are those of a slot that
/// holds as many, the rest zero. A slot's worth of bytes may be read from `key`. `Slots::is_zero(block)`. `Slots::is_same(key, length, slot)`:
/// whether the difference is zero.
template <typename Slots>
GATEWIRE_INLINE bool same_keys_with(Bytes input, const VarRecord* keys, uint32_t count, const Shape& shape) {
  if (shape.key_count != count) return false;
  typename Slots::Block difference = {};
  uint64_t others_differ = 0;  // lengths, and keys near the end
  const uint8_t* overflow = shape.overflow;
  for (uint32_t i = 0; i < count; i++) {
    size_t key = keys[i].key;
    uint32_t length = keys[i].key_length;
    uint32_t slotted = length < kKeySlot ? length : kKeySlot;
    others_differ |= shape.key_length[i] ^ length;
    if (__builtin_expect(input.size - key >= kKeySlot, 1)) {
      difference |= Slots::difference(input.data + key, slotted, shape.keys[i]);
    } else {
      others_differ |= last_key_differs<Slots>(input.data + key, shape.keys[i], slotted);
    }
    if (__builtin_expect(length <= kKeySlot, 1)) continue;
    uint32_t rest = length - kKeySlot;
    if (shape.key_length[i] != length || !equal_bytes(overflow, input.data + key + kKeySlot, rest)) return false;
    overflow += rest;
  }
  return others_differ == 0 && Slots::is_zero(difference);
}

}  // namespace gatewire
