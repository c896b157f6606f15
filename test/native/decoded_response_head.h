// What decode_response_head says of one input, in one call or in many, as a value that can be compared and shown. Shared by the unit
// tests and the fuzz target.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "core/response_head.h"
#include "exact_block.h"
#include "verdicts.h"

namespace gatewire::test {

/// All but the verdict is zero unless the head is complete.
struct DecodedResponseHead {
  Verdict verdict = incomplete();
  size_t size = 0;
  uint32_t status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> fields;
  bool has_content_length = false;
  uint64_t content_length = 0;

  bool operator==(const DecodedResponseHead&) const = default;
};

/// A decoder of one head, called with more and more of it.
class ResponseHeadDecoder {
 public:
  /// `input` holds all bytes that have come so far; a longer one each time.
  Verdict read(Bytes input, bool ended) {
    // A heap block of just as many records as can be written, so that a sanitizer sees one more.
    static FieldRecord* records = new FieldRecord[kMaxResponseFields];
    uint32_t count = 0;
    Verdict verdict = decode_response_head(input, ended, head_, records, count);
    auto text = [&](uint32_t from, uint32_t to) { return std::string(reinterpret_cast<const char*>(input.data) + from, to - from); };
    for (uint32_t i = 0; i < count; i++) {
      fields_.emplace_back(text(records[i].name, records[i].name_end), text(records[i].value, records[i].value_end));
    }
    if (verdict.outcome == Outcome::complete) reason_ = text(head_.reason, head_.reason_end);
    return verdict;
  }

  DecodedResponseHead result(const Verdict& verdict) const {
    DecodedResponseHead seen;
    seen.verdict = verdict;
    if (verdict.outcome != Outcome::complete) return seen;
    seen.size = head_.line;
    seen.status = head_.status;
    seen.reason = reason_;
    seen.fields = fields_;
    seen.has_content_length = head_.has_content_length != 0;
    seen.content_length = head_.content_length;
    return seen;
  }

 private:
  ResponseHead head_ = {};
  std::vector<std::pair<std::string, std::string>> fields_;
  std::string reason_;
};

inline DecodedResponseHead decode_whole(Bytes input, bool ended = false) {
  ResponseHeadDecoder decoder;
  return decoder.result(decoder.read(input, ended));
}

/// Each call sees `step` bytes more, in a heap block of just what has come, until the verdict is there or nothing is left.
inline DecodedResponseHead decode_in_steps(std::string_view input, size_t step, bool ended = false) {
  ResponseHeadDecoder decoder;
  for (size_t come = step < input.size() ? step : input.size();; come = come + step < input.size() ? come + step : input.size()) {
    ExactBlock block(input.substr(0, come));
    Verdict verdict = decoder.read(block.bytes(), ended && come == input.size());
    if (verdict.outcome != Outcome::incomplete || come == input.size()) return decoder.result(verdict);
  }
}

inline std::string shown(const DecodedResponseHead& head) {
  std::string text = shown(head.verdict) + " size=" + std::to_string(head.size) + " status=" + std::to_string(head.status) + " \"" +
                     head.reason + "\" content=" + (head.has_content_length ? std::to_string(head.content_length) : "-");
  for (size_t i = 0; i < head.fields.size() && i < 8; i++) text += " [" + head.fields[i].first + ": " + head.fields[i].second + "]";
  return text + " of " + std::to_string(head.fields.size());
}

}  // namespace gatewire::test
