// See transcode.h.
#include "transcode.h"

#include "field_names.h"
#include "kernel.h"
#include "request_head.h"

namespace gatewire {
namespace {

/// The names of the variables to replace, and which of them have been met.
class Replacements {
 public:
  explicit Replacements(const ReplacedVars& vars) : vars_(vars) {}

  /// To be called first: whether the lengths cut the text.
  EncodeFault check() {
    size_t used = 0;
    if (vars_.count > kMaxReplacedVars) return EncodeFault::lengths_disagree;
    for (uint32_t i = 0; i < vars_.count; i++) {
      met_[i] = false;
      if (vars_.lengths[2 * i] == 0) return EncodeFault::empty_key;
      used += vars_.lengths[2 * i] + size_t{value_length(i)};
      if (used > vars_.text.size) return EncodeFault::lengths_disagree;
    }
    return used == vars_.text.size ? EncodeFault::none : EncodeFault::lengths_disagree;
  }

  bool empty() const { return vars_.count == 0; }

  /// Whether `key` is to be replaced or left out. Calls `add(key, value)` for what takes its place.
  template <typename Add>
  bool take(Bytes key, Add add) {
    const uint8_t* at = vars_.text.data;
    for (uint32_t i = 0; i < vars_.count; i++) {
      uint32_t key_length = vars_.lengths[2 * i];
      Bytes value = {at + key_length, value_length(i)};
      if (key_length == key.size && equal_bytes(at, key.data, key.size)) {
        met_[i] = true;
        if (vars_.lengths[2 * i + 1] != kNoValue) add(Bytes{at, key_length}, value);
        return true;
      }
      at = value.data + value.size;
    }
    return false;
  }

  /// Calls `add(key, value)` for each that has not been met.
  template <typename Add>
  void rest(Add add) {
    const uint8_t* at = vars_.text.data;
    for (uint32_t i = 0; i < vars_.count; i++) {
      Bytes key = {at, vars_.lengths[2 * i]};
      Bytes value = {at + key.size, value_length(i)};
      if (!met_[i] && vars_.lengths[2 * i + 1] != kNoValue) add(key, value);
      at = value.data + value.size;
    }
  }

 private:
  uint32_t value_length(uint32_t i) const { return vars_.lengths[2 * i + 1] == kNoValue ? 0 : vars_.lengths[2 * i + 1]; }

  const ReplacedVars& vars_;
  bool met_[kMaxReplacedVars];
};

/// Bytes to copy, and how many may be read from there on.
struct Piece {
  Bytes bytes;
  size_t readable;
};

Piece exactly(Bytes bytes) { return {bytes, bytes.size}; }
Piece name_piece(NameId id) { return {name_of(id), kNameRoom}; }

constexpr size_t kBlock = 32;
/// Beyond this, the copy of the system is better.
constexpr size_t kMostBlocks = 512;
static_assert(kNameRoom >= kBlock);

/// Writes variables one behind the other. What does not fit is counted and not written.
class PacketWriter {
 public:
  PacketWriter(uint8_t* out, size_t room, Replacements& replacements) : out_(out), room_(room), replacements_(replacements) {}

  /// Bytes of the packet, had there been room.
  size_t size() const { return at_; }

  /// A variable of the head, unless it is to be replaced.
  void offer(Piece key, Piece value) {
    if (!replace(key.bytes)) add(key, value);
  }

  /// The variable that a field of no well-known name becomes. Its name is made where it would be written.
  void offer_field(Bytes name, Piece value) {
    size_t key_size = kHttpPrefixBytes + name.size;
    if (!fits(key_size, value.bytes.size)) return skip(key_size, value.bytes.size);
    uint8_t* key = out_ + at_ + kLengthBytes;
    write_variable_name(name, key);
    if (replace({key, key_size})) return;
    add_length(key_size);
    at_ += key_size;
    add_length(value.bytes.size);
    add_bytes(value);
  }

  void add(Piece key, Piece value) {
    if (!fits(key.bytes.size, value.bytes.size)) return skip(key.bytes.size, value.bytes.size);
    add_length(key.bytes.size);
    add_bytes(key);
    add_length(value.bytes.size);
    add_bytes(value);
  }

  /// Variables that are encoded already.
  void add_block(Bytes block) {
    if (at_ + block.size <= room_) copy_bytes(out_ + at_, block.data, block.size);
    at_ += block.size;
  }

