// Bytes of an input for one contender alone: nobody profits from what another one has left in the caches, and it may write to them.
#pragma once
#include <string.h>

#include <memory>
#include <string>
#include <vector>

#include "core/bytes.h"

namespace gatewire::bench {

struct Item {
  uint8_t* data;
  size_t size;
};

/// Each item begins at an odd address, as a head does that came behind another one, and has kSlack writable bytes behind it.
class OwnCopies {
 public:
  static constexpr size_t kSlack = 64;

  explicit OwnCopies(const std::vector<std::string>& texts) {
    size_t room = 64;
    for (const std::string& text : texts) room += text.size() + kSlack + 2;
    memory_.reset(new uint8_t[room]());
    size_t at = 65 - reinterpret_cast<uintptr_t>(memory_.get()) % 64;
    for (const std::string& text : texts) {
      memcpy(memory_.get() + at, text.data(), text.size());
      items.push_back({memory_.get() + at, text.size()});
      at = (at + text.size() + kSlack) | 1;
    }
  }

  std::vector<Item> items;

 private:
  std::unique_ptr<uint8_t[]> memory_;
};

}  // namespace gatewire::bench
