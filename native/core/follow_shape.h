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
  if (input.size < kKeySlot) return walk;
  const uint8_t* data = input.data;
  size_t last_slot = input.size - kKeySlot;
  size_t at = walk.at;
  uint32_t limit = max_vars < shape.key_count ? max_vars : shape.key_count;
  uint32_t count = walk.count;
  // Behind the end of the block stands content, which may look like a variable: its value would begin behind the end, too.
  for (; count < limit && at + kLengthBytes <= last_slot; count++) {
    uint32_t key_length = shape.followed_length[count];
    size_t key = at + kLengthBytes;
    // Where the value begins is known from the shape, so that the walk does not wait for the length in the block, which is only
    // compared. Pinned before the compiler sees that the two are equal and takes the one that comes late. kNotFollowed leads beyond any end.
    size_t value = pin(static_cast<uint32_t>(key + key_length + kLengthBytes));
    if (load16(data + at) != key_length || value > end) break;
    if (!Slots::is_zero(Slots::difference(data + key, key_length, shape.keys[count]))) break;
    uint32_t value_length = pin(load16(data + value - kLengthBytes));
    if (end - value < value_length) break;
    at = value + value_length;
    vars[count] = {static_cast<uint32_t>(key), key_length, static_cast<uint32_t>(value), static_cast<uint32_t>(at)};
  }
  return {at, count};
}

}  // namespace gatewire
