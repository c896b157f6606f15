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
    uint64_t used = 0;  // lengths of 32 bits cannot make it wrap
    if (vars_.count > kMaxReplacedVars) return EncodeFault::lengths_disagree;
    for (uint32_t i = 0; i < vars_.count; i++) {
      met_[i] = false;
      if (vars_.lengths[2 * i] == 0) return EncodeFault::empty_key;
      used += uint64_t{vars_.lengths[2 * i]} + value_length(i);
      if (used > vars_.text.size) return EncodeFault::lengths_disagree;
    }
    return used == vars_.text.size ? EncodeFault::none : EncodeFault::lengths_disagree;
  }

  bool empty() const { return vars_.count == 0; }

  /// Whether the variable whose name `is_same(name)` tells is to be replaced or left out. Calls `add(name, value)` for what takes its place.
  template <typename IsSame, typename Add>
  bool take(IsSame is_same, Add add) {
    const uint8_t* at = vars_.text.data;
    for (uint32_t i = 0; i < vars_.count; i++) {
      uint32_t key_length = vars_.lengths[2 * i];
      Bytes value = {at + key_length, value_length(i)};
      if (is_same(Bytes{at, key_length})) {
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

/// Writes variables one behind the other. What does not fit is counted and not written. A value that is passed on: bytes are written
/// through it, which could be its own as far as a compiler knows, if it had an address.
struct PacketWriter {
  uint8_t* out;
  size_t room;
  size_t at;  // bytes of the packet so far, had there been room

  GATEWIRE_INLINE void add(Piece key, Piece value) {
    if (__builtin_expect(!fits(key.bytes.size, value.bytes.size), 0)) return skip(key.bytes.size, value.bytes.size);
    add_length(key.bytes.size);
    add_bytes(key);
    add_length(value.bytes.size);
    add_bytes(value);
  }

  /// Variables that are encoded already.
  void add_block(Bytes block) {
    if (block.size > 0 && at + block.size <= room) copy_bytes(out + at, block.data, block.size);  // an empty block may have no address
    at += block.size;
  }

  GATEWIRE_INLINE bool fits(size_t key, size_t value) const { return at + 2 * kLengthBytes + key + value <= room; }
  GATEWIRE_INLINE void skip(size_t key, size_t value) { at += 2 * kLengthBytes + key + value; }

  GATEWIRE_INLINE void add_length(size_t length) {
    store16(out + at, length);
    at += kLengthBytes;
  }

  /// In whole blocks, as long as those may be read and written: so no branch depends on the length of a short value. What is written too
  /// much is written over by what follows.
  GATEWIRE_INLINE void add_bytes(Piece piece) {
    size_t size = piece.bytes.size;
    uint8_t* to = out + at;
    size_t blocks = (size + kBlock - 1) / kBlock * kBlock;
    if (__builtin_expect(blocks > kMostBlocks || blocks > piece.readable || blocks > room - at, 0)) {
      copy_bytes(to, piece.bytes.data, size);
    } else {
      for (size_t i = 0; i < blocks; i += kBlock) __builtin_memcpy(to + i, piece.bytes.data + i, kBlock);
    }
    at += size;
  }
};

/// Where no variable is replaced.
struct AsTheyAre {
  template <typename IsSame>
  GATEWIRE_INLINE bool replace(IsSame, PacketWriter&) const { return false; }
};

/// Writes what takes the place of a variable, if something does.
struct Replaced {
  Replacements& replacements;

  template <typename IsSame>
  bool replace(IsSame is_same, PacketWriter& writer) const {
    return replacements.take(is_same, [&](Bytes name, Bytes value) { writer.add(exactly(name), exactly(value)); });
  }
};

/// A variable of the head, unless it is replaced.
template <typename Rule>
GATEWIRE_INLINE void offer(Piece key, Piece value, const Rule& rule, PacketWriter& writer) {
  auto is_same = [&](Bytes name) { return name.size == key.bytes.size && equal_bytes(name.data, key.bytes.data, name.size); };
  if (!rule.replace(is_same, writer)) writer.add(key, value);
}

/// The variable that a field of no well-known name becomes. Its name is made where it is written.
template <typename Rule>
GATEWIRE_INLINE void offer_field(Bytes name, Piece value, const Rule& rule, PacketWriter& writer) {
  if (rule.replace([&](Bytes variable) { return is_variable_of(name, variable); }, writer)) return;
  size_t key_size = kHttpPrefixBytes + name.size;
  if (!writer.fits(key_size, value.bytes.size)) return writer.skip(key_size, value.bytes.size);
  writer.add_length(key_size);
  write_variable_name(name, writer.out + writer.at);
  writer.at += key_size;
  writer.add_length(value.bytes.size);
  writer.add_bytes(value);
}

/// The values of a head, wherever they stand.
class Values {
 public:
  Values(Bytes input, const uint8_t* text, const HeadIndex& index) : input_(input), text_(text), index_(index) {}

  GATEWIRE_INLINE Piece of(const VarRecord& record) const {
    size_t size = record.value_end - record.value;
    if (record.value_end > index_.byte_length) return exactly({text_ + record.value, size});
    return {{input_.data + record.value, size}, input_.size - record.value};
  }

 private:
  Bytes input_;
  const uint8_t* text_;
  const HeadIndex& index_;
};

/// The constants. Where some may be replaced, variable by variable; the caller has encoded them, so the lengths are right.
GATEWIRE_INLINE PacketWriter write_constants(Bytes block, const AsTheyAre&, PacketWriter writer) {
  writer.add_block(block);
  return writer;
}
PacketWriter write_constants(Bytes block, const Replaced& rule, PacketWriter writer) {
  for (size_t at = 0; at < block.size;) {
    Bytes key = {block.data + at + kLengthBytes, load16(block.data + at)};
    Bytes value = {key.data + key.size + kLengthBytes, load16(key.data + key.size)};
    offer(exactly(key), exactly(value), rule, writer);
    at += 2 * kLengthBytes + key.size + value.size;
  }
  return writer;
}

/// The constants have their place behind what the request line gives.
constexpr uint32_t kBeforeConstants = VAR_SERVER_PROTOCOL + 1;

template <typename Rule>
PacketWriter write_vars(Bytes input, const Values& values, const HeadIndex& index, uint32_t from, uint32_t to, const Rule& rule,
                        PacketWriter writer) {
  const NameId* ids = index.ids();
  for (uint32_t i = from; i < to; i++) {
    NameId id = ids[i];
    if (id == kNoVariable || id == kJoined) continue;
    const VarRecord& record = index.vars[i];
    if (id == NameId::none) {
      offer_field({input.data + record.key, record.key_length}, values.of(record), rule, writer);
    } else {
      offer(name_piece(id), values.of(record), rule, writer);
      if (i == VAR_REQUEST_URI) offer(name_piece(NameId::RAW_URI), values.of(record), rule, writer);
    }
  }
  return writer;
}

/// The whole packet but its header and what is added at the end.
template <typename Rule>
PacketWriter write_block(Bytes input, const Values& values, const HeadIndex& index, Bytes constants, const Rule& rule, PacketWriter writer) {
  writer = write_vars(input, values, index, 0, kBeforeConstants, rule, writer);
  writer = write_constants(constants, rule, writer);
  return write_vars(input, values, index, kBeforeConstants, index.var_count, rule, writer);
}

}  // namespace

EncodeResult write_request_packet(Bytes input, const uint8_t* text, const HeadIndex& index, const PacketOptions& options, uint8_t* out,
                                  size_t room) {
  Replacements replacements(options.replaced);
  EncodeFault fault = replacements.check();
  if (fault == EncodeFault::none && room < kPacketHeaderBytes) fault = EncodeFault::room;
  if (fault != EncodeFault::none) return {fault, 0, 0};
  Values values(input, text, index);
  PacketWriter writer = {out, room, kPacketHeaderBytes};
  if (replacements.empty()) {
    writer = write_block(input, values, index, options.constants, AsTheyAre{}, writer);
  } else {
    writer = write_block(input, values, index, options.constants, Replaced{replacements}, writer);
    replacements.rest([&](Bytes key, Bytes value) { writer.add(exactly(key), exactly(value)); });
  }
  if (writer.at > kPacketHeaderBytes + kMaxBlockBytes) return {EncodeFault::too_large, 0, 0};
  if (writer.at > room) return {EncodeFault::room, 0, 0};
  out[0] = options.modifier1;
  store16(out + 1, writer.at - kPacketHeaderBytes);
  out[3] = options.modifier2;
  return {EncodeFault::none, 0, writer.at};
}

}  // namespace gatewire
