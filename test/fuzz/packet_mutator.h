// How libFuzzer changes packets: most of the time part by part, with lengths that fit again afterwards, for hardly any change of raw bytes
// leaves a packet one. Included by the targets whose input is a packet; does nothing where inputs are only replayed.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef GATEWIRE_MUTATES
#include <string.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "random_numbers.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace gatewire::test {

/// A packet as its parts: header, those that are whole, and whatever stands behind them.
struct PacketParts {
  std::string header;
  std::vector<std::string> parts;
  std::string rest;
};

inline PacketParts parts_of(std::string_view input) {
  PacketParts packet;
  packet.header = input.substr(0, 4);
  packet.header.resize(4, '\0');
  input.remove_prefix(std::min<size_t>(input.size(), 4));
  while (input.size() >= 2) {
    size_t length = static_cast<uint8_t>(input[0]) | static_cast<size_t>(static_cast<uint8_t>(input[1])) << 8;
    if (length > input.size() - 2) break;
    packet.parts.emplace_back(input.substr(2, length));
    input.remove_prefix(2 + length);
  }
  packet.rest = input;
  return packet;
}

inline std::string bytes_of(const PacketParts& packet) {
  std::string block;
  for (const std::string& part : packet.parts) {
    block += static_cast<char>(part.size());
    block += static_cast<char>(part.size() >> 8);
    block += part;
  }
  std::string bytes = packet.header;
  bytes[1] = static_cast<char>(block.size());
  bytes[2] = static_cast<char>(block.size() >> 8);
  return bytes + block + packet.rest;
}

/// Bytes as libFuzzer changes them, with its dictionary.
inline std::string mutated(const std::string& bytes, size_t room) {
  std::vector<uint8_t> buffer(bytes.begin(), bytes.end());
  buffer.resize(std::max<size_t>(bytes.size() + room, 1));
  size_t size = LLVMFuzzerMutate(buffer.data(), bytes.size(), buffer.size());
  return std::string(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
}

/// Lengths around those where the core changes its way: nothing, words, slots, overflows.
inline size_t telling_length(RandomNumbers& random) {
  constexpr size_t kTelling[] = {0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40, 127, 128, 129, 255, 256, 288, 289, 1000};
  return kTelling[random.below(sizeof kTelling / sizeof *kTelling)];
}

inline void change_parts(PacketParts& packet, RandomNumbers& random) {
  std::vector<std::string>& parts = packet.parts;
  size_t at = random.below(parts.size() + 1);
  auto here = parts.begin() + static_cast<std::ptrdiff_t>(at);
  switch (at == parts.size() ? 0 : random.below(8)) {
    case 0: parts.insert(here, {mutated("", 40), mutated("", 40)}); break;
    case 1: parts.erase(here); break;
    case 2: parts.insert(here, *here); break;
    case 3: std::swap(*here, parts[random.below(parts.size())]); break;
    case 4: here->resize(telling_length(random), static_cast<char>(random.below(3) == 0 ? 0 : 'k')); break;
    case 5: *here = parts[random.below(parts.size())] + static_cast<char>(random.below(256)); break;
    default: *here = mutated(*here, 64); break;
  }
}

}  // namespace gatewire::test

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned int seed) {
  using namespace gatewire::test;
  RandomNumbers random(seed);
  if (random.below(4) == 0) return LLVMFuzzerMutate(data, size, max_size);
  PacketParts packet = parts_of({reinterpret_cast<const char*>(data), size});
  for (size_t changes = 1 + random.below(3); changes > 0; changes--) change_parts(packet, random);
  if (random.below(8) == 0) packet.header[0] = static_cast<char>(random.below(256));
  if (random.below(8) == 0) packet.rest = mutated(packet.rest, 16);
  std::string bytes = bytes_of(packet);
  // A length, of a part or of all, that does not fit.
  if (random.below(8) == 0) bytes[random.below(bytes.size())] ^= static_cast<char>(1u << random.below(8));
  if (bytes.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  memcpy(data, bytes.data(), bytes.size());
  return bytes.size();
}
#endif
