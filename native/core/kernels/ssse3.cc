// The kernel for x86-64 without AVX2: SSSE3, which looks bytes up in tables, and POPCNT; nothing that came with SSE4. Compiled with -mssse3
// -mpopcnt, so nothing here may be shared with other files: types and functions of its own only, and what is always inlined.
#include "pairs.h"

#ifdef __SSSE3__

namespace gatewire {
namespace {

struct Ssse3 {
  typedef char Chars __attribute__((vector_size(16)));
  typedef unsigned short Shorts __attribute__((vector_size(16)));

  GATEWIRE_INLINE static Block16 pinned(Block16 block) {
    __asm__("" : "+x"(block));
    return block;
  }
  // pshufb looks at the low nibble only, and gives 0 for bytes beyond ASCII.
  GATEWIRE_INLINE static Block16 low_nibbles(Block16 block) { return block; }
  GATEWIRE_INLINE static Block16 high_nibbles(Block16 block) {
    return reinterpret_cast<Block16>(reinterpret_cast<Shorts>(block) >> 4) & 0x0F;
  }
  GATEWIRE_INLINE static Block16 look_up(Block16 table, Block16 nibbles) {
    return reinterpret_cast<Block16>(__builtin_ia32_pshufb128(reinterpret_cast<Chars>(table), reinterpret_cast<Chars>(nibbles)));
  }

  GATEWIRE_INLINE static uint32_t mask(Block16 block) {
    return static_cast<uint32_t>(__builtin_ia32_pmovmskb128(reinterpret_cast<Chars>(block)));
  }
  GATEWIRE_INLINE static uint32_t mask(Block16 a, Block16 b) { return mask(a) | mask(b) << 16; }
  GATEWIRE_INLINE static uint64_t mask(Block16 a, Block16 b, Block16 c, Block16 d) { return mask(a, b) | uint64_t{mask(c, d)} << 32; }
  GATEWIRE_INLINE static bool all(Block16 block) { return mask(block) == 0xFFFF; }

  GATEWIRE_INLINE static uint32_t lowest_bit(uint64_t word) { return static_cast<uint32_t>(__builtin_ctzll(word | uint64_t{1} << 63)); }
};

}  // namespace

constinit const Kernel kSsse3Kernel = pair_kernel<Ssse3>("ssse3");

}  // namespace gatewire

#endif
