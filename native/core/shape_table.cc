// Finding and keeping shapes. See shape_table.h for the rules.
#include "shape_table.h"

namespace gatewire {
namespace {

constexpr uint32_t kIdShift = 16;

GATEWIRE_INLINE uint32_t key_length(const VarRecord& record) { return record.key_length_and_id & 0xFFFF; }

// Keys of 8 bytes and more are compared in words, the last one overlapping: both sides have at least that many bytes.
GATEWIRE_INLINE bool equal_key(const uint8_t* a, const uint8_t* b, uint32_t length) {
  if (length < 8) {
    for (uint32_t i = 0; i < length; i++) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }
  uint64_t difference = load64(a + length - 8) ^ load64(b + length - 8);
  for (uint32_t i = 0; i + 8 < length; i += 8) difference |= load64(a + i) ^ load64(b + i);
  return difference == 0;
}

bool same_keys(const Shape& shape, const uint8_t* data, const HeadIndex& index) {
  if (shape.var_count != index.var_count) return false;
  const uint8_t* kept = shape.keys;
  for (uint32_t i = 0; i < index.var_count; i++) {
    uint32_t length = key_length(index.vars[i]);
    if (shape.key_length[i] != length || !equal_key(kept, data + index.vars[i].key, length)) return false;
    kept += length;
  }
  return true;
}

void identify_names(const uint8_t* data, size_t size, HeadIndex& index) {
  for (uint32_t i = 0; i < index.var_count; i++) {
    VarRecord& record = index.vars[i];
    const uint8_t* key = data + record.key;
    uint32_t length = key_length(record);
    NameId id = find_name(key, length, digest_key(key, length, size - record.key));
    record.key_length_and_id |= static_cast<uint32_t>(id) << kIdShift;
  }
}

bool fits(const HeadIndex& index) {
  if (index.var_count == 0 || index.var_count > kShapeMaxVars) return false;
  size_t bytes = 0;
  for (uint32_t i = 0; i < index.var_count; i++) bytes += key_length(index.vars[i]);
  return bytes <= kShapeMaxKeyBytes;
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
  uint8_t* keys = shape.keys;
  for (uint32_t i = 0; i < index.var_count; i++) {
    uint32_t length = key_length(index.vars[i]);
    shape.key_length[i] = static_cast<uint16_t>(length);
    shape.id[i] = static_cast<NameId>(index.vars[i].key_length_and_id >> kIdShift);
    copy_bytes(keys, data + index.vars[i].key, length);
    keys += length;
  }
}

void name_shape(const ShapeTable& table, const Shape& shape, HeadIndex& index) {
  index.shape_slot = static_cast<uint32_t>(&shape - table.shapes);
  index.shape_serial = shape.serial;
}

}  // namespace

void identify_shape(ShapeTable& table, const uint8_t* data, size_t size, uint64_t hash, HeadIndex& index) {
  Shape* set = table.shapes + (hash >> 40) % kShapeSets * kShapeWays;
  for (uint32_t way = 0; way < kShapeWays; way++) {
    Shape& shape = set[way];
    if (shape.hash != hash || shape.serial == 0 || !same_keys(shape, data, index)) continue;
    for (uint32_t i = 0; i < index.var_count; i++) {
      index.vars[i].key_length_and_id |= static_cast<uint32_t>(shape.id[i]) << kIdShift;
    }
    if (shape.credit < kShapeMaxCredit) shape.credit++;
    name_shape(table, shape, index);
    return;
  }
  identify_names(data, size, index);
  index.shape_slot = kNoShape;
  index.shape_serial = 0;
  if (!fits(index)) return;
  Shape* room = make_room(set);
  if (room == nullptr) return;
  if (++table.last_serial == 0) table.last_serial = 1;  // 0 marks a free slot
  keep(*room, hash, table.last_serial, data, index);
  name_shape(table, *room, index);
}

}  // namespace gatewire
