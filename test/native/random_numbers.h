// Numbers that look random and are the same in every run, so that a failure can be seen again. Knows nothing of their use.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include <string>

namespace gatewire::test {

class RandomNumbers {
 public:
  explicit RandomNumbers(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    // SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
    uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
  /// From 0 to `bound` - 1.
  size_t below(size_t bound) { return static_cast<size_t>(next() % bound); }
  std::string bytes(size_t count) {
    std::string text(count, '\0');
    for (char& c : text) c = static_cast<char>(next());
    return text;
  }

 private:
  uint64_t state_;
};

}  // namespace gatewire::test
