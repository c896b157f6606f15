// Finding and keeping shapes. See shape_table.h for the rules.
#include "shape_table.h"

namespace gatewire {
namespace {

GATEWIRE_INLINE uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

alignas(64) constexpr uint8_t kOnesThenZeros[2 * kKeySlot] = {
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

struct KeyBlocks {
  Block16 low;
  Block16 high;
};

GATEWIRE_INLINE KeyBlocks mask_key(const uint8_t* key, uint32_t length) {
  const uint8_t* mask = kOnesThenZeros + kKeySlot - length;
  return {load_block(key) & load_block(mask), load_block(key + 16) & load_block(mask + 16)};
}

// Near the end of the input there is less to load than a slot.
__attribute__((noinline)) KeyBlocks mask_last_key(const uint8_t* key, uint32_t length) {
  uint8_t padded[kKeySlot] = {};
  copy_bytes(padded, key, length);
  return mask_key(padded, length);
}

// The first bytes of a key, at most a slot, the rest zero. Its neighbours are loaded with it where there are any: so no branch depends
// on the length, which no predictor could learn from traffic that differs.
GATEWIRE_INLINE KeyBlocks load_key(const uint8_t* key, uint32_t length, size_t readable) {
  return __builtin_expect(readable >= kKeySlot, 1) ? mask_key(key, length) : mask_last_key(key, length);
}

bool same_keys(const Shape& shape, Bytes input, const HeadIndex& index) {
  if (shape.var_count != index.var_count) return false;
  Block16 difference = {};
  uint32_t lengths_differ = 0;
  const uint8_t* overflow = shape.overflow;
  for (uint32_t i = 0; i < index.var_count; i++) {
    const VarRecord& record = index.vars[i];
    lengths_differ |= shape.key_length[i] ^ record.key_length;
    KeyBlocks key = load_key(input.data + record.key, smaller(record.key_length, kKeySlot), input.size - record.key);
    difference |= (key.low ^ load_block(shape.keys[i])) | (key.high ^ load_block(shape.keys[i] + 16));
    if (__builtin_expect(record.key_length <= kKeySlot, 1)) continue;
    uint32_t rest = record.key_length - kKeySlot;
    if (shape.key_length[i] != record.key_length || !equal_bytes(overflow, input.data + record.key + kKeySlot, rest)) return false;
    overflow += rest;
  }
  return lengths_differ == 0 && is_zero(difference);
}

void identify_names(const uint8_t* data, HeadIndex& index) {
  NameId* ids = index.ids();
  index.content_length_first = index.var_count;
  index.content_length_last = 0;
  for (uint32_t i = 0; i < index.var_count; i++) {
    ids[i] = find_name(data + index.vars[i].key, index.vars[i].key_length);
    if (ids[i] != NameId::CONTENT_LENGTH) continue;
    index.content_length_first = smaller(index.content_length_first, i);
    index.content_length_last = i;
  }
}

void recall(const ShapeTable& table, const Shape& shape, HeadIndex& index) {
  copy_bytes(index.ids(), shape.ids, sizeof shape.ids);
  index.content_length_first = shape.content_length_first;
  index.content_length_last = shape.content_length_last;
  index.shape_slot = static_cast<uint32_t>(&shape - table.shapes);
  index.shape_serial = shape.serial;
}

bool fits(const HeadIndex& index) {
  if (index.var_count == 0 || index.var_count > kShapeMaxVars) return false;
  uint32_t overflow = 0;
  for (uint32_t i = 0; i < index.var_count; i++) {
    if (index.vars[i].key_length > kKeySlot) overflow += index.vars[i].key_length - kKeySlot;
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

void keep(Shape& shape, uint64_t hash, uint32_t serial, const uint8_t* data, const HeadIndex& index) {
  shape.hash = hash;
  shape.serial = serial;
  shape.credit = 1;
  shape.var_count = index.var_count;
  shape.content_length_first = index.content_length_first;
  shape.content_length_last = index.content_length_last;
  copy_bytes(shape.ids, index.ids(), index.var_count);
  uint8_t* overflow = shape.overflow;
  for (uint32_t i = 0; i < index.var_count; i++) {
    const uint8_t* key = data + index.vars[i].key;
    uint32_t length = index.vars[i].key_length;
    uint32_t slotted = smaller(length, kKeySlot);
    shape.key_length[i] = static_cast<uint16_t>(length);
    zero_bytes(shape.keys[i], kKeySlot);
    copy_bytes(shape.keys[i], key, slotted);
    copy_bytes(overflow, key + slotted, length - slotted);
    overflow += length - slotted;
  }
}

}  // namespace

void identify_shape(ShapeTable& table, Bytes input, const ShapeHash& hash, HeadIndex& index) {
  uint64_t value = hash.state;
  Shape* set = table.shapes + (value >> 58) * kShapeWays;
  static_assert(kShapeSets == 1u << (64 - 58));
  for (uint32_t way = 0; way < kShapeWays; way++) {
    Shape& shape = set[way];
    if (shape.hash != value || shape.serial == 0 || !same_keys(shape, input, index)) continue;
    if (shape.credit < kShapeMaxCredit) shape.credit++;
    recall(table, shape, index);
    return;
  }
  identify_names(input.data, index);
  index.shape_slot = kNoShape;
  index.shape_serial = 0;
  if (!fits(index)) return;
  Shape* room = make_room(set);
  if (room == nullptr) return;
  if (++table.last_serial == 0) table.last_serial = 1;  // 0 marks a free slot
  keep(*room, value, table.last_serial, input.data, index);
  recall(table, *room, index);
}

}  // namespace gatewire
