// The kernel for x86-64 with AVX2 and BMI1: a slot, or a block of a head, is one register. Compiled with -mavx2 -mbmi, so nothing here may
// be shared with other files: types and functions of its own only, and what is always inlined.
#include "../follow_shape.h"
#include "../same_keys.h"
#include "../whole_head.h"
#include "token_tables.h"

#ifdef __AVX2__

namespace gatewire {
namespace {

typedef uint8_t Block32 __attribute__((vector_size(32)));
typedef long long Words32 __attribute__((vector_size(32)));
typedef uint64_t Quads32 __attribute__((vector_size(32)));
typedef unsigned short Shorts32 __attribute__((vector_size(32)));
typedef signed char SignedBytes32 __attribute__((vector_size(32)));
typedef char Chars32 __attribute__((vector_size(32)));

GATEWIRE_INLINE Block32 load_block32(const uint8_t* p) {
  Block32 block;
  __builtin_memcpy(&block, p, 32);
  return block;
}

struct Slots {
  typedef Block32 Block;

  GATEWIRE_INLINE static Block32 difference(const uint8_t* key, uint32_t length, const uint8_t* slot) {
    return (load_block32(key) & load_block32(kOnesThenZeros + kKeySlot - length)) ^ load_block32(slot);
  }
  GATEWIRE_INLINE static bool is_zero(Block32 block) {
    return __builtin_ia32_ptestz256(reinterpret_cast<Words32>(block), reinterpret_cast<Words32>(block)) != 0;
  }
};

GATEWIRE_INLINE Block32 all_of(uint8_t byte) { return Block32{} + byte; }

/// Kept in a register, where the compiler would build the constant again and again.
GATEWIRE_INLINE Block32 pinned(Block32 block) {
  __asm__("" : "+x"(block));
  return block;
}

GATEWIRE_INLINE Block32 look_up(Block32 table, Block32 indexes) {
  return reinterpret_cast<Block32>(__builtin_ia32_pshufb256(reinterpret_cast<Chars32>(table), reinterpret_cast<Chars32>(indexes)));
}

GATEWIRE_INLINE uint32_t mask_of(Block32 block) {
  return static_cast<uint32_t>(__builtin_ia32_pmovmskb256(reinterpret_cast<Chars32>(block)));
}

struct HeadOps {
  typedef Block32 Block;

  Block32 low = pinned(load_block32(kTokenTables.low));
  Block32 high = pinned(load_block32(kTokenTables.high));
  Block32 nibble = pinned(all_of(0x0F));

  GATEWIRE_INLINE static Block32 load(const uint8_t* p) { return load_block32(p); }
  GATEWIRE_INLINE static Block32 load_halves(const uint8_t* p, const uint8_t* q) {
    return reinterpret_cast<Block32>(Quads32{load64(p), load64(p + 8), load64(q), load64(q + 8)});
  }

  GATEWIRE_INLINE static uint32_t lowest_bit(uint64_t word) { return static_cast<uint32_t>(__builtin_ia32_tzcnt_u64(word)); }
  GATEWIRE_INLINE static uint64_t controls(Block32 a, Block32 b) { return controls(a) | uint64_t{controls(b)} << 32; }
  GATEWIRE_INLINE uint32_t not_token(Block32 block) const {
    Block32 high_nibbles = reinterpret_cast<Block32>(reinterpret_cast<Shorts32>(block) >> 4) & nibble;
    return mask_of((look_up(low, block) & look_up(high, high_nibbles)) == 0);
  }
  GATEWIRE_INLINE static uint64_t not_target(Block32 a, Block32 b) { return not_target(a) | uint64_t{not_target(b)} << 32; }
  GATEWIRE_INLINE static bool plain(Block32 a, Block32 b, Block32 c, Block32 d) {
    // One more makes of DEL the least signed byte, so that one comparison finds controls and all from DEL on.
    auto ok = [](Block32 block) __attribute__((always_inline)) { return reinterpret_cast<SignedBytes32>(block + 1) > 0x20; };
    return mask_of(reinterpret_cast<Block32>(ok(a) & ok(b) & ok(c) & ok(d))) == 0xFFFFFFFF;
  }

 private:
  GATEWIRE_INLINE static uint32_t controls(Block32 block) {
    Block32 control = (block < 0x20) & ~(block == '\t');
    return mask_of(control | (block == 0x7F));
  }
  GATEWIRE_INLINE static uint32_t not_target(Block32 block) {
    // As signed bytes, what is beyond ASCII is below SP.
    Block32 visible = reinterpret_cast<Block32>(reinterpret_cast<SignedBytes32>(block) > 0x20);
    return ~mask_of(visible & ~(block == '#'));
  }
};

}  // namespace

constinit const Kernel kAvx2Kernel = {"avx2", follow_shape_with<Slots>, same_keys_with<Slots>, read_whole_head_with<HeadOps>};

}  // namespace gatewire

#endif
