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

/// The constants have their place behind what the request line gives.
constexpr uint32_t kBeforeConstants = VAR_SERVER_PROTOCOL + 1;

/// The bytes of a value, wherever it stands.
GATEWIRE_INLINE Bytes value_of(const VarRecord& record, Bytes input, const uint8_t* text, const HeadIndex& index) {
  return {(record.value_end > index.byte_length ? text : input.data) + record.value, record.value_end - record.value};
}

// --- the careful way: variables may be replaced, and room may be missing -----------------------------------------------------------------

/// Writes variables one behind the other. What does not fit is counted and not written.
class CarefulWriter {
 public:
  CarefulWriter(uint8_t* out, size_t room, Replacements& replacements) : out_(out), room_(room), replacements_(replacements) {}

  /// Bytes of the packet, had there been room.
  size_t size() const { return at_; }

  /// A variable of the head, unless it is replaced.
  void offer(Bytes key, Bytes value) {
    bool replaced = replace([&](Bytes name) { return name.size == key.size && equal_bytes(name.data, key.data, key.size); });
    if (!replaced) add(key, value);
  }

  /// The variable that a field of no well-known name becomes. Its name is made where it is written.
  void offer_field(Bytes name, Bytes value) {
    if (replace([&](Bytes variable) { return is_variable_of(name, variable); })) return;
    size_t key_size = kHttpPrefixBytes + name.size;
    if (!fits(key_size, value.size)) return skip(key_size, value.size);
    store16(out_ + at_, key_size);
    write_variable_name(name, out_ + at_ + kLengthBytes);
    at_ += kLengthBytes + key_size;
    add_sized(value);
  }

  void add(Bytes key, Bytes value) {
    if (!fits(key.size, value.size)) return skip(key.size, value.size);
    add_sized(key);
    add_sized(value);
  }

 private:
  bool fits(size_t key, size_t value) const { return at_ + 2 * kLengthBytes + key + value <= room_; }
  void skip(size_t key, size_t value) { at_ += 2 * kLengthBytes + key + value; }
  template <typename IsSame>
  bool replace(IsSame is_same) {
    return replacements_.take(is_same, [&](Bytes name, Bytes value) { add(name, value); });
  }
  void add_sized(Bytes bytes) {
    store16(out_ + at_, bytes.size);
    if (bytes.size > 0) copy_bytes(out_ + at_ + kLengthBytes, bytes.data, bytes.size);  // what is empty may have no address
    at_ += kLengthBytes + bytes.size;
  }

  uint8_t* out_;
  size_t room_;
  size_t at_ = kPacketHeaderBytes;
  Replacements& replacements_;
};

/// The constants, variable by variable. The caller has encoded them, so the lengths are right.
void offer_block(Bytes block, CarefulWriter& writer) {
  for (size_t at = 0; at < block.size;) {
    Bytes key = {block.data + at + kLengthBytes, load16(block.data + at)};
    Bytes value = {key.data + key.size + kLengthBytes, load16(key.data + key.size)};
    writer.offer(key, value);
    at += 2 * kLengthBytes + key.size + value.size;
  }
}

void offer_vars(Bytes input, const uint8_t* text, const HeadIndex& index, uint32_t from, uint32_t to, CarefulWriter& writer) {
  for (uint32_t i = from; i < to; i++) {
    NameId id = index.ids()[i];
    if (id == kNoVariable || id == kJoined) continue;
    const VarRecord& record = index.vars[i];
    Bytes value = value_of(record, input, text, index);
    if (id == NameId::none) writer.offer_field({input.data + record.key, record.key_length}, value);
    else writer.offer(name_of(id), value);
    if (i == VAR_REQUEST_URI) writer.offer(name_of(NameId::RAW_URI), value);
  }
}

/// The size of the packet, had there been room.
size_t write_carefully(Bytes input, const uint8_t* text, const HeadIndex& index, Bytes constants, Replacements& replacements, uint8_t* out,
                       size_t room) {
  CarefulWriter writer(out, room, replacements);
  offer_vars(input, text, index, 0, kBeforeConstants, writer);
  offer_block(constants, writer);
  offer_vars(input, text, index, kBeforeConstants, index.var_count, writer);
  replacements.rest([&](Bytes key, Bytes value) { writer.add(key, value); });
  return writer.size();
}

// --- the usual way: nothing is replaced, and there is room for whatever the head may become ---------------------------------------------

/// A well-known name as it stands in a packet: its length, then its bytes. Copied as a whole, whatever its length.
struct EncodedName {
  uint8_t size;  // of what counts
  uint8_t bytes[47];
};

template <size_t N>
consteval EncodedName encoded(const char (&name)[N]) {
  static_assert(kLengthBytes + N - 1 <= sizeof(EncodedName::bytes));
  EncodedName result = {kLengthBytes + N - 1, {static_cast<uint8_t>(N - 1)}};
  for (size_t i = 0; i < N - 1; i++) result.bytes[kLengthBytes + i] = static_cast<uint8_t>(name[i]);
  return result;
}

