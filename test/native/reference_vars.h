// The walk over a vars block and over an array, written a second time as plainly as possible, to compare the core with. Shares no
// code with it: it eats the block from the front, byte by byte where it reads a number.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "core/status.h"

namespace gatewire::test {

/// The part of a payload that is not eaten yet, and where in the packet it begins.
struct Remainder {
  std::string_view rest;
  size_t offset;

  std::optional<size_t> number() {
    if (rest.size() < 2) return std::nullopt;
    size_t value = static_cast<unsigned char>(rest[0]) + 256 * static_cast<unsigned char>(rest[1]);
    eat(2);
    return value;
  }
  std::optional<std::string_view> bytes(size_t count) {
    if (count > rest.size()) return std::nullopt;
    std::string_view front = rest.substr(0, count);
    eat(count);
    return front;
  }
  void eat(size_t count) {
    rest.remove_prefix(count);
    offset += count;
  }
};

struct ReferenceVar {
  std::string_view key;
  std::string_view value;
  size_t key_offset;
  size_t value_offset;
};

/// `refusal` is none when the block is well-formed. `vars` holds what came before the fault.
struct ReferenceVars {
  std::vector<ReferenceVar> vars;
  Refusal refusal = Refusal::none;
  size_t offset = 0;
};

/// `block` without the header; offsets count from the start of the packet.
inline ReferenceVars reference_vars(std::string_view block, size_t max_vars) {
  ReferenceVars result;
  Remainder left = {block, 4};
  auto refused = [&](Refusal refusal, size_t offset) {
    result.refusal = refusal;
    result.offset = offset;
    return result;
  };
  while (!left.rest.empty()) {
    size_t start = left.offset;
    std::optional<size_t> key_length = left.number();
    if (!key_length) return refused(Refusal::ERR_UWSGI_KEY_LENGTH_TRUNCATED, start);
    if (*key_length == 0) return refused(Refusal::ERR_UWSGI_EMPTY_KEY, start);
    size_t key_offset = left.offset;
    std::optional<std::string_view> key = left.bytes(*key_length);
    if (!key) return refused(Refusal::ERR_UWSGI_KEY_OVERRUN, start);
    size_t value_start = left.offset;
    std::optional<size_t> value_length = left.number();
    if (!value_length) return refused(Refusal::ERR_UWSGI_VALUE_LENGTH_TRUNCATED, value_start);
    if (result.vars.size() == max_vars) return refused(Refusal::ERR_UWSGI_TOO_MANY_VARS, start);
    size_t value_offset = left.offset;
    std::optional<std::string_view> value = left.bytes(*value_length);
    if (!value) return refused(Refusal::ERR_UWSGI_VALUE_OVERRUN, value_start);
    result.vars.push_back({*key, *value, key_offset, value_offset});
  }
  return result;
}

struct ReferenceItem {
  std::string_view bytes;
  size_t offset;
};

struct ReferenceArray {
  std::vector<ReferenceItem> items;
  Refusal refusal = Refusal::none;
  size_t offset = 0;
};

inline ReferenceArray reference_array(std::string_view block) {
  ReferenceArray result;
  Remainder left = {block, 4};
  while (!left.rest.empty()) {
    size_t start = left.offset;
    std::optional<size_t> length = left.number();
    std::optional<std::string_view> item = length ? left.bytes(*length) : std::nullopt;
    if (!item) {
      result.refusal = length ? Refusal::ERR_UWSGI_ITEM_OVERRUN : Refusal::ERR_UWSGI_ITEM_LENGTH_TRUNCATED;
      result.offset = start;
      return result;
    }
    result.items.push_back({*item, start + 2});
  }
  return result;
}

}  // namespace gatewire::test
