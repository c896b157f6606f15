// The shapes of recent heads. A shape is the exact sequence of keys of a head; heads of one shape share everything that depends on
// keys alone: ids, and, in JavaScript, the constructor of their environ. Knows nothing of values or protocols.
//
// A shape is found by hash and then compared byte by byte: a hash alone would let a collision hand one variable's value to another.
// The table is bounded, and whoever sends shapes on purpose can neither fill it for good nor flush it at will: a shape earns credit
// with every use, a newcomer enters a full set only over a shape without credit, and each failed try costs the set some credit.
#pragma once
#include "bytes.h"
#include "head_index.h"

namespace gatewire {

constexpr uint32_t kShapeSets = 64;
constexpr uint32_t kShapeWays = 4;
constexpr uint32_t kShapeSlots = kShapeSets * kShapeWays;
/// Larger shapes are not kept: their heads take the loop. nginx sends some 25 keys of 14 bytes.
constexpr uint32_t kShapeMaxVars = kIdBlock;
/// Each key has a slot of this size; what is longer goes on in the overflow of its shape.
constexpr uint32_t kKeySlot = 32;
constexpr uint32_t kKeyOverflow = 256;
constexpr uint32_t kShapeMaxCredit = 16;

struct Shape {
  uint64_t hash;
  uint32_t serial;     // 0: the slot is free
  uint32_t credit;
  uint32_t var_count;
  uint32_t content_length_first;  // see HeadIndex
  uint32_t content_length_last;
  uint16_t key_length[kShapeMaxVars];
  NameId ids[kShapeMaxVars];
  uint8_t keys[kShapeMaxVars][kKeySlot];  // zero-padded
  uint8_t overflow[kKeyOverflow];
};

/// Zero-filled memory is an empty table. It belongs to one JavaScript environment; nothing here is shared between threads.
struct ShapeTable {
  uint32_t last_serial;
  Shape shapes[kShapeSlots];
};

/// Folded over the keys of a head in order, while it is walked. It only has to spread well: what it finds is compared byte by byte.
struct ShapeHash {
  uint64_t state = 0x9E3779B97F4A7C15ull;

  GATEWIRE_INLINE void add(const uint8_t* key, uint32_t length) {
    uint64_t mixed = state ^ (key_tail(key, length) + length);
    state = (mixed << 29 | mixed >> 35) * 0x9DDFEA08EB382D69ull;
  }
};

/// Gives every record of the index its id and the index its shape: from the table when the shape is there; else the names are looked
/// up one by one, and the shape is put into the table when it fits and may enter.
void identify_shape(ShapeTable& table, Bytes input, const ShapeHash& hash, HeadIndex& index);

}  // namespace gatewire
