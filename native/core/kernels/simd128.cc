// The kernel for WebAssembly with fixed-width SIMD. Compiled with -msimd128, as all of a module is or nothing.
#include "pairs.h"

#ifdef __wasm_simd128__

#include <wasm_simd128.h>

namespace gatewire {
namespace {

struct Simd128 {
  // The engine allots registers, and constants stay in them.
  GATEWIRE_INLINE static Block16 pinned(Block16 block) { return block; }
  GATEWIRE_INLINE static Block16 low_nibbles(Block16 block) { return block & 0x0F; }
  GATEWIRE_INLINE static Block16 high_nibbles(Block16 block) { return block >> 4; }
  GATEWIRE_INLINE static Block16 look_up(Block16 table, Block16 nibbles) {
    return reinterpret_cast<Block16>(wasm_i8x16_swizzle(reinterpret_cast<v128_t>(table), reinterpret_cast<v128_t>(nibbles)));
  }

  GATEWIRE_INLINE static uint32_t mask(Block16 a, Block16 b) { return mask(a) | mask(b) << 16; }
  GATEWIRE_INLINE static uint64_t mask(Block16 a, Block16 b, Block16 c, Block16 d) { return mask(a, b) | uint64_t{mask(c, d)} << 32; }
  GATEWIRE_INLINE static bool all(Block16 block) { return wasm_i8x16_all_true(reinterpret_cast<v128_t>(block)); }

  GATEWIRE_INLINE static uint32_t lowest_bit(uint64_t word) { return static_cast<uint32_t>(__builtin_ctzll(word | uint64_t{1} << 63)); }

 private:
  GATEWIRE_INLINE static uint32_t mask(Block16 block) { return wasm_i8x16_bitmask(reinterpret_cast<v128_t>(block)); }
};

}  // namespace

constinit const Kernel kSimd128Kernel = pair_kernel<Simd128>("simd128");

}  // namespace gatewire

#endif
