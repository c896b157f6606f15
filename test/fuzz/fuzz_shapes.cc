// Many heads, one shape table: whatever came before, each head gets the ids of its own keys, a slot that holds them, and the values that
// were wanted of its shape. The input is a list of heads; each byte is one key of a head, and 0xFF ends the head, so that a finding
// holds all of the history it needs.
#include <string.h>

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

/// A shape as it was when it was seen first, and the wish that was made then: number and position.
struct KnownShape {
  std::string keys;
  uint32_t number;
  uint32_t position;
};

/// The table of the last input, emptied where it was used; filling a megabyte with zeros would take most of the time.
struct Shapes {
  std::unique_ptr<ShapeTable> table = empty_shape_table();
  PacketDecoder decoder;
  std::map<std::pair<uint32_t, uint32_t>, KnownShape> known;
  std::unique_ptr<uint32_t[]> wanted{new uint32_t[kMaxWanted]};
  std::unique_ptr<uint8_t[]> cut{new uint8_t[kMaxWanted * kMaxWantedBytes]};

  Shapes() { decoder.index.wanted = wanted.get(); }

  void empty() {
    for (const auto& [shape, unused] : known) table->shapes[shape.first] = {};
    known.clear();
    for (ShapeHint& hint : table->hints) hint = {};
    table->last_prefix = 0;
    table->last_serial = table->latest[kPacketVariant] = 0;
  }
};

/// Of many lengths, around the 32 bytes of a copying step and the most that are cut.
std::string value_of(uint8_t byte, size_t position) {
  return std::string((byte * 7 + position * 31) % 140, static_cast<char>('a' + byte % 26));
}

/// Makes one wish for each new shape, and looks at what was cut for shapes that were there.
void check_wanted(Shapes& shapes, Bytes input, const DecodedPacket& seen, const std::string& keys, uint8_t first) {
  const HeadIndex& index = shapes.decoder.index;
  size_t size = cut_wanted(*shapes.table, input, index, shapes.cut.get());
  uint32_t count = static_cast<uint32_t>(seen.vars.size());
  auto [entry, is_new] = shapes.known.try_emplace(std::pair(index.shape_slot, index.shape_serial),
                                                  KnownShape{keys, first % kMaxWanted, count == 0 ? 0 : first % count});
  const KnownShape& known = entry->second;
  REQUIRE(known.keys == keys);
  for (uint32_t i = 0; i < kMaxWanted; i++) {
    const DecodedVar& var = seen.vars[known.position];
    uint32_t length = var.value_end - var.value;
    if (is_new || i != known.number || length > kMaxWantedBytes) {
      REQUIRE(index.wanted[i] == kNotCut);
      continue;
    }
    REQUIRE(index.wanted[i] == length && size == length);
    REQUIRE(memcmp(shapes.cut.get(), input.data + var.value, length) == 0);
  }
  if (is_new) want(*shapes.table, index.shape_slot, index.shape_serial, known.number, known.position);
}

void check_head(Shapes& shapes, std::string_view bytes) {
  std::string block;
  std::string keys;
  for (size_t i = 0; i < bytes.size(); i++) {
    uint8_t byte = static_cast<uint8_t>(bytes[i]);
    const std::string& key = key_of(byte);
    block += var(key, key == "CONTENT_LENGTH" ? "7" : value_of(byte, i));
    keys += part(key);
  }
  if (block.size() > kMaxBlockBytes) return;
  std::string input = packet(block);
  ExactBlock exact(input);
  DecodedPacket seen = shapes.decoder.decode(exact.bytes(), {}, *shapes.table);
  REQUIRE(seen == reference_packet(input, {}));
  if (seen.verdict.outcome != Outcome::complete) return;
  const HeadIndex& index = shapes.decoder.index;
  if (index.shape_slot == kNoShape) return;
  REQUIRE(shapes.table->shapes[index.shape_slot].serial == index.shape_serial);
  check_wanted(shapes, exact.bytes(), seen, keys, static_cast<uint8_t>(bytes[0]));
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
