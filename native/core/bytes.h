// Views on bytes and the loads that every decoder uses. Knows nothing of any protocol.
// The core includes no C++ standard library header and needs no libc function but mem*: it is built for the addon, for tests,
// for fuzzing and for WebAssembly from the same files.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define GATEWIRE_INLINE inline __attribute__((always_inline))

namespace gatewire {

/// Bytes that belong to the caller: never copied, never written, never kept beyond the call.
struct Bytes {
  const uint8_t* data;
  size_t size;
};

GATEWIRE_INLINE uint32_t load16(const uint8_t* p) { return static_cast<uint32_t>(p[0]) | static_cast<uint32_t>(p[1]) << 8; }

GATEWIRE_INLINE void store16(uint8_t* p, size_t value) {
  p[0] = static_cast<uint8_t>(value);
  p[1] = static_cast<uint8_t>(value >> 8);
}

/// Eight bytes as one word, byte 0 lowest on little-endian machines. Only ever compared with, or hashed like, itself.
GATEWIRE_INLINE uint64_t load64(const uint8_t* p) {
  uint64_t word;
  __builtin_memcpy(&word, p, 8);
  return word;
}

/// Sixteen bytes at once, on every machine: compilers make SSE2, NEON or WASM SIMD of it, and plain words elsewhere.
typedef uint8_t Block16 __attribute__((vector_size(16)));

GATEWIRE_INLINE Block16 load_block(const uint8_t* p) {
  Block16 block;
  __builtin_memcpy(&block, p, 16);
  return block;
}

GATEWIRE_INLINE bool is_zero(Block16 block) {
  uint64_t words[2];
  __builtin_memcpy(words, &block, 16);
  return (words[0] | words[1]) == 0;
}

/// A value that was read from bytes which another thread might be changing, against all rules: what was checked is what is used.
template <typename Number>
GATEWIRE_INLINE Number pin(Number value) {
#ifndef __wasm__
  __asm__("" : "+r"(value));
#endif
  return value;
}

GATEWIRE_INLINE void copy_bytes(void* to, const void* from, size_t n) { __builtin_memcpy(to, from, n); }
GATEWIRE_INLINE void fill_bytes(void* to, uint8_t byte, size_t n) { __builtin_memset(to, byte, n); }
/// Offset of the first `byte` from `from` on, before `end`; `end` when there is none.
GATEWIRE_INLINE size_t find_byte(const uint8_t* data, size_t from, size_t end, uint8_t byte) {
  if (from == end) return end;
  const void* found = __builtin_memchr(data + from, byte, end - from);
  return found == nullptr ? end : static_cast<size_t>(static_cast<const uint8_t*>(found) - data);
}

/// What is written and read behind the text that narrow_text gets.
constexpr size_t kNarrowRoom = 16;

/// UTF-16 code units as bytes, U+0000 to U+00FF. False: one is above U+00FF, and what is in `to` counts for nothing. kNarrowRoom units
/// behind `units`, and so many bytes behind those in `to`, are written over.
GATEWIRE_INLINE bool narrow_text(uint16_t* units, size_t count, uint8_t* to) {
  fill_bytes(units + count, 0, kNarrowRoom * sizeof(uint16_t));
  Block16 seen = {};
  for (size_t at = 0; at < count; at += sizeof(Block16)) {
    Block16 low = load_block(reinterpret_cast<const uint8_t*>(units + at));
    Block16 high = load_block(reinterpret_cast<const uint8_t*>(units + at + sizeof(Block16) / 2));
    seen |= low | high;
    Block16 bytes = __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    __builtin_memcpy(to + at, &bytes, sizeof bytes);
  }
  uint64_t words[2];
  __builtin_memcpy(words, &seen, sizeof seen);
  return ((words[0] | words[1]) & 0xFF00FF00FF00FF00ull) == 0;
}

GATEWIRE_INLINE bool equal_bytes(const void* a, const void* b, size_t n) { return __builtin_memcmp(a, b, n) == 0; }

}  // namespace gatewire
