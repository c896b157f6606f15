// Packets as tests write them down, well-formed or not. Shares no code with the encoder of the core.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatewire::test {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// 16 bits, little-endian; what does not fit is the test's own mistake.
inline std::string le16(size_t value) { return {static_cast<char>(value & 0xFF), static_cast<char>(value >> 8 & 0xFF)}; }

/// A length and the bytes it announces: a key, a value or an item.
inline std::string part(std::string_view bytes) { return le16(bytes.size()) + std::string(bytes); }

inline std::string var(std::string_view key, std::string_view value) { return part(key) + part(value); }

inline std::string header(size_t datasize, uint8_t modifier1 = 0, uint8_t modifier2 = 0) {
  return std::string(1, static_cast<char>(modifier1)) + le16(datasize) + std::string(1, static_cast<char>(modifier2));
}

inline std::string packet(std::string_view payload, uint8_t modifier1 = 0, uint8_t modifier2 = 0) {
  return header(payload.size(), modifier1, modifier2) + std::string(payload);
}

inline std::string vars_block(const Pairs& vars) {
  std::string block;
  for (const auto& [key, value] : vars) block += var(key, value);
  return block;
}

}  // namespace gatewire::test
