// The kernel for x86-64 with AVX2: a slot is one register. Compiled with -mavx2, so nothing here may be shared with other files: types and
// functions of its own only, and what is always inlined.
#include "../follow_shape.h"

#ifdef __AVX2__

namespace gatewire {
namespace {

typedef uint8_t Block32 __attribute__((vector_size(32)));
typedef long long Words32 __attribute__((vector_size(32)));

GATEWIRE_INLINE Block32 load_block32(const uint8_t* p) {
  Block32 block;
  __builtin_memcpy(&block, p, 32);
  return block;
}

struct SameKey {
  GATEWIRE_INLINE static bool test(const uint8_t* key, uint32_t length, const uint8_t* slot) {
    Block32 difference = (load_block32(key) & load_block32(kOnesThenZeros + kKeySlot - length)) ^ load_block32(slot);
    return __builtin_ia32_ptestz256(reinterpret_cast<Words32>(difference), reinterpret_cast<Words32>(difference)) != 0;
  }
};

Walk follow_shape(Bytes input, size_t end, const Shape& shape, uint32_t max_vars, VarRecord* vars, Walk walk) {
  return follow_shape_with<SameKey>(input, end, shape, max_vars, vars, walk);
}

}  // namespace

const Kernel kAvx2Kernel = {"avx2", follow_shape};

}  // namespace gatewire

#endif
