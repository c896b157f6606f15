// Finding and keeping shapes. See shape_table.h for the rules.
#include "shape_table.h"

#include "kernel.h"

namespace gatewire {
namespace {

GATEWIRE_INLINE uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

void recall(ShapeTable& table, Shape& shape, HeadIndex& index) {
  if (shape.credit < kShapeMaxCredit) shape.credit++;
  index.var_count = shape.var_count;
  index.facts = shape.facts;
  copy_bytes(index.ids(), shape.ids, sizeof shape.ids);
  index.shape_slot = table.latest[shape.variant] = static_cast<uint32_t>(&shape - table.shapes);
  index.shape_serial = shape.serial;
}

bool fits(const HeadIndex& index) {
  if (index.var_count == 0 || index.var_count > kShapeMaxVars) return false;
  uint32_t overflow = 0;
  for (uint32_t i = 0; i < index.key_count; i++) {
    if (index.keys[i].key_length > kKeySlot) overflow += index.keys[i].key_length - kKeySlot;
  }
  return overflow <= kKeyOverflow;
}

// The way a newcomer may take: a free one, or one whose shape has no credit left. None: the whole set pays one credit instead.
Shape* make_room(Shape* set) {
  for (uint32_t way = 0; way < kShapeWays; way++) {
    if (set[way].credit == 0) return &set[way];
  }
  for (uint32_t way = 0; way < kShapeWays; way++) set[way].credit--;
  return nullptr;
}

void keep(Shape& shape, ShapeTable& table, uint32_t variant, const uint8_t* data, const HeadIndex& index) {
  if (++table.last_serial == 0) table.last_serial = 1;  // 0 marks a free slot
  shape.serial = table.last_serial;
  shape.credit = 0;
  shape.wanted_count = 0;
  fill_bytes(shape.wanted, kNotThere, kMaxWanted);
  shape.variant = variant;
  shape.key_count = index.key_count;
  shape.var_count = index.var_count;
  shape.facts = index.facts;
  copy_bytes(shape.ids, index.ids(), index.var_count);
  shape.prefix[0] = variant;
  shape.prefix_hash[0] = ShapeHash::of_variant(variant);
  shape.followed_length[index.key_count] = kNotFollowed;
  uint8_t* overflow = shape.overflow;
  for (uint32_t i = 0; i < index.key_count; i++) {
    const uint8_t* key = data + index.keys[i].key;
    uint32_t length = index.keys[i].key_length;
    uint32_t slotted = smaller(length, kKeySlot);
    shape.key_length[i] = static_cast<uint16_t>(length);
    shape.followed_length[i] = length <= kKeySlot ? shape.key_length[i] : kNotFollowed;
    fill_bytes(shape.keys[i], 0, kKeySlot);
    copy_bytes(shape.keys[i], key, slotted);
    copy_bytes(overflow, key + slotted, length - slotted);
    overflow += length - slotted;
    shape.prefix[i + 1] = kShapeVariants + ++table.last_prefix;  // the lower ones name the variants
    shape.prefix_hash[i + 1] = shape.prefix_hash[i];
    shape.prefix_hash[i + 1].add(key_tail(key, length), length);
  }
  table.hashes[&shape - table.shapes] = shape.prefix_hash[index.key_count].state;
}

// The head has followed another shape to where it left it, so the two begin alike: from now on they share the names of those prefixes,
// and the next head that leaves the one there finds the other.
void leave_hint(const ShapeTable& table, const ShapeTrace& trace, Shape& shape) {
  if (trace.turn == nullptr || &shape == trace.shape) return;
  copy_bytes(shape.prefix, trace.shape->prefix, (trace.followed + 1) * sizeof(uint64_t));
  *trace.turn = {static_cast<uint32_t>(&shape - table.shapes), shape.serial};
}

/// Bit i: way i of the set has this hash. No branch depends on which one it is, which nobody could foresee.
GATEWIRE_INLINE uint32_t ways_with(const uint64_t* hashes, uint64_t hash) {
  uint32_t ways = 0;
  for (uint32_t way = 0; way < kShapeWays; way++) ways |= static_cast<uint32_t>(hashes[way] == hash) << way;
  return ways;
}

Shape* find_by_hash(ShapeTable& table, uint32_t set, Bytes input, uint32_t variant, const ShapeTrace& trace, const HeadIndex& index) {
  for (uint32_t ways = ways_with(table.hashes + set, trace.hash.state); ways != 0; ways &= ways - 1) {
    Shape& shape = table.shapes[set + static_cast<uint32_t>(__builtin_ctz(ways))];
    bool taken = shape.serial != 0 && shape.variant == variant;
    if (taken && kernel().same_keys(input, index.keys, index.key_count, shape)) return &shape;
  }
  return nullptr;
}

}  // namespace

void identify_shape(ShapeTable& table, Bytes input, uint32_t variant, const ShapeTrace& trace, KeyReader read_keys, HeadIndex& index) {
  if (trace.arrived) {
    recall(table, table.shapes[trace.shape - table.shapes], index);
    return;
  }
  uint32_t set = static_cast<uint32_t>(trace.hash.state >> (64 - kShapeSetBits)) * kShapeWays;
  Shape* shape = find_by_hash(table, set, input, variant, trace, index);
  if (shape == nullptr) {
    read_keys(input, variant, index);
    index.shape_slot = kNoShape;
    index.shape_serial = 0;
    shape = fits(index) ? make_room(table.shapes + set) : nullptr;
    if (shape == nullptr) return;
    keep(*shape, table, variant, input.data, index);
  }
  leave_hint(table, trace, *shape);
  recall(table, *shape, index);
}

void forget_shapes(ShapeTable& table) {
  uint64_t last_prefix = table.last_prefix;
  uint32_t last_serial = table.last_serial;
  fill_bytes(&table, 0, sizeof table);
  table.last_prefix = last_prefix;
  table.last_serial = last_serial;
}

void want(ShapeTable& table, uint32_t slot, uint32_t serial, uint32_t number, uint32_t position) {
  if (slot >= kShapeSlots || number >= kMaxWanted || serial == 0) return;
  Shape& shape = table.shapes[slot];
  if (shape.serial != serial || position >= shape.var_count) return;
  shape.wanted[number] = static_cast<uint8_t>(position);
  if (number >= shape.wanted_count) shape.wanted_count = number + 1;
}

namespace {

/// Copies in steps of 32 bytes where as much may be read and written, without a branch on short lengths.
GATEWIRE_INLINE void copy_value(uint8_t* out, const uint8_t* value, uint32_t length, size_t readable) {
  constexpr uint32_t kStep = 32;
  if (__builtin_expect(readable < kMaxWantedBytes, 0)) {
    copy_bytes(out, value, length);
    return;
  }
  uint32_t done = 0;
  do {
    __builtin_memcpy(out + done, value + done, kStep);
    done += kStep;
  } while (done < length);
}

}  // namespace

size_t cut_wanted(const ShapeTable& table, Bytes input, const HeadIndex& index, uint8_t* out) {
  fill_bytes(index.wanted, 0xFF, kMaxWanted * sizeof(uint32_t));
  static_assert(kNotCut == 0xFFFFFFFF);
  if (index.shape_slot == kNoShape) return 0;
  const Shape& shape = table.shapes[index.shape_slot];
  uint32_t size = 0;
  for (uint32_t i = 0; i < shape.wanted_count; i++) {
    if (shape.wanted[i] == kNotThere) continue;
    const VarRecord& record = index.vars[shape.wanted[i]];
    uint32_t length = record.value_end - record.value;
    if (length > kMaxWantedBytes) continue;
    copy_value(out + size, input.data + record.value, length, input.size - record.value);
    index.wanted[i] = size << 16 | (size + length);
    size += length;
  }
  return size;
}

}  // namespace gatewire
