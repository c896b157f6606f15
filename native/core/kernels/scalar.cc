// The kernel for every machine, and the reference for the others.
#include "../key_blocks.h"
#include "../same_keys.h"

namespace gatewire {
namespace {

struct Slots {
  typedef Block16 Block;

  static Block16 difference(const uint8_t* key, uint32_t length, const uint8_t* slot) { return key_difference(key, length, slot); }
  static bool is_zero(Block16 block) { return gatewire::is_zero(block); }
};

Walk follow_shape(Bytes input, size_t end, const Shape& shape, uint32_t max_vars, VarRecord* vars, Walk walk) {
  return follow_shape_with<Slots>(input, end, shape, max_vars, vars, walk);
}

bool same_keys(Bytes input, const VarRecord* keys, uint32_t count, const Shape& shape) {
  return same_keys_with<Slots>(input, keys, count, shape);
}

/// The reference reads all heads.
bool read_whole_head(Bytes, const Limits&, RequestLines&, VarRecord*) { return false; }

}  // namespace

const Kernel kScalarKernel = {"scalar", follow_shape, same_keys, read_whole_head};

}  // namespace gatewire