constexpr EncodedName kEncodedNames[] = {
    {},
#define GATEWIRE_NAME(name) encoded(#name),
    GATEWIRE_NAMES(GATEWIRE_NAME)
#undef GATEWIRE_NAME
};

/// What a packet has at most for each byte of the head: the target comes up to three times, and a field line of 4 bytes, its end
/// included, becomes a variable of 10. For the rest: the names of what the request line gives, and what is written too much at the end.
constexpr size_t kMostPerByte = 3;
constexpr size_t kMostBeside = 512;

/// Values are copied in blocks of this size, so that few branches depend on their lengths; what is written too much is written over by
/// what follows. Beyond some of them, the copy of the system is better.
constexpr size_t kBlock = 32;
constexpr size_t kMostBlocks = 512;
static_assert(kBlock + sizeof(EncodedName::bytes) < kMostBeside / 2);

/// Writes variables without looking for the end. A value that is passed on: bytes are written through it, which could be its own as far as
/// a compiler knows, if it had an address.
struct RoomyWriter {
  Bytes input;
  const uint8_t* text;
  size_t byte_length;
  uint8_t* to;

  GATEWIRE_INLINE void add_name(NameId id) {
    const EncodedName& name = kEncodedNames[static_cast<uint32_t>(id)];
    __builtin_memcpy(to, name.bytes, sizeof name.bytes);
    to += name.size;
  }

  GATEWIRE_INLINE void add_field_name(const VarRecord& record) {
    store16(to, kHttpPrefixBytes + record.key_length);
    if (record.key_length <= kBlock && record.key + kBlock <= input.size) {
      uint8_t* out = to + kLengthBytes;
      copy_bytes(out, "HTTP_", kHttpPrefixBytes);
      write_variable_block(input.data + record.key, out + kHttpPrefixBytes);
      write_variable_block(input.data + record.key + kBlock / 2, out + kHttpPrefixBytes + kBlock / 2);
    } else {
      write_variable_name({input.data + record.key, record.key_length}, to + kLengthBytes);
    }
    to += kLengthBytes + kHttpPrefixBytes + record.key_length;
  }

  GATEWIRE_INLINE void add_value(const VarRecord& record) {
    size_t size = record.value_end - record.value;
    store16(to, size);
    uint8_t* out = to + kLengthBytes;
    to = out + size;
    bool blocks = size <= kMostBlocks && record.value_end + kBlock <= input.size && record.value_end <= byte_length;
    if (__builtin_expect(!blocks, 0)) {
      copy_bytes(out, (record.value_end > byte_length ? text : input.data) + record.value, size);
      return;
    }
    const uint8_t* from = input.data + record.value;
    do {
      __builtin_memcpy(out, from, kBlock);
      out += kBlock;
      from += kBlock;
    } while (out < to);
  }
};

bool is_roomy(const HeadIndex& index, const PacketOptions& options, size_t room) {
  return options.replaced.count == 0 && room >= kMostPerByte * size_t{index.byte_length} + options.constants.size + kMostBeside;
}

/// The whole packet but its header.
uint8_t* write_roomy(Bytes input, const uint8_t* text, const HeadIndex& index, Bytes constants, uint8_t* out) {
  RoomyWriter writer = {input, text, index.byte_length, out};
  const NameId* ids = index.ids();
  for (uint32_t i = 0; i < kBeforeConstants; i++) {
    writer.add_name(ids[i]);
    writer.add_value(index.vars[i]);
    if (i != VAR_REQUEST_URI) continue;
    writer.add_name(NameId::RAW_URI);
    writer.add_value(index.vars[i]);
  }
  if (constants.size > 0) copy_bytes(writer.to, constants.data, constants.size);  // what is empty may have no address
  writer.to += constants.size;
  for (uint32_t i = kBeforeConstants; i < index.var_count; i++) {
    NameId id = ids[i];
    if (id == kNoVariable || id == kJoined) continue;
    if (id == NameId::none) writer.add_field_name(index.vars[i]);
    else writer.add_name(id);
    writer.add_value(index.vars[i]);
  }
  return writer.to;
}

constexpr size_t kMostPacketBytes = kPacketHeaderBytes + kMaxBlockBytes;

}  // namespace

EncodeResult write_request_packet(Bytes input, const uint8_t* text, const HeadIndex& index, const PacketOptions& options, uint8_t* out,
                                  size_t room) {
  Replacements replacements(options.replaced);
  EncodeFault fault = replacements.check();
  if (fault == EncodeFault::none && room < kPacketHeaderBytes) fault = EncodeFault::room;
  if (fault != EncodeFault::none) return {fault, 0, 0};
  size_t size = is_roomy(index, options, room)
                    ? static_cast<size_t>(write_roomy(input, text, index, options.constants, out + kPacketHeaderBytes) - out)
                    : write_carefully(input, text, index, options.constants, replacements, out, room);
  if (size > kMostPacketBytes) return {EncodeFault::too_large, 0, 0};
  if (size > room) return {EncodeFault::room, 0, 0};
  out[0] = options.modifier1;
  store16(out + 1, size - kPacketHeaderBytes);
  out[3] = options.modifier2;
  return {EncodeFault::none, 0, size};
}

}  // namespace gatewire
