// The functions of libc that the core may call, for core_counts alone. Those of glibc differ by processor, and so would the counts. Plain, and
// about as long as those: blocks of 16 bytes, the last one over bytes that were done before.
#include <stddef.h>
#include <stdint.h>

namespace {

typedef uint8_t Block __attribute__((vector_size(16)));

template <class Word = Block>
inline Word load(const uint8_t* p) {
  Word word;
  __builtin_memcpy(&word, p, sizeof word);
  return word;
}

template <class Word>
inline void store(uint8_t* p, Word word) {
  __builtin_memcpy(p, &word, sizeof word);
}

/// From one to two words of bytes.
template <class Word>
inline void copy_ends(uint8_t* out, const uint8_t* in, size_t n) {
  Word end = load<Word>(in + n - sizeof(Word));
  store(out, load<Word>(in));
  store(out + n - sizeof(Word), end);
}

inline bool is_zero(Block block) {
  uint64_t words[2];
  __builtin_memcpy(words, &block, sizeof block);
  return (words[0] | words[1]) == 0;
}

}  // namespace

extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, size_t n) {
  auto* out = static_cast<uint8_t*>(to);
  auto* in = static_cast<const uint8_t*>(from);
  if (n >= 16) {
    for (size_t i = 0; i + 16 < n; i += 16) store(out + i, load(in + i));
    store(out + n - 16, load(in + n - 16));
  } else if (n >= 8) {
    copy_ends<uint64_t>(out, in, n);
  } else if (n >= 4) {
    copy_ends<uint32_t>(out, in, n);
  } else {
    for (size_t i = 0; i < n; i++) out[i] = in[i];
  }
  return to;
}

void* memmove(void* to, const void* from, size_t n) {
  auto* out = static_cast<uint8_t*>(to);
  auto* in = static_cast<const uint8_t*>(from);
  if (out <= in) {
    for (size_t i = 0; i < n; i++) out[i] = in[i];
  } else {
    while (n-- > 0) out[n] = in[n];
  }
  return to;
}

void* memset(void* to, int byte, size_t n) {
  auto* out = static_cast<uint8_t*>(to);
  if (n < 16) {
    for (size_t i = 0; i < n; i++) out[i] = static_cast<uint8_t>(byte);
    return to;
  }
  Block block = Block{} + static_cast<uint8_t>(byte);
  for (size_t i = 0; i + 16 < n; i += 16) store(out + i, block);
  store(out + n - 16, block);
  return to;
}

int memcmp(const void* a, const void* b, size_t n) {
  auto* left = static_cast<const uint8_t*>(a);
  auto* right = static_cast<const uint8_t*>(b);
  size_t i = 0;
  while (n - i >= 16 && is_zero(load(left + i) ^ load(right + i))) i += 16;
  while (i < n && left[i] == right[i]) i++;
  return i == n ? 0 : left[i] - right[i];
}

void* memchr(const void* bytes, int byte, size_t n) {
  auto* in = static_cast<const uint8_t*>(bytes);
  Block block = Block{} + static_cast<uint8_t>(byte);
  size_t i = 0;
  while (n - i >= 16 && is_zero(reinterpret_cast<Block>(load(in + i) == block))) i += 16;
  while (i < n && in[i] != static_cast<uint8_t>(byte)) i++;
  return i == n ? nullptr : const_cast<uint8_t*>(in + i);
}
}
