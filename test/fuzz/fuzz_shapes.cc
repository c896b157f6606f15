// Many heads, one shape table: whatever came before, each head gets the ids of its own keys and a slot that holds them. The input is a
// list of heads; each byte is one key of a head, and 0xFF ends the head, so that a finding holds all of the history it needs.
#include <map>
#include <string>
#include <vector>

#include "exact_block.h"
#include "packet_builder.h"
#include "reference_packet.h"
#include "require.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

constexpr uint8_t kEndOfHead = 0xFF;
constexpr size_t kMaxHeads = 400;

/// The key that a byte stands for. The low bits choose how it looks; the high bits make variants, most of which have the same hash,
/// so that four of them fill a set and the fifth has to fight for its place.
const std::string& key_of(uint8_t byte) {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all;
    for (unsigned value = 0; value < 256; value++) {
      std::string variant(1, static_cast<char>('A' + value / 8));
      switch (value % 8) {
        case 0: all.push_back(variant); break;
        case 1: all.push_back(std::string(listed_names()[1 + value / 8])); break;
        case 2: all.push_back(variant + "EQUEST_METHOD"); break;  // one of them is the name
        case 3: all.push_back("HTTP_" + variant + "_X_FORWARDED"); break;
        case 4: all.push_back(variant + std::string(31, 'k')); break;
        case 5: all.push_back(variant + std::string(32, 'k')); break;
        case 6: all.push_back(std::string(36, 'k') + variant + std::string(50, 'k')); break;
        case 7: all.push_back(value < 128 ? "CONTENT_LENGTH" : "PATH"); break;
      }
    }
    return all;
  }();
  return keys[byte];
}

/// The table of the last input, emptied where it was used; filling a megabyte with zeros would take most of the time.
struct Shapes {
  std::unique_ptr<ShapeTable> table = empty_shape_table();
  PacketDecoder decoder;
  std::map<std::pair<uint32_t, uint32_t>, std::string> keys_of_shape;

  void empty() {
    for (const auto& [shape, keys] : keys_of_shape) table->shapes[shape.first] = {};
    keys_of_shape.clear();
    for (ShapeHint& hint : table->hints) hint = {};
    table->last_prefix = 0;
    table->last_serial = table->latest = 0;
  }
};

void check_head(Shapes& shapes, std::string_view bytes) {
  std::string block;
  std::string keys;
  for (char byte : bytes) {
    const std::string& key = key_of(static_cast<uint8_t>(byte));
    block += var(key, key == "CONTENT_LENGTH" ? "7" : "v");
    keys += part(key);
  }
  std::string input = packet(block);
  ExactBlock exact(input);
  REQUIRE(shapes.decoder.decode(exact.bytes(), {}, *shapes.table) == reference_packet(input, {}));
  const HeadIndex& index = shapes.decoder.index;
  if (index.shape_slot == kNoShape) return;
  REQUIRE(shapes.table->shapes[index.shape_slot].serial == index.shape_serial);
  REQUIRE(shapes.keys_of_shape.try_emplace(std::pair(index.shape_slot, index.shape_serial), keys).first->second == keys);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Shapes shapes;
  shapes.empty();
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (size_t heads = 0; heads < kMaxHeads && !rest.empty(); heads++) {
    size_t end = std::min(rest.find(static_cast<char>(kEndOfHead)), rest.size());
    check_head(shapes, rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return 0;
}
