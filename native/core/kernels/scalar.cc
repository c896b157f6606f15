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

}  // namespace

const Kernel kScalarKernel = {"scalar", follow_shape};

}  // namespace gatewire
