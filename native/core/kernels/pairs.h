// A kernel for any instruction set with registers of 16 bytes: a slot, or a block of a head, is a pair of them. Like the kernels, this is
// compiled for one instruction set, so nothing here may be shared: templates over `Simd`, a type of the kernel's own file, which is what
// no plain vector code says:
//   Block16 pinned(block)                  the block, kept in a register where compilers would build the constant again and again
//   Block16 low_nibbles(block)             of each byte, as look_up takes them
//   Block16 high_nibbles(block)
//   Block16 look_up(table, nibbles)        for each byte its entry of a table of 16; 0 is as good for a byte of 0x80 or more
//   uint32_t mask(a, b)                    bit i: byte i of the pair is not 0; each byte is 0 or 0xFF
//   uint64_t mask(a, b, c, d)              the same for two pairs
//   bool all(block)                        no byte is 0; each byte is 0 or 0xFF
//   uint32_t lowest_bit(word)              of a word that is not 0; else any number
#pragma once
#include "../find_names.h"
#include "../same_keys.h"
#include "../read_head.h"
#include "nibble_tables.h"

namespace gatewire {

template <class Simd>
struct PairSlots {
  struct Block {
    Block16 low;
    Block16 high;

    GATEWIRE_INLINE void operator|=(Block other) {
      low |= other.low;
      high |= other.high;
    }
    GATEWIRE_INLINE void operator^=(Block other) {
      low ^= other.low;
      high ^= other.high;
    }
  };

  GATEWIRE_INLINE static Block load(const uint8_t* p) { return {load_block(p), load_block(p + 16)}; }
  GATEWIRE_INLINE static Block from_words(uint64_t first, uint64_t second) {
    uint64_t words[2] = {first, second};
    Block block = {};
    __builtin_memcpy(&block.low, words, sizeof words);
    return block;
  }
  GATEWIRE_INLINE static Block masked(Block block, size_t length, uint8_t bits) {
    Block mask = load(kOnesThenZeros + kKeySlot - length);
    return {(block.low | bits) & mask.low, (block.high | bits) & mask.high};
  }
  GATEWIRE_INLINE static Block difference(const uint8_t* key, size_t length, const uint8_t* slot) {
    Block block = masked(load(key), length, 0);
    block ^= load(slot);
    return block;
  }
  GATEWIRE_INLINE static bool is_zero(Block block) { return Simd::all(reinterpret_cast<Block16>((block.low | block.high) == 0)); }
  GATEWIRE_INLINE static bool is_same(const uint8_t* key, size_t length, const uint8_t* slot) {
    return is_zero(difference(key, length, slot));
  }
  GATEWIRE_INLINE static Block where(Block block, uint8_t byte) {
    return {reinterpret_cast<Block16>(block.low == byte), reinterpret_cast<Block16>(block.high == byte)};
  }
  GATEWIRE_INLINE static void fold(Block block, uint64_t& first, uint64_t& second) {
    uint64_t words[2];
    Block16 half = block.low ^ block.high;
    __builtin_memcpy(words, &half, sizeof words);
    first = words[0];
    second = words[1];
  }
};

template <class Simd>
struct PairOps {
  struct Block {
    Block16 low;
    Block16 high;
  };

  Block16 token_low = Simd::pinned(load_block(kTokenTables.low));
  Block16 token_high = Simd::pinned(load_block(kTokenTables.high));
  Block16 exceptions = Simd::pinned(load_block(kControlExceptions.of));
  Block16 no_target_bytes = load_block(kNoTargetBytes.of);

  GATEWIRE_INLINE static Block load(const uint8_t* p) { return {load_block(p), load_block(p + 16)}; }
  GATEWIRE_INLINE static Block load_halves(const uint8_t* p, const uint8_t* q) { return {load_block(p), load_block(q)}; }

  GATEWIRE_INLINE static uint32_t lowest_bit(uint64_t word) { return Simd::lowest_bit(word); }
  GATEWIRE_INLINE uint64_t controls(Block a, Block b) const {
    return Simd::mask(control(a.low), control(a.high), control(b.low), control(b.high));
  }
  GATEWIRE_INLINE uint32_t not_token(Block block) const { return Simd::mask(no_token(block.low), no_token(block.high)); }
  GATEWIRE_INLINE uint64_t not_target(Block a, Block b) const {
    return Simd::mask(no_target(a.low), no_target(a.high), no_target(b.low), no_target(b.high));
  }
  GATEWIRE_INLINE static bool plain(Block a, Block b, Block c, Block d) {
    return Simd::all(visible(a.low) & visible(a.high) & visible(b.low) & visible(b.high) &  //
                     visible(c.low) & visible(c.high) & visible(d.low) & visible(d.high));
  }

 private:
  typedef signed char SignedBytes __attribute__((vector_size(16)));

  GATEWIRE_INLINE static Block16 is_in(Block16 set, Block16 block) {
    return reinterpret_cast<Block16>(Simd::look_up(set, Simd::low_nibbles(block)) == block);
  }
  GATEWIRE_INLINE Block16 control(Block16 block) const { return reinterpret_cast<Block16>(block < 0x20) ^ is_in(exceptions, block); }
  GATEWIRE_INLINE Block16 no_token(Block16 block) const {
    Block16 low = Simd::look_up(token_low, Simd::low_nibbles(block));
    Block16 high = Simd::look_up(token_high, Simd::high_nibbles(block));
    return reinterpret_cast<Block16>((low & high) == 0);
  }
  GATEWIRE_INLINE Block16 no_target(Block16 block) const {
    return reinterpret_cast<Block16>(reinterpret_cast<SignedBytes>(block) < 0) | is_in(no_target_bytes, block);
  }
  GATEWIRE_INLINE static Block16 visible(Block16 block) {
    // One more makes of DEL the least signed byte, so that one comparison finds controls and all from DEL on.
    return reinterpret_cast<Block16>(reinterpret_cast<SignedBytes>(block + 1) > 0x20);
  }
};

template <class Simd>
consteval Kernel pair_kernel(const char* name) {
  typedef PairSlots<Simd> Slots;
  return {name,
          follow_shape_with<Slots>,
          same_keys_with<Slots>,
          find_names_with<Slots>,
          find_field_names_with<Slots>,
          read_head_with<PairOps<Simd>>};
}

}  // namespace gatewire
