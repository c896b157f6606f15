// All that decode_packet decides, decided a second time on top of reference_vars.h: limits, names by linear search, framing. For
// comparing; nothing here is fast.
#pragma once
#include <stdlib.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "decoded_packet.h"
#include "reference_vars.h"

namespace gatewire::test {

/// The well-known names by id; number 0 is no name.
inline const std::vector<std::string_view>& listed_names() {
  static const std::vector<std::string_view> names = {
      "",
#define GATEWIRE_NAME(name) #name,
      GATEWIRE_NAMES(GATEWIRE_NAME)
#undef GATEWIRE_NAME
  };
  return names;
}

inline NameId reference_name(std::string_view key) {
  const auto& names = listed_names();
  for (size_t i = 1; i < names.size(); i++) {
    if (names[i] == key) return static_cast<NameId>(i);
  }
  return NameId::none;
}

/// The modifiers of the uwsgi documentation whose payload is followed by content and answered over HTTP.
inline bool reference_is_request(unsigned modifier1) {
  const std::string_view known = ",0,5,6,7,8,9,11,14,15,18,19,23,24,25,26,27,28,30,35,250,";
  return known.find("," + std::to_string(modifier1) + ",") != std::string_view::npos;
}

/// A content length, or where it goes wrong: 0 to 19 digits, no sign, no blank; at most 2^53-1.
inline Verdict reference_content_length(std::string_view value, uint64_t& length) {
  size_t bad = std::min(value.find_first_not_of("0123456789"), value.size() > 19 ? size_t{19} : std::string_view::npos);
  length = 0;
  if (bad != std::string_view::npos) return refuse(Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, bad);
  length = strtoull(std::string(value).c_str(), nullptr, 10);
  return length <= 9007199254740991u ? complete() : refuse(Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, 0);
}

inline DecodedPacket reference_packet(std::string_view input, const Limits& limits) {
  DecodedPacket result;
  auto refused = [](Refusal refusal, size_t offset) {
    DecodedPacket refusing;
    refusing.verdict = refuse(refusal, offset);
    return refusing;
  };
  if (input.size() < 4) return result;
  size_t datasize = static_cast<unsigned char>(input[1]) + 256 * static_cast<unsigned char>(input[2]);
  if (datasize > limits.max_packet_bytes) return refused(Refusal::ERR_UWSGI_PACKET_TOO_LARGE, 1);
  if (input.size() < 4 + datasize) return result;
  ReferenceVars block = reference_vars(input.substr(4, datasize), limits.max_vars);
  if (block.refusal != Refusal::none) return refused(block.refusal, block.offset);
  result.verdict = complete();
  result.byte_length = static_cast<uint32_t>(4 + datasize);
  result.modifier1 = static_cast<uint8_t>(input[0]);
  result.modifier2 = static_cast<uint8_t>(input[3]);
  bool seen = false;
  for (const ReferenceVar& var : block.vars) {
    result.vars.push_back({reference_name(var.key), static_cast<uint32_t>(var.key_offset), static_cast<uint32_t>(var.key.size()),
                           static_cast<uint32_t>(var.value_offset), static_cast<uint32_t>(var.value_offset + var.value.size())});
    if (var.key != "CONTENT_LENGTH" || !reference_is_request(result.modifier1)) continue;
    uint64_t length;
    Verdict verdict = reference_content_length(var.value, length);
    if (verdict.outcome == Outcome::refused) return refused(verdict.refusal, var.value_offset + verdict.offset);
    if (seen && length != result.content_length) return refused(Refusal::ERR_UWSGI_CONTENT_LENGTH_CONFLICT, var.value_offset);
    if (length > limits.max_content_bytes) return refused(Refusal::ERR_UWSGI_CONTENT_TOO_LARGE, var.value_offset);
    result.content_length = length;
    seen = true;
  }
  result.framing = result.content_length == 0 ? FramingKind::none : FramingKind::length;
  return result;
}

}  // namespace gatewire::test
