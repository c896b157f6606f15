// A heap block of exactly the bytes of an input, so that a sanitizer sees a read of even one byte more. Knows no decoder.
#pragma once
#include <string.h>

#include <memory>
#include <string_view>

#include "core/bytes.h"

namespace gatewire::test {

class ExactBlock {
 public:
  explicit ExactBlock(std::string_view bytes) : size_(bytes.size()), data_(new uint8_t[bytes.size()]) {
    if (size_ > 0) memcpy(data_.get(), bytes.data(), size_);
  }
  uint8_t* data() { return data_.get(); }
  Bytes bytes() const { return {data_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<uint8_t[]> data_;
};

}  // namespace gatewire::test
