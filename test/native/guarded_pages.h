// Memory between two pages that nobody may touch: a copy of some bytes can end right before the one or begin right behind the other,
// so that the first byte read outside of them is a fault, with or without a sanitizer. POSIX only. Knows no decoder.
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string_view>

#include "core/bytes.h"

namespace gatewire::test {

class GuardedPages {
 public:
  explicit GuardedPages(size_t capacity) {
    page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    room_ = (capacity + page_ - 1) / page_ * page_;
    void* memory = mmap(nullptr, room_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) give_up("mmap");
    first_ = static_cast<uint8_t*>(memory) + page_;
    if (mprotect(first_, room_, PROT_READ | PROT_WRITE) != 0) give_up("mprotect");
  }
  ~GuardedPages() { munmap(first_ - page_, room_ + 2 * page_); }
  GuardedPages(const GuardedPages&) = delete;
  GuardedPages& operator=(const GuardedPages&) = delete;

  /// The byte behind the last one is on an unmapped page. What was placed before is overwritten.
  Bytes ending(std::string_view bytes) { return place(first_ + room_ - bytes.size(), bytes); }
  /// The byte before the first one is on an unmapped page.
  Bytes beginning(std::string_view bytes) { return place(first_, bytes); }

 private:
  Bytes place(uint8_t* at, std::string_view bytes) {
    if (bytes.size() > room_) give_up("too many bytes for the pages");
    if (!bytes.empty()) memcpy(at, bytes.data(), bytes.size());
    return {at, bytes.size()};
  }
  [[noreturn]] static void give_up(const char* what) {
    perror(what);
    abort();
  }

  size_t page_;
  size_t room_;
  uint8_t* first_;
};

}  // namespace gatewire::test
