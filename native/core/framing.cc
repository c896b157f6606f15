// CONTENT_LENGTH as a number. See framing.h for the grammar.
#include "framing.h"

#include "limits.h"

namespace gatewire {
namespace {
// 19 digits always fit into 64 bits; a 20th could overflow, and no content needs it.
constexpr size_t kMaxDigits = 19;
}  // namespace

Verdict parse_content_length(Bytes value, uint64_t& length) {
  length = 0;
  for (size_t i = 0; i < value.size; i++) {
    uint32_t digit = value.data[i] - uint32_t{'0'};
    if (digit > 9 || i == kMaxDigits) return refuse(Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, i);
    length = length * 10 + digit;
  }
  if (length > kMaxContentLength) return refuse(Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, 0);
  return complete();
}

}  // namespace gatewire
