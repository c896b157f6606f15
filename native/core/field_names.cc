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

KeyRole role_of(Bytes name) {
  switch (name.size) {
    case 4: return is_name(name, "host") ? KeyRole::host : KeyRole::count;
    case 6: return is_name(name, "expect") ? KeyRole::expect : KeyRole::count;
    case 7: return is_name(name, "upgrade") ? KeyRole::upgrade : KeyRole::count;
    case 10: return is_name(name, "connection") ? KeyRole::connection : KeyRole::count;
    case 12: return is_name(name, "content-type") ? KeyRole::content_type : KeyRole::count;
    case 14: return is_name(name, "content-length") ? KeyRole::content_length : KeyRole::count;
    case 17: return is_name(name, "transfer-encoding") ? KeyRole::transfer_encoding : KeyRole::count;
    default: return KeyRole::count;
  }
}

NameId variable_of(Bytes name) {
  if (name.size > kMaxKnownBytes) return NameId::none;
  uint8_t variable[kHttpPrefixBytes + kMaxKnownBytes];
  write_variable_name(name, variable);
  return find_name(variable, static_cast<uint32_t>(kHttpPrefixBytes + name.size));
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

FieldName classify_field_name(Bytes name, bool keep_underscores) {
  bool underscore = find_byte(name.data, 0, name.size, '_') < name.size;
  KeyRole role = underscore ? KeyRole::count : role_of(name);
  if (role == KeyRole::content_type) return {NameId::CONTENT_TYPE, role, false};
  // Host and Content-Length have records of their own, and chunked coding is gone when anybody sees the content. "Proxy" would be
  // HTTP_PROXY, which many programs take for the proxy that they should use (CVE-2016-5385).
  bool hidden = role == KeyRole::host || role == KeyRole::content_length || role == KeyRole::transfer_encoding || is_name(name, "proxy");
  if (hidden || (underscore && !keep_underscores)) return {kNoVariable, role, underscore};
  NameId id = variable_of(name);
  bool reserved = id == NameId::HTTP_CONTENT_LENGTH || id == NameId::HTTP_CONTENT_TYPE || id == NameId::HTTP_TRANSFER_ENCODING;
  return {reserved ? kNoVariable : id, role, underscore};
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
