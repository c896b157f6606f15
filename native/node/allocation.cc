// operator new and delete over malloc: node-addon-api then needs nothing of the C++ library, and one binary serves glibc and musl.
#include <stdlib.h>

#include <new>

void* operator new(size_t size) {
  void* block = malloc(size > 0 ? size : 1);
  if (block == nullptr) __builtin_trap();
  return block;
}
void operator delete(void* block) noexcept { free(block); }
void operator delete(void* block, size_t) noexcept { free(block); }
