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
  shape.steady.serial = 0;
  shape.steady.count = 0;
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

namespace {

size_t in_blocks(size_t size) { return (size + kSteadyBlock - 1) / kSteadyBlock * kSteadyBlock; }

/// Ones, then zeros: loaded at `kSteadyBlock - size` it masks the first `size` bytes of a block.
struct BlockMask {
  uint8_t bytes[2 * kSteadyBlock];
};

consteval BlockMask make_block_mask() {
  BlockMask mask = {};
  for (uint32_t i = 0; i < kSteadyBlock; i++) mask.bytes[i] = 0xFF;
  return mask;
}

constexpr BlockMask kBlockMask = make_block_mask();

/// Whether the first `size` bytes are those of `kept`, which stand in whole blocks. As much may be read of both.
GATEWIRE_INLINE bool same_blocks(const uint8_t* bytes, const uint8_t* kept, size_t size) {
  Block16 difference = {};
  for (size_t at = 0; at < size; at += kSteadyBlock) {
    const uint8_t* mask = kBlockMask.bytes + kSteadyBlock - (size - at < kSteadyBlock ? size - at : kSteadyBlock);
    for (size_t i = 0; i < kSteadyBlock; i += sizeof(Block16)) {
      difference |= (load_block(bytes + at + i) & load_block(mask + i)) ^ load_block(kept + at + i);
    }
  }
  return is_zero(difference);
}

}  // namespace

void keep_steady(ShapeTable& table, uint32_t slot, uint32_t serial, uint32_t steady_serial, uint32_t number, uint32_t first, uint32_t last,
                 Bytes bytes) {
  if (slot >= kShapeSlots || serial == 0 || number >= kMaxSteadyRuns) return;
  Shape& shape = table.shapes[slot];
  if (shape.serial != serial || first > last || last >= shape.var_count) return;
  SteadyValues& steady = shape.steady;
  if (steady.serial != steady_serial) {
    fill_bytes(&steady, 0, sizeof steady);
    steady.serial = steady_serial;
  }
  if (bytes.size == 0 || bytes.size > kSteadyBytes - size_t{steady.size}) return;
  steady.runs[number] = {static_cast<uint8_t>(first), static_cast<uint8_t>(last), static_cast<uint16_t>(bytes.size), steady.size};
  copy_bytes(steady.bytes + steady.size, bytes.data, bytes.size);
  steady.size = static_cast<uint16_t>(steady.size + in_blocks(bytes.size));
  if (number >= steady.count) steady.count = static_cast<uint16_t>(number + 1);
}

SteadyMatch match_steady(const ShapeTable& table, Bytes input, const HeadIndex& index) {
  const SteadyValues& steady = table.shapes[index.shape_slot].steady;
  uint32_t runs = 0;
  for (uint32_t i = 0; i < steady.count; i++) {
    const SteadyRun& run = steady.runs[i];
    size_t value = index.vars[run.first].value;
    size_t end = index.vars[run.last].value_end;
    // Values that do not stand in the input are not looked at.
    if (value < kSteadyLead || end > index.byte_length || end - (value - kSteadyLead) != run.size) continue;
    size_t start = value - kSteadyLead;
    const uint8_t* kept = steady.bytes + run.at;
    bool blocks = input.size - start >= in_blocks(run.size);
    bool same = blocks ? same_blocks(input.data + start, kept, run.size) : equal_bytes(input.data + start, kept, run.size);
    runs |= static_cast<uint32_t>(same) << i;
  }
  return {steady.serial, runs};
}

}  // namespace gatewire
