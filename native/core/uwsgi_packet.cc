// See uwsgi_packet.h for the format. Every size is compared as "what is left", in size_t, so that no sum can wrap.
#include "uwsgi_packet.h"

#include "framing.h"
#include "kernel.h"
#include "shape_follower.h"

namespace gatewire {
namespace {

// modifier1 of the requests: WSGI 0, PSGI 5, Lua 6, Rack 7, JVM 8, CGI 9, Go 11, PHP 14, Mono 15, symcall 18, SSI 19, XSLT 23, V8 24,
// GridFS 25, 26 and 27 (GlusterFS, fast functions), Rados 28, WSGI with SCRIPT_NAME 30, WebDAV 35, C++ 250.
constexpr uint8_t kRequestModifiers[] = {0, 5, 6, 7, 8, 9, 11, 14, 15, 18, 19, 23, 24, 25, 26, 27, 28, 30, 35, 250};

struct ModifierSet {
  bool request[256];
};

consteval ModifierSet make_modifier_set() {
  ModifierSet set = {};
  for (uint8_t modifier : kRequestModifiers) set.request[modifier] = true;
  return set;
}

constexpr ModifierSet kModifierSet = make_modifier_set();

/// Header and payload size; incomplete until the whole packet is there, so that nobody looks at half a block.
Verdict find_end(Bytes input, const Limits& limits, size_t& end) {
  if (input.size < kPacketHeaderBytes) return incomplete();
  size_t datasize = pin(load16(input.data + 1));
  if (datasize > limits.max_packet_bytes) return refuse(Refusal::ERR_UWSGI_PACKET_TOO_LARGE, 1);
  if (input.size - kPacketHeaderBytes < datasize) return incomplete();
  end = kPacketHeaderBytes + datasize;
  return complete();
}

constexpr size_t kBothLengths = 2 * kLengthBytes;

/// Why the variable at `at` is refused: its key and the length of its value do not fit into the rest of the block.
__attribute__((noinline)) Verdict refuse_var(const uint8_t* data, size_t at, size_t end) {
  if (end - at < kLengthBytes) return refuse(Refusal::ERR_UWSGI_KEY_LENGTH_TRUNCATED, at);
  size_t key_length = load16(data + at);
  size_t key = at + kLengthBytes;
  if (key_length == 0) return refuse(Refusal::ERR_UWSGI_EMPTY_KEY, at);
  if (end - key < key_length) return refuse(Refusal::ERR_UWSGI_KEY_OVERRUN, at);
  return refuse(Refusal::ERR_UWSGI_VALUE_LENGTH_TRUNCATED, key + key_length);
}

Verdict walk_vars(Bytes input, size_t end, uint32_t max_vars, HeadIndex& index, ShapeFollower& follower) {
  const uint8_t* data = input.data;
  Walk walk = {kPacketHeaderBytes, 0};
  while (walk.at < end) {
    if (const Shape* shape = follower.followed()) {
      walk = kernel().follow_shape(input, end, *shape, max_vars, index.vars, walk);
      if (walk.at == end) break;
    }
    size_t at = walk.at;
    if (end - at <= kBothLengths) return refuse_var(data, at, end);
    size_t room = end - at - kBothLengths;
    uint32_t key_length = pin(load16(data + at));
    // One test for 0 < key_length <= room: an empty key wraps around.
    if (size_t{key_length} - 1 >= room) return refuse_var(data, at, end);
    if (walk.count == max_vars) return refuse(Refusal::ERR_UWSGI_TOO_MANY_VARS, at);
    size_t key = at + kLengthBytes;
    follower.take(walk.count, data + key, key_length, input.size - key);
    size_t value = key + key_length + kLengthBytes;
    uint32_t value_length = pin(load16(data + value - kLengthBytes));
    if (end - value < value_length) return refuse(Refusal::ERR_UWSGI_VALUE_OVERRUN, value - kLengthBytes);
    walk.at = value + value_length;
    index.vars[walk.count++] = {static_cast<uint32_t>(key), key_length, static_cast<uint32_t>(value), static_cast<uint32_t>(walk.at)};
  }
  index.var_count = walk.count;
  return complete();
}

/// All that a key of a packet can say is that it is a well-known one.
void read_keys(Bytes input, uint32_t, HeadIndex& index) {
  NameId* ids = index.ids();
  index.facts = {};
  kernel().find_names(input, index.keys, index.key_count, ids);
  for (uint32_t i = 0; i < index.key_count; i++) {
    if (ids[i] == NameId::CONTENT_LENGTH) index.facts.add(KeyRole::content_length, i);
  }
}

// Absent, "" and "0" are all "no content": front ends use each of them. Two that differ as numbers are a smuggling attempt.
Verdict decide_framing(Bytes input, const Limits& limits, HeadIndex& index) {
  const KeyPositions& positions = index.facts.of(KeyRole::content_length);
  bool seen = false;
  for (uint32_t i = positions.first; i <= positions.last && positions.count > 0; i++) {
    if (index.ids()[i] != NameId::CONTENT_LENGTH) continue;
    const VarRecord& record = index.vars[i];
    uint64_t length;
    Verdict verdict = parse_content_length({input.data + record.value, record.value_end - record.value}, length);
    if (verdict.outcome == Outcome::refused) return refuse(verdict.refusal, record.value + verdict.offset);
    if (seen && length != index.content_length) return refuse(Refusal::ERR_UWSGI_CONTENT_LENGTH_CONFLICT, record.value);
    if (length > limits.max_content_bytes) return refuse(Refusal::ERR_UWSGI_CONTENT_TOO_LARGE, record.value);
    index.content_length = length;
    seen = true;
  }
  index.framing = index.content_length > 0 ? FramingKind::length : FramingKind::none;
  return complete();
}

}  // namespace

bool is_request_modifier(uint8_t modifier1) { return kModifierSet.request[modifier1]; }

Verdict decode_packet(Bytes input, const Limits& limits, ShapeTable& shapes, HeadIndex& index) {
  size_t end = 0;
  Verdict verdict = find_end(input, limits, end);
  if (verdict.outcome != Outcome::complete) return verdict;
  ShapeFollower follower(shapes, kPacketVariant);
  verdict = walk_vars(input, end, limits.max_vars < index.var_room ? limits.max_vars : index.var_room, index, follower);
  if (verdict.outcome != Outcome::complete) return verdict;
  index.keys = index.vars;
  index.key_count = index.var_count;
  index.byte_length = static_cast<uint32_t>(end);
  index.modifier1 = input.data[0];
  index.modifier2 = input.data[3];
  index.framing = FramingKind::none;
  index.content_length = 0;
  identify_shape(shapes, input, kPacketVariant, follower.finish(index.key_count), read_keys, index);
  return is_request_modifier(index.modifier1) ? decide_framing(input, limits, index) : complete();
}

Verdict decode_array(Bytes input, const Limits& limits, uint32_t* items, uint32_t& item_count, uint32_t& byte_length) {
  size_t end = 0;
  Verdict verdict = find_end(input, limits, end);
  if (verdict.outcome != Outcome::complete) return verdict;
  uint32_t count = 0;
  for (size_t at = kPacketHeaderBytes; at < end;) {
    if (end - at < 2) return refuse(Refusal::ERR_UWSGI_ITEM_LENGTH_TRUNCATED, at);
    size_t length = pin(load16(input.data + at));
    size_t item = at + 2;
    if (end - item < length) return refuse(Refusal::ERR_UWSGI_ITEM_OVERRUN, at);
    at = item + length;
    items[2 * count] = static_cast<uint32_t>(item);
    items[2 * count + 1] = static_cast<uint32_t>(at);
    count++;
  }
  item_count = count;
  byte_length = static_cast<uint32_t>(end);
  return complete();
}

namespace {

/// Checks lengths before anything is written; the result is the size of the packet. `beside`: bytes of the payload that are no parts.
EncodeResult measure(Bytes text, const uint32_t* lengths, size_t count, size_t beside, size_t room) {
  size_t used = 0;
  size_t block = beside;
  for (size_t i = 0; i < count; i++) {
    uint32_t part = static_cast<uint32_t>(i);
    if (lengths[i] > kMaxBlockBytes) return {EncodeFault::too_large, part, 0};
    used += lengths[i];
    block += kLengthBytes + lengths[i];
    if (block > kMaxBlockBytes) return {EncodeFault::too_large, part, 0};
  }
  if (used != text.size) return {EncodeFault::lengths_disagree, 0, 0};
  if (room < kPacketHeaderBytes + block) return {EncodeFault::room, 0, 0};
  return {EncodeFault::none, 0, kPacketHeaderBytes + block};
}

void write_header(uint8_t* out, size_t size, uint8_t modifier1, uint8_t modifier2) {
  out[0] = modifier1;
  store16(out + 1, size - kPacketHeaderBytes);
  out[3] = modifier2;
}

}  // namespace

EncodeFault make_packet_form(FormTable& table, Bytes text, const uint32_t* lengths, size_t count, bool keep, MadeForm& made) {
  size_t used = 0;
  size_t keys = 0;
  for (size_t i = 0; i < count; i++) {
    bool is_value = i > 0 && is_value_of_form(lengths[i]) && !is_value_of_form(lengths[i - 1]);
    uint32_t length = is_value ? lengths[i] - kValueOfForm : lengths[i];
    if (length == 0 && !is_value) return EncodeFault::empty_key;
    if (length > kMaxBlockBytes) return EncodeFault::too_large;
    used += length;
    keys += is_value ? 0 : 1;
    if (used + kBothLengths * keys > kMaxBlockBytes) return EncodeFault::too_large;
  }
  if (used != text.size) return EncodeFault::lengths_disagree;
  FormMaker maker(table);
  Bytes rest = text;
  for (size_t i = 0; i < count; i++) {
    size_t length = lengths[i] & ~kValueOfForm;
    uint8_t encoded[kValueBlock] = {};  // a whole block, so that it is copied as one
    store16(encoded, length);
    maker.add({encoded, kLengthBytes}, sizeof encoded);
    maker.add({rest.data, length}, rest.size);
    bool is_filled_in = !is_value_of_form(lengths[i]) && (i + 1 == count || !is_value_of_form(lengths[i + 1]));
    if (is_filled_in) maker.end_piece();
    rest = {rest.data + length, rest.size - length};
  }
  made = maker.finish(0, keep);
  return EncodeFault::none;
}

EncodeResult encode_vars(const FormTable& table, uint32_t form_number, Bytes text, const uint32_t* lengths, size_t count, uint8_t modifier1,
                         uint8_t modifier2, uint8_t* out, size_t room) {
  const Form* form = form_of(table, form_number);
  if (form == nullptr || form->blanks != count) return {EncodeFault::lengths_disagree, 0, 0};
  EncodeResult result = measure(text, lengths, count, form->bytes, room);
  if (result.fault != EncodeFault::none) return result;
  write_header(out, result.written, modifier1, modifier2);
  FormFiller filler(table, *form, out + kPacketHeaderBytes, result.written - kPacketHeaderBytes);
  Bytes rest = text;
  for (size_t i = 0; i < count; i++) {
    size_t length = lengths[i];
    filler.add_piece();
    store16(filler.to, length);
    filler.to += kLengthBytes;
    filler.add_value({rest.data, length}, rest.size);
    rest = {rest.data + length, rest.size - length};
  }
  filler.add_piece();
  return result;
}

EncodeResult encode_array(Bytes text, const uint32_t* lengths, size_t count, uint8_t modifier1, uint8_t modifier2, uint8_t* out,
                          size_t room) {
  EncodeResult result = measure(text, lengths, count, 0, room);
  if (result.fault != EncodeFault::none) return result;
  write_header(out, result.written, modifier1, modifier2);
  uint8_t* to = out + kPacketHeaderBytes;
  const uint8_t* item = text.data;
  for (size_t i = 0; i < count; i++) {
    store16(to, lengths[i]);
    to += kLengthBytes;
    if (lengths[i] > 0) copy_bytes(to, item, lengths[i]);  // an empty text may have no address
    to += lengths[i];
    item += lengths[i];
  }
  return result;
}

}  // namespace gatewire
