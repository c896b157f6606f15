// The loop of Kernel::follow_shape, for any way to compare a key with its slot. Each kernel gives its own way, a type of its own file: so
// no code for one instruction set can be taken for another's.
#pragma once
#include "kernel.h"

namespace gatewire {

/// Ones, then zeros: loaded at `kKeySlot - length` it masks the first `length` bytes of a slot.
alignas(64) inline constexpr uint8_t kOnesThenZeros[2 * kKeySlot] = {
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

/// `Slots`: see same_keys.h.
template <typename Slots>
GATEWIRE_INLINE Walk follow_shape_with(Bytes input, size_t end, const Shape& shape, uint32_t max_vars, VarRecord* vars, Walk walk) {
  if (input.size < kKeySlot || max_vars < shape.key_count) return walk;
  const uint8_t* data = input.data;
  size_t last_slot = input.size - kKeySlot;
  size_t at = walk.at;
  size_t count = walk.count;
  // Behind the end of the block stands content, which may look like a variable: its value would begin behind the end, too. So does that of
  // kNotFollowed, which stands behind the last key of the shape.
  for (;; count++) {
    size_t key_length = shape.followed_length[count];
    size_t key = at + kLengthBytes;
    // Where the value begins is known from the shape, so that the walk does not wait for the length in the block, which is only
    // compared. Pinned before the compiler sees that the two are equal and takes the one that comes late.
    size_t value = pin(key + key_length + kLengthBytes);
    if (value > end || key > last_slot || load16(data + at) != key_length || !Slots::is_same(data + key, key_length, shape.keys[count])) break;
    size_t value_end = value + pin(load16(data + value - kLengthBytes));
    if (value_end > end) break;
    at = value_end;
    vars[count] = {static_cast<uint32_t>(key), static_cast<uint32_t>(key_length), static_cast<uint32_t>(value), static_cast<uint32_t>(at)};
  }
  return {at, static_cast<uint32_t>(count)};
}

}  // namespace gatewire
