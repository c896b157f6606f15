// Following known shapes along a head while it is walked. As long as the head goes the way of the shape, the length of each key is known
// before it has been loaded, which shortens the chain of loads that the walk waits for; and at the end the shape is known exactly.
#pragma once
#include "key_blocks.h"
#include "shape_table.h"

namespace gatewire {

GATEWIRE_INLINE bool is_next_key(const Shape& shape, uint32_t position, const uint8_t* key, uint32_t length, size_t readable) {
  if (shape.followed_length[position] != length) return false;
  return is_zero(slot_difference(key, length, readable, shape.keys[position]));
}

/// A head leaves `shape` at `position`: it has another key there, or it ends (length 0). The shape that went on like that before, if it
/// still does; else null. `hint` is where the answer stands, or would stand. Apart from the loop, so that this stays in registers there.
inline __attribute__((noinline)) const Shape* turn_off(ShapeTable& table, const Shape& shape, uint32_t position, const uint8_t* key,
                                                       uint32_t length, size_t readable, ShapeHint*& hint) {
  uint64_t prefix = shape.prefix[position];
  uint64_t mixed = (prefix * 0x9DDFEA08EB382D69ull ^ (length == 0 ? 0 : key_tail(key, length)) ^ length) * 0xFF51AFD7ED558CCDull;
  hint = &table.hints[mixed >> (64 - kHintBits)];
  const Shape& other = table.shapes[hint->slot];
  bool same_way = hint->serial != 0 && other.serial == hint->serial && position <= other.key_count && other.prefix[position] == prefix;
  if (!same_way) return nullptr;
  bool goes_on = length == 0 ? other.key_count == position : is_next_key(other, position, key, length, readable);
  return goes_on ? &other : nullptr;
}

class ShapeFollower {
 public:
  ShapeFollower(ShapeTable& table, uint32_t variant)
      : table_(table),
        hash_(ShapeHash::of_variant(variant)),
        shape_(&table.shapes[table.latest[variant]]),
        following_(shape_->serial != 0 && shape_->variant == variant) {}

  /// The shape that the head goes along with so far, or null.
  const Shape* followed() const { return following_ ? shape_ : nullptr; }

  /// Takes the key at `position`, whatever it is.
  void take(uint32_t position, const uint8_t* key, uint32_t length, size_t readable) {
    if (following_ && !is_next_key(*shape_, position, key, length, readable)) turn(position, key, length, readable);
    if (!following_) hash_.add(key_tail(key, length), length);
  }

  /// The head ends after `count` keys.
  ShapeTrace finish(uint32_t count) {
    if (following_ && shape_->key_count != count) turn(count, nullptr, 0, 0);
    return {hash_, shape_, following_, followed_, missing_};
  }

 private:
  void turn(uint32_t position, const uint8_t* key, uint32_t length, size_t readable) {
    ShapeHint* hint = nullptr;
    const Shape* other = turn_off(table_, *shape_, position, key, length, readable, hint);
    following_ = other != nullptr;
    if (following_) {
      shape_ = other;
    } else {
      hash_ = shape_->prefix_hash[position];
      followed_ = position;
      missing_ = hint;
    }
  }

  ShapeTable& table_;
  ShapeHash hash_;
  const Shape* shape_;
  bool following_;
  uint32_t followed_ = 0;
  ShapeHint* missing_ = nullptr;
};

}  // namespace gatewire
