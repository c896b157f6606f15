// The entry points that take a uwsgi packet, or make one.
#include <stdlib.h>

#include <map>

#include "core/uwsgi_packet.h"
#include "own_copies.h"
#include "works.h"

namespace gatewire::bench {
namespace {

bool takes_all(const Item& item, int64_t size) { return size == static_cast<int64_t>(item.size); }

/// What a walk over the variables costs at least: each length compared with what is left, each record written, and no name looked at. Not
/// part of the core, which never does so little.
__attribute__((noinline)) int64_t walk_bounds_only(Bytes input, VarRecord* vars, uint32_t& var_count) {
  if (input.size < kPacketHeaderBytes) return -1;
  const uint8_t* data = input.data;
  size_t size = load16(data + 1);
  if (input.size - kPacketHeaderBytes < size) return -1;
  size_t end = kPacketHeaderBytes + size;
  size_t at = kPacketHeaderBytes;
  uint32_t count = 0;
  while (at < end) {
    if (end - at <= 4 || count == kMaxBlockVars) return -1;
    size_t key_length = load16(data + at);
    if (key_length - 1 >= end - at - 4) return -1;
    size_t key = at + 2;
    size_t value = key + key_length + 2;
    size_t value_length = load16(data + value - 2);
    if (end - value < value_length) return -1;
    at = value + value_length;
    vars[count++] = {static_cast<uint32_t>(key), static_cast<uint32_t>(key_length), static_cast<uint32_t>(value), static_cast<uint32_t>(at)};
  }
  var_count = count;
  return static_cast<int64_t>(end);
}

struct WalkBoundsOnly : OwnCopies {
  using OwnCopies::OwnCopies;
  static constexpr bool kYardstick = true;
  std::vector<VarRecord> vars = std::vector<VarRecord>(kMaxBlockVars);

  int64_t operator()(const Item& item) {
    uint32_t count = 0;
    int64_t size = walk_bounds_only({item.data, item.size}, vars.data(), count);
    escape(count);
    return size;
  }
  static bool is_right(const Item& item, int64_t size) { return takes_all(item, size); }
};

/// The walk with ids of names, shape and framing.
struct DecodePacket : OwnCopies {
  using OwnCopies::OwnCopies;
  Limits limits = {};
  std::vector<uint32_t> words = std::vector<uint32_t>(head_index_words(kMaxBlockVars));
  std::vector<uint32_t> wanted = std::vector<uint32_t>(kMaxWanted);
  std::unique_ptr<ShapeTable> shapes = std::make_unique<ShapeTable>();

  int64_t operator()(const Item& item) {
    HeadIndex index;
    index.wanted = wanted.data();
    index.vars = reinterpret_cast<VarRecord*>(words.data());
    index.var_room = kMaxBlockVars;
    bool complete = decode_packet({item.data, item.size}, limits, *shapes, index).outcome == Outcome::complete;
    escape(index);
    return complete ? index.byte_length : -1;
  }
  static bool is_right(const Item& item, int64_t size) { return takes_all(item, size); }
};

/// Texts joined, and their lengths: what JavaScript hands over.
struct Joined {
  Item text;
  std::vector<uint32_t> lengths;
};

struct VarsText {
  Joined names;
  Joined values;
  uint32_t form;  // kNoForm: there are more orders of names than forms are kept
  size_t packet_size;
};

constexpr uint32_t kNoForm = UINT32_MAX;

/// The packets of the input again, from their variables. Names that came before in the same order have a form.
struct EncodeVars {
  explicit EncodeVars(const std::vector<std::string>& packets)
      : names(texts_of(packets, 0)), values(texts_of(packets, 1)), table(static_cast<FormTable*>(calloc(1, sizeof(FormTable))), free) {
    std::map<std::string, uint32_t> forms;
    for (size_t i = 0; i < packets.size(); i++) {
      VarsText vars = {{names.items[i], lengths_of(packets[i], 0)}, {values.items[i], lengths_of(packets[i], 1)}, kNoForm, packets[i].size()};
      std::string order(reinterpret_cast<const char*>(vars.names.text.data), vars.names.text.size);
      for (uint32_t length : vars.names.lengths) order += "," + std::to_string(length);
      auto [form, is_new] = forms.insert({order, kNoForm});
      MadeForm made = {};
      if (is_new && make(vars, true, made) && made.kept) form->second = made.number;
      vars.form = form->second;
      items.push_back(std::move(vars));
    }
  }

  int64_t operator()(const VarsText& vars) {
    MadeForm made = {vars.form, true};
    if (vars.form == kNoForm && !make(vars, false, made)) return -1;
    EncodeResult result = encode_vars(*table, made.number, {vars.values.text.data, vars.values.text.size}, vars.values.lengths.data(),
                                      vars.values.lengths.size(), 0, 0, out.data(), out.size());
    return result.fault == EncodeFault::none ? static_cast<int64_t>(result.written) : -1;
  }
  static bool is_right(const VarsText& vars, int64_t size) { return size == static_cast<int64_t>(vars.packet_size); }

  std::vector<VarsText> items;
  OwnCopies names;
  OwnCopies values;
  std::unique_ptr<FormTable, void (*)(void*)> table;
  std::vector<uint8_t> out = std::vector<uint8_t>(kPacketHeaderBytes + kMaxBlockBytes);

 private:
  bool make(const VarsText& vars, bool keep, MadeForm& made) {
    const auto& [text, lengths] = vars.names;
    return make_packet_form(*table, {text.data, text.size}, lengths.data(), lengths.size(), keep, made) == EncodeFault::none;
  }

  /// Every second part of a packet: `which` is 0 for names, 1 for values.
  static std::vector<std::string> half_of(const std::string& packet, size_t which) {
    std::vector<std::string> half;
    std::vector<std::string> parts = parts_of(packet, kPacketHeaderBytes);
    for (size_t i = which; i < parts.size(); i += 2) half.push_back(parts[i]);
    return half;
  }
  static std::vector<std::string> texts_of(const std::vector<std::string>& packets, size_t which) {
    std::vector<std::string> texts;
    for (const std::string& packet : packets) {
      std::string text;
      for (const std::string& part : half_of(packet, which)) text += part;
      texts.push_back(std::move(text));
    }
    return texts;
  }
  static std::vector<uint32_t> lengths_of(const std::string& packet, size_t which) {
    std::vector<uint32_t> lengths;
    for (const std::string& part : half_of(packet, which)) lengths.push_back(static_cast<uint32_t>(part.size()));
    return lengths;
  }
};

}  // namespace

std::vector<std::unique_ptr<Work>> packet_works(const Input& input) {
  std::vector<std::unique_ptr<Work>> works;
  works.push_back(work_of("bounds checks only", WalkBoundsOnly(input.items)));
  works.push_back(work_of("decode_packet", DecodePacket(input.items)));
  works.push_back(work_of("encode_vars", EncodeVars(input.items)));
  return works;
}

}  // namespace gatewire::bench