 private:
  bool fits(size_t key, size_t value) const { return at_ + 2 * kLengthBytes + key + value <= room_; }
  void skip(size_t key, size_t value) { at_ += 2 * kLengthBytes + key + value; }

  bool replace(Bytes key) {
    return !replacements_.empty() && replacements_.take(key, [&](Bytes name, Bytes value) { add(exactly(name), exactly(value)); });
  }

  void add_length(size_t length) {
    store16(out_ + at_, length);
    at_ += kLengthBytes;
  }

  /// In whole blocks, as long as those may be read and written: so no branch depends on the length of a short value. What is written too
  /// much is written over by what follows.
  void add_bytes(Piece piece) {
    size_t size = piece.bytes.size;
    uint8_t* to = out_ + at_;
    at_ += size;
    size_t blocks = (size + kBlock - 1) / kBlock * kBlock;
    if (__builtin_expect(blocks > kMostBlocks || blocks > piece.readable || blocks > room_ - (at_ - size), 0)) {
      copy_bytes(to, piece.bytes.data, size);
      return;
    }
    for (size_t i = 0; i < blocks; i += kBlock) __builtin_memcpy(to + i, piece.bytes.data + i, kBlock);
  }

  uint8_t* out_;
  size_t room_;
  size_t at_ = kPacketHeaderBytes;
  Replacements& replacements_;
};

/// The values of a head, wherever they stand.
class Values {
 public:
  Values(Bytes input, const uint8_t* text, const HeadIndex& index) : input_(input), text_(text), index_(index) {}

  Piece of(const VarRecord& record) const {
    size_t size = record.value_end - record.value;
    if (record.value_end > index_.byte_length) return exactly({text_ + record.value, size});
    return {{input_.data + record.value, size}, input_.size - record.value};
  }

 private:
  Bytes input_;
  const uint8_t* text_;
  const HeadIndex& index_;
};

/// The constants, variable by variable: some of them may be replaced. The caller has encoded them, so the lengths are right.
void offer_block(Bytes block, PacketWriter& writer) {
  for (size_t at = 0; at < block.size;) {
    Bytes key = {block.data + at + kLengthBytes, load16(block.data + at)};
    Bytes value = {key.data + key.size + kLengthBytes, load16(key.data + key.size)};
    writer.offer(exactly(key), exactly(value));
    at += 2 * kLengthBytes + key.size + value.size;
  }
}

/// The constants have their place behind what the request line gives.
constexpr uint32_t kBeforeConstants = VAR_SERVER_PROTOCOL + 1;

void write_vars(Bytes input, const Values& values, const HeadIndex& index, uint32_t from, uint32_t to, PacketWriter& writer) {
  const NameId* ids = index.ids();
  for (uint32_t i = from; i < to; i++) {
    NameId id = ids[i];
    if (id == kNoVariable || id == kJoined) continue;
    const VarRecord& record = index.vars[i];
    if (id == NameId::none) {
      writer.offer_field({input.data + record.key, record.key_length}, values.of(record));
    } else {
      writer.offer(name_piece(id), values.of(record));
      if (i == VAR_REQUEST_URI) writer.offer(name_piece(NameId::RAW_URI), values.of(record));
    }
  }
}

}  // namespace

EncodeResult write_request_packet(Bytes input, const uint8_t* text, const HeadIndex& index, const PacketOptions& options, uint8_t* out,
                                  size_t room) {
  Replacements replacements(options.replaced);
  EncodeFault fault = replacements.check();
  if (fault == EncodeFault::none && room < kPacketHeaderBytes) fault = EncodeFault::room;
  if (fault != EncodeFault::none) return {fault, 0, 0};
  Values values(input, text, index);
  PacketWriter writer(out, room, replacements);
  write_vars(input, values, index, 0, kBeforeConstants, writer);
  if (replacements.empty()) writer.add_block(options.constants);
  else offer_block(options.constants, writer);
  write_vars(input, values, index, kBeforeConstants, index.var_count, writer);
  replacements.rest([&](Bytes key, Bytes value) { writer.add(exactly(key), exactly(value)); });
  if (writer.size() > kPacketHeaderBytes + kMaxBlockBytes) return {EncodeFault::too_large, 0, 0};
  if (writer.size() > room) return {EncodeFault::room, 0, 0};
  out[0] = options.modifier1;
  store16(out + 1, writer.size() - kPacketHeaderBytes);
  out[3] = options.modifier2;
  return {EncodeFault::none, 0, writer.size()};
}

}  // namespace gatewire
