// Comparing keys with the slots of a shape, 32 bytes at a time. No branch depends on the length of a key, which no branch predictor
// could learn from traffic that differs.
#pragma once
#include "follow_shape.h"

namespace gatewire {

/// What differs between the first `length` bytes of `key`, at most a slot, and a slot of exactly as many bytes: zero when nothing does.
/// 32 bytes may be read from `key`.
GATEWIRE_INLINE Block16 key_difference(const uint8_t* key, size_t length, const uint8_t* slot) {
  const uint8_t* mask = kOnesThenZeros + kKeySlot - length;
  return ((load_block(key) & load_block(mask)) ^ load_block(slot)) | ((load_block(key + 16) & load_block(mask + 16)) ^ load_block(slot + 16));
}

/// The same for keys near the end of the input, where there is less to read than a slot.
inline __attribute__((noinline)) Block16 last_key_difference(const uint8_t* key, uint32_t length, const uint8_t* slot) {
  uint8_t padded[kKeySlot] = {};
  copy_bytes(padded, key, length);
  return key_difference(padded, length, slot);
}

/// Whether the first 32 bytes of a key of `length` bytes are those of `slot`. `readable`: bytes that may be read from `key` on.
GATEWIRE_INLINE Block16 slot_difference(const uint8_t* key, uint32_t length, size_t readable, const uint8_t* slot) {
  uint32_t slotted = length < kKeySlot ? length : kKeySlot;
  return __builtin_expect(readable >= kKeySlot, 1) ? key_difference(key, slotted, slot) : last_key_difference(key, slotted, slot);
}

}  // namespace gatewire
