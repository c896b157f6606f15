// The kernel for every machine, and the reference for the others.
#include "../key_blocks.h"

namespace gatewire {
namespace {

struct SameKey {
  static bool test(const uint8_t* key, uint32_t length, const uint8_t* slot) { return is_zero(key_difference(key, length, slot)); }
};

Walk follow_shape(Bytes input, size_t end, const Shape& shape, uint32_t max_vars, VarRecord* vars, Walk walk) {
  return follow_shape_with<SameKey>(input, end, shape, max_vars, vars, walk);
}

/// The reference reads all heads.
bool read_whole_head(Bytes, const Limits&, RequestLines&, VarRecord*) { return false; }

}  // namespace

const Kernel kScalarKernel = {"scalar", follow_shape, read_whole_head};

}  // namespace gatewire
