// The kernel for x86-64 with AVX2 and BMI1: a slot, or a block of a head, is one register. Compiled with -mavx2 -mbmi, so nothing here may
// be shared with other files: types and functions of its own only, and what is always inlined. In intrinsics, not in operators on vectors:
// of `~` and of comparisons GCC 12 makes more instructions than there are words here.
#include "../find_names.h"
#include "../follow_shape.h"
#include "../same_keys.h"
#include "../read_head.h"
#include "nibble_tables.h"

#ifdef __AVX2__

#include <immintrin.h>

namespace gatewire {
namespace {

GATEWIRE_INLINE __m256i load_block32(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i_u*>(p)); }
GATEWIRE_INLINE __m128i load_half(const uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i_u*>(p)); }
GATEWIRE_INLINE uint32_t mask_of(__m256i block) { return static_cast<uint32_t>(_mm256_movemask_epi8(block)); }

struct Slots {
  typedef __m256i Block;

  GATEWIRE_INLINE static Block load(const uint8_t* slot) { return load_block32(slot); }
  GATEWIRE_INLINE static Block from_words(uint64_t first, uint64_t second) {
    return _mm256_set_epi64x(0, 0, static_cast<long long>(second), static_cast<long long>(first));
  }
  GATEWIRE_INLINE static Block masked(Block block, size_t length, uint8_t bits) {
    if (bits != 0) block = _mm256_or_si256(block, _mm256_set1_epi8(static_cast<char>(bits)));
    return _mm256_and_si256(block, load_block32(kOnesThenZeros + kKeySlot - length));
  }
  GATEWIRE_INLINE static Block difference(const uint8_t* key, size_t length, const uint8_t* slot) {
    return _mm256_xor_si256(masked(load(key), length, 0), load(slot));
  }
  GATEWIRE_INLINE static bool is_zero(Block block) { return _mm256_testz_si256(block, block) != 0; }
  GATEWIRE_INLINE static bool is_same(const uint8_t* key, size_t length, const uint8_t* slot) {
    return _mm256_testz_si256(_mm256_xor_si256(load(key), load(slot)), load_block32(kOnesThenZeros + kKeySlot - length)) != 0;
  }
  GATEWIRE_INLINE static Block where(Block block, uint8_t byte) {
    return _mm256_cmpeq_epi8(block, _mm256_set1_epi8(static_cast<char>(byte)));
  }
  GATEWIRE_INLINE static void fold(Block block, uint64_t& first, uint64_t& second) {
    __m128i half = _mm_xor_si128(_mm256_castsi256_si128(block), _mm256_extracti128_si256(block, 1));
    first = static_cast<uint64_t>(_mm_cvtsi128_si64(half));
    second = static_cast<uint64_t>(_mm_extract_epi64(half, 1));
  }
};

/// Kept in a register, where the compiler would build or load the constant again and again.
GATEWIRE_INLINE __m256i pinned(const uint8_t (&bytes)[32]) {
  __m256i block;
  __asm__("vmovdqu %1, %0" : "=x"(block) : "m"(bytes));
  return block;
}

struct HeadOps {
  typedef __m256i Block;

  __m256i token_low = pinned(kTokenTables.low);
  __m256i token_high = pinned(kTokenTables.high);
  __m256i nibble = pinned(kLowNibble.of);
  __m256i last_control = pinned(kLastControl.of);
  __m256i exceptions = pinned(kControlExceptions.of);

  GATEWIRE_INLINE static Block load(const uint8_t* p) { return load_block32(p); }
  GATEWIRE_INLINE static Block load_halves(const uint8_t* p, const uint8_t* q) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(load_half(p)), load_half(q), 1);
  }

  GATEWIRE_INLINE static uint32_t lowest_bit(uint64_t word) { return static_cast<uint32_t>(_tzcnt_u64(word)); }
  GATEWIRE_INLINE uint64_t controls(Block a, Block b) const { return controls(a) | uint64_t{controls(b)} << 32; }
  GATEWIRE_INLINE uint32_t not_token(Block block) const {
    __m256i high_nibbles = _mm256_and_si256(_mm256_srli_epi16(block, 4), nibble);
    __m256i token = _mm256_and_si256(_mm256_shuffle_epi8(token_low, block), _mm256_shuffle_epi8(token_high, high_nibbles));
    return mask_of(_mm256_cmpeq_epi8(token, _mm256_setzero_si256()));
  }
  GATEWIRE_INLINE static uint64_t not_target(Block a, Block b) { return not_target(a) | uint64_t{not_target(b)} << 32; }
  GATEWIRE_INLINE static bool plain(Block a, Block b, Block c, Block d) {
    return mask_of(_mm256_and_si256(_mm256_and_si256(visible(a), visible(b)), _mm256_and_si256(visible(c), visible(d)))) == 0xFFFFFFFF;
  }

 private:
  GATEWIRE_INLINE uint32_t controls(Block block) const {
    __m256i low = _mm256_cmpeq_epi8(_mm256_min_epu8(block, last_control), block);
    return mask_of(_mm256_xor_si256(low, _mm256_cmpeq_epi8(_mm256_shuffle_epi8(exceptions, block), block)));
  }
  GATEWIRE_INLINE static uint32_t not_target(Block block) {
    // A mask takes the highest bit of each byte, which is set beyond ASCII.
    __m256i refused = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(load_block32(kNoTargetBytes.of), block), block);
    return mask_of(_mm256_or_si256(refused, block));
  }
  GATEWIRE_INLINE static __m256i visible(Block block) {
    // One more makes of DEL the least signed byte, so that one comparison finds controls and all from DEL on.
    return _mm256_cmpgt_epi8(_mm256_add_epi8(block, _mm256_set1_epi8(1)), _mm256_set1_epi8(' '));
  }
};

}  // namespace

constinit const Kernel kAvx2Kernel = {"avx2",
                                      follow_shape_with<Slots>,
                                      same_keys_with<Slots>,
                                      find_names_with<Slots>,
                                      find_field_names_with<Slots>,
                                      read_head_with<HeadOps>};

}  // namespace gatewire

#endif
