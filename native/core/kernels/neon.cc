// The kernel for 64-bit Arm. What takes x86 one instruction, gathering a bit of each byte, takes several here, so bits of four registers
// are gathered at once where they can be.
#include "pairs.h"

#ifdef __aarch64__

#include <arm_neon.h>

namespace gatewire {
namespace {

struct Neon {
  GATEWIRE_INLINE static Block16 pinned(Block16 block) {
    __asm__("" : "+w"(block));
    return block;
  }
  GATEWIRE_INLINE static Block16 low_nibbles(Block16 block) { return block & 0x0F; }
  GATEWIRE_INLINE static Block16 high_nibbles(Block16 block) { return block >> 4; }
  GATEWIRE_INLINE static Block16 look_up(Block16 table, Block16 nibbles) {
    return as_block(vqtbl1q_u8(as_vector(table), as_vector(nibbles)));
  }

  GATEWIRE_INLINE static uint32_t mask(Block16 a, Block16 b) {
    uint8x16_t eights = vpaddq_u8(bits_of(a), bits_of(b));
    uint8x16_t fours = vpaddq_u8(eights, eights);
    return vgetq_lane_u32(vreinterpretq_u32_u8(vpaddq_u8(fours, fours)), 0);
  }
  GATEWIRE_INLINE static uint64_t mask(Block16 a, Block16 b, Block16 c, Block16 d) {
    uint8x16_t fours = vpaddq_u8(vpaddq_u8(bits_of(a), bits_of(b)), vpaddq_u8(bits_of(c), bits_of(d)));
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(fours, fours)), 0);
  }
  GATEWIRE_INLINE static bool all(Block16 block) { return vminvq_u8(as_vector(block)) != 0; }

  GATEWIRE_INLINE static uint32_t lowest_bit(uint64_t word) { return static_cast<uint32_t>(__builtin_ctzll(word | uint64_t{1} << 63)); }

 private:
  GATEWIRE_INLINE static uint8x16_t as_vector(Block16 block) { return reinterpret_cast<uint8x16_t>(block); }
  GATEWIRE_INLINE static Block16 as_block(uint8x16_t vector) { return reinterpret_cast<Block16>(vector); }

  /// In each byte the bit of its place among eight: neighbours add up to a mask in three steps.
  GATEWIRE_INLINE static uint8x16_t bits_of(Block16 block) {
    return as_vector(block & Block16{1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128});
  }
};

}  // namespace

constinit const Kernel kNeonKernel = pair_kernel<Neon>("neon");

}  // namespace gatewire

#endif
