// See field_names.h for the rules.
#include "field_names.h"

#include "grammar.h"

namespace gatewire {
namespace {

/// The byte that a byte of a field name becomes in the name of its variable.
uint8_t variable_byte(uint8_t byte) {
  if (byte >= 'a' && byte <= 'z') return byte & 0xDF;
  return byte == '-' ? uint8_t{'_'} : byte;
}

// Longer names are not well known: the longest one is HTTP_UPGRADE_INSECURE_REQUESTS.
constexpr size_t kMaxKnownBytes = 32;

NameId variable_of(Bytes name) {
  if (name.size > kMaxKnownBytes) return NameId::none;
  uint8_t variable[kHttpPrefixBytes + kMaxKnownBytes];
  write_variable_name(name, variable);
  return find_name({variable, kHttpPrefixBytes + name.size});
}

consteval FieldTable make_field_table() {
  FieldTable table = {};
  for (uint32_t i = 0; i < 256; i++) table.of[i] = {static_cast<NameId>(i), KeyRole::count, false};
  auto set = [&](NameId variable, NameId id, KeyRole role) { table.of[static_cast<uint32_t>(variable)] = {id, role, false}; };
  // Host and Content-Length have records of their own, and chunked coding is gone when anybody sees the content.
  set(NameId::HTTP_HOST, kNoVariable, KeyRole::host);
  set(NameId::HTTP_CONTENT_LENGTH, kNoVariable, KeyRole::content_length);
  set(NameId::HTTP_TRANSFER_ENCODING, kNoVariable, KeyRole::transfer_encoding);
  set(NameId::HTTP_CONTENT_TYPE, NameId::CONTENT_TYPE, KeyRole::content_type);
  set(NameId::HTTP_CONNECTION, NameId::HTTP_CONNECTION, KeyRole::connection);
  set(NameId::HTTP_EXPECT, NameId::HTTP_EXPECT, KeyRole::expect);
  set(NameId::HTTP_UPGRADE, NameId::HTTP_UPGRADE, KeyRole::upgrade);
  return table;
}

}  // namespace

void write_variable_name(Bytes name, uint8_t* out) {
  copy_bytes(out, "HTTP_", kHttpPrefixBytes);
  for (size_t i = 0; i < name.size; i++) out[kHttpPrefixBytes + i] = variable_byte(name.data[i]);
}

bool is_variable_of(Bytes name, Bytes variable) {
  if (variable.size != kHttpPrefixBytes + name.size || !equal_bytes(variable.data, "HTTP_", kHttpPrefixBytes)) return false;
  for (size_t i = 0; i < name.size; i++) {
    if (variable_byte(name.data[i]) != variable.data[kHttpPrefixBytes + i]) return false;
  }
  return true;
}

int compare_variables(Bytes a, Bytes b) {
  if (a.size != b.size) return a.size < b.size ? -1 : 1;
  for (size_t i = 0; i < a.size; i++) {
    int difference = variable_byte(a.data[i]) - variable_byte(b.data[i]);
    if (difference != 0) return difference;
  }
  return 0;
}

constexpr FieldTable kFields = make_field_table();

FieldName classify_field_name(Bytes name, bool keep_underscores) {
  bool underscore = find_byte(name.data, 0, name.size, '_') < name.size;
  if (!underscore) return kFields.of[static_cast<uint32_t>(find_field_name(name))];
  NameId id = keep_underscores ? variable_of(name) : kNoVariable;
  bool reserved = id == NameId::HTTP_CONTENT_LENGTH || id == NameId::HTTP_CONTENT_TYPE || id == NameId::HTTP_TRANSFER_ENCODING;
  return {reserved ? kNoVariable : id, KeyRole::count, true};
}

uint32_t FieldGroups::first_of(Bytes input, const VarRecord* keys, uint32_t position) {
  auto name_at = [&](uint32_t i) { return Bytes{input.data + keys[i].key, keys[i].key_length}; };
  Bytes name = name_at(position);
  uint32_t from = 0;
  for (uint32_t to = count_; from < to;) {
    uint32_t middle = (from + to) / 2;
    int order = compare_variables(name, name_at(ordered_[middle]));
    if (order == 0) return ordered_[middle];
    if (order < 0) to = middle;
    else from = middle + 1;
  }
  for (uint32_t i = count_++; i > from; i--) ordered_[i] = ordered_[i - 1];
  ordered_[from] = static_cast<uint16_t>(position);
  return position;
}

}  // namespace gatewire
