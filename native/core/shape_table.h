// The shapes of recent heads. A shape is the exact sequence of keys of a head; heads of one shape share everything that depends on
// keys alone: ids, and, in JavaScript, the builder of their environ. Knows nothing of values or protocols.
//
// A shape is always matched byte by byte, in one of two ways. While a head is walked, the shape seen last is followed key by key, and
// where the head leaves it, a hint tells which shape went that way before: traffic of a few orders of keys is then identified by the
// end of the walk (shape_follower.h). Else the shape is looked up by the hash of its keys and compared whole.
//
// The table is bounded, and whoever sends shapes on purpose can neither fill it for good nor flush it at will: a shape earns credit
// with every use, a newcomer enters a full set only over a shape without credit, and each failed try costs the set some credit.
#pragma once
#include "bytes.h"
#include "head_index.h"

namespace gatewire {

constexpr uint32_t kShapeSetBits = 6;
constexpr uint32_t kShapeSets = 1u << kShapeSetBits;
constexpr uint32_t kShapeWays = 4;
constexpr uint32_t kShapeSlots = kShapeSets * kShapeWays;
/// Larger shapes are not kept: their heads take the loop. nginx sends some 25 keys of 14 bytes.
constexpr uint32_t kShapeMaxVars = kIdBlock;
/// Each key has a slot of this size; what is longer goes on in the overflow of its shape.
constexpr uint32_t kKeySlot = 32;
constexpr uint32_t kKeyOverflow = 256;
/// No key has this length, for it would be beyond the end of any block; an empty one, which has to be refused, has length 0.
constexpr uint16_t kNotFollowed = 0xFFFF;
constexpr uint32_t kShapeMaxCredit = 16;
constexpr uint32_t kHintBits = 10;
/// Kinds of heads that have shapes of their own though their keys are equal: other rules make other variables of them.
constexpr uint32_t kShapeVariants = 32;

/// Folded over the keys of a head in order, while it is walked. It only has to spread well: what it finds is compared byte by byte.
struct ShapeHash {
  uint64_t state;

  static GATEWIRE_INLINE ShapeHash of_variant(uint32_t variant) { return {0x9E3779B97F4A7C15ull * (2 * variant + 1)}; }

  GATEWIRE_INLINE void add(uint64_t key_tail, uint32_t key_length) {
    // The multiplications do not wait for one another.
    state = (state << 5 | state >> 59) + (key_tail + key_length) * 0x9DDFEA08EB382D69ull;
  }
};

struct Shape {
  uint32_t serial;     // 0: the slot is free
  uint32_t credit;
  uint32_t wanted_count;
  uint8_t wanted[kMaxWanted];  // position of each variable that heads are asked for, kNotThere where the shape has none
  uint32_t variant;
  uint32_t key_count;
  uint32_t var_count;    // of the index, which may have records without a key on the wire
  KeyFacts facts;
  uint64_t prefix[kShapeMaxVars + 1];  // prefix[n] names variant and sequence of the first n keys: equal names, equal keys
  ShapeHash prefix_hash[kShapeMaxVars + 1];
  uint16_t key_length[kShapeMaxVars];
  /// The same for keys that fit into their slot, kNotFollowed for others and behind the last one.
  uint16_t followed_length[kShapeMaxVars + 1];
  NameId ids[kShapeMaxVars];
  uint8_t keys[kShapeMaxVars][kKeySlot];  // zero-padded
  uint8_t overflow[kKeyOverflow];
};

/// Where heads went on from a prefix with a certain key. Only a hint: the shape that it names is compared like any other.
struct ShapeHint {
  uint32_t slot;
  uint32_t serial;
};

/// Zero-filled memory is an empty table. It belongs to one JavaScript environment; nothing here is shared between threads.
struct ShapeTable {
  uint64_t last_prefix;  // 64 bits: names of prefixes are never used again
  uint32_t last_serial;
  uint32_t latest[kShapeVariants];  // slot of the shape of each variant seen last
  uint64_t hashes[kShapeSlots];      // of each shape: variant and all keys
  ShapeHint hints[1u << kHintBits];
  Shape shapes[kShapeSlots];
};

/// An empty table, in which no serial and no prefix comes a second time.
void forget_shapes(ShapeTable& table);

/// What the walk over a head found out about its shape.
struct ShapeTrace {
  ShapeHash hash;       // not arrived: of all keys
  const Shape* shape;   // the head's shape, when it followed one to its end; else the last one that it followed
  bool arrived;
  uint32_t followed;    // not arrived: so many keys were those of `shape`
  ShapeHint* turn;      // not arrived: the hint that was missing there; null when nothing was followed
};

/// Gives the index what follows from its keys, var_count, ids and facts, by looking at each key.
typedef void (*KeyReader)(Bytes input, uint32_t variant, HeadIndex& index);

/// Gives the index what follows from its keys, and its shape: from the table when the shape is there; else by `read_keys`, and the shape
/// is put into the table when it fits and may enter.
void identify_shape(ShapeTable& table, Bytes input, uint32_t variant, const ShapeTrace& trace, KeyReader read_keys, HeadIndex& index);

constexpr uint8_t kNotThere = 0xFF;
/// Values longer than this are not cut in advance.
constexpr uint32_t kMaxWantedBytes = 128;
/// The span of a value that was not cut.
constexpr uint32_t kNotCut = 0xFFFFFFFF;

/// From now on, heads of this shape have the value at `position` cut in advance, as number `number` of those. No effect when the shape
/// has gone.
void want(ShapeTable& table, uint32_t slot, uint32_t serial, uint32_t number, uint32_t position);

/// Copies the values that the head's shape wants to `out`, one behind the other, and writes their spans in `out` to index.wanted: start
/// in the high half, end in the low half. The result is the size of all; `out` has room for kMaxWanted * kMaxWantedBytes.
size_t cut_wanted(const ShapeTable& table, Bytes input, const HeadIndex& index, uint8_t* out);

}  // namespace gatewire
