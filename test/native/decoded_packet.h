// What one call of decode_packet says, as a value that can be compared and shown. Shared by the unit tests and the fuzz targets.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/uwsgi_packet.h"
#include "verdicts.h"

namespace gatewire::test {

struct DecodedVar {
  NameId id;
  uint32_t key;
  uint32_t key_length;
  uint32_t value;
  uint32_t value_end;
  bool operator==(const DecodedVar&) const = default;
};

/// All but the verdict is zero unless the packet is complete. The shape's slot is not part of it: it depends on what came before.
struct DecodedPacket {
  Verdict verdict = incomplete();
  uint32_t byte_length = 0;
  uint8_t modifier1 = 0;
  uint8_t modifier2 = 0;
  FramingKind framing = FramingKind::none;
  uint64_t content_length = 0;
  std::vector<DecodedVar> vars;

  bool operator==(const DecodedPacket& other) const {
    return verdict == other.verdict && byte_length == other.byte_length && modifier1 == other.modifier1 &&
           modifier2 == other.modifier2 && framing == other.framing && content_length == other.content_length && vars == other.vars;
  }
};

/// Decodes with an index of its own, of exactly the words that the core asks for. `index` keeps what the last call wrote, for those who want the shape.
class PacketDecoder {
 public:
  PacketDecoder() : words_(new uint32_t[head_index_words(kMaxBlockVars)]) {
    index.vars = reinterpret_cast<VarRecord*>(words_.get());
    index.var_room = kMaxBlockVars;
  }

  DecodedPacket decode(Bytes input, const Limits& limits, ShapeTable& shapes) {
    DecodedPacket seen;
    seen.verdict = decode_packet(input, limits, shapes, index);
    if (seen.verdict.outcome != Outcome::complete) return seen;
    seen.byte_length = index.byte_length;
    seen.modifier1 = index.modifier1;
    seen.modifier2 = index.modifier2;
    seen.framing = index.framing;
    seen.content_length = index.content_length;
    seen.vars.reserve(index.var_count);
    for (uint32_t i = 0; i < index.var_count; i++) {
      const VarRecord& record = index.vars[i];
      seen.vars.push_back({index.ids()[i], record.key, record.key_length, record.value, record.value_end});
    }
    return seen;
  }

  HeadIndex index = {};

 private:
  std::unique_ptr<uint32_t[]> words_;
};

inline std::unique_ptr<ShapeTable> empty_shape_table() { return std::make_unique<ShapeTable>(); }

inline std::string shown(const DecodedPacket& packet) {
  std::string text = shown(packet.verdict);
  text += " bytes=" + std::to_string(packet.byte_length) + " modifiers=" + std::to_string(packet.modifier1) + "," +
          std::to_string(packet.modifier2) + " content=" + std::to_string(packet.content_length) + " vars=" +
          std::to_string(packet.vars.size());
  for (size_t i = 0; i < packet.vars.size() && i < 8; i++) {
    const DecodedVar& var = packet.vars[i];
    text += " [id " + std::to_string(static_cast<uint32_t>(var.id)) + " key " + std::to_string(var.key) + "+" +
            std::to_string(var.key_length) + " value " + std::to_string(var.value) + ".." + std::to_string(var.value_end) + "]";
  }
  return text;
}

}  // namespace gatewire::test
