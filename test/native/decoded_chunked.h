// What decode_chunked says of one input, in one call or cut into pieces, as a value that can be compared and shown. Gives the input as a
// caller has to: what was used is gone, and a trailer section is gathered. Shared by the unit tests and the fuzz target.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/chunked.h"
#include "exact_block.h"
#include "verdicts.h"

namespace gatewire::test {

/// Content stays when something behind it is refused; trailers and size are there when all is complete.
struct DecodedChunked {
  Verdict verdict = incomplete();
  std::string content;
  std::vector<std::pair<std::string, std::string>> trailers;
  size_t size = 0;

  bool operator==(const DecodedChunked&) const = default;
};

/// A decoder of one content, which is given it piece by piece.
class ChunkedDecoder {
 public:
  explicit ChunkedDecoder(const ChunkLimits& limits = {}) : limits_(limits), records_(limits.max_trailer_lines) {}

  /// `fresh`: the next bytes. Calls as often as there is something to read.
  const Verdict& read(Bytes fresh) {
    if (section_.empty()) {
      read_from(fresh);
    } else {
      section_.append(reinterpret_cast<const char*>(fresh.data), fresh.size);
      ExactBlock block(section_);
      read_from(block.bytes());
    }
    return seen_.verdict;
  }

  const Verdict& verdict() const { return seen_.verdict; }
  DecodedChunked result() const {
    DecodedChunked result = seen_;
    if (result.verdict.outcome != Outcome::complete) result.trailers.clear();
    return result;
  }

 private:
  void read_from(Bytes input) {
    while (seen_.verdict.outcome == Outcome::incomplete) {
      ChunkedStep step;
      seen_.verdict = decode_chunked(input, limits_, state_, records_.data(), step);
      auto text = [&](size_t from, size_t to) { return std::string(reinterpret_cast<const char*>(input.data) + from, to - from); };
      seen_.content += text(step.used - step.content, step.used);
      for (uint32_t i = 0; i < step.trailer_count; i++) {
        const VarRecord& record = records_[i];
        size_t name = step.trailers + record.key;
        seen_.trailers.emplace_back(text(name, name + record.key_length), text(step.trailers + record.value, step.trailers + record.value_end));
      }
      if (seen_.verdict.outcome == Outcome::complete) {
        seen_.size = static_cast<size_t>(state_.received + state_.overhead + state_.trailer_line);
        return;
      }
      input = {input.data + step.used, input.size - step.used};
      if (state_.phase == ChunkedPhase::trailers) {
        section_ = text(0, input.size);
        return;
      }
      if (step.content == 0) return;
    }
  }

  ChunkLimits limits_;
  std::vector<VarRecord> records_;
  ChunkedContent state_ = {};
  DecodedChunked seen_;
  /// The trailer section as far as it has come, once there is something of it.
  std::string section_;
};

inline DecodedChunked decode_chunked_whole(Bytes input, const ChunkLimits& limits = {}) {
  ChunkedDecoder decoder(limits);
  decoder.read(input);
  return decoder.result();
}

/// Each call sees a heap block of the next `step` bytes alone; the first one of the first `first`.
inline DecodedChunked decode_chunked_in_steps(std::string_view input, size_t first, size_t step, const ChunkLimits& limits = {}) {
  ChunkedDecoder decoder(limits);
  for (size_t size = first; !input.empty() && decoder.verdict().outcome == Outcome::incomplete; size = step) {
    ExactBlock block(input.substr(0, size));
    decoder.read(block.bytes());
    input.remove_prefix(size < input.size() ? size : input.size());
  }
  return decoder.result();
}

inline std::string shown(const DecodedChunked& seen) {
  std::string text = shown(seen.verdict) + " size=" + std::to_string(seen.size) + " " + std::to_string(seen.content.size()) + " bytes \"" +
                     seen.content.substr(0, 40) + "\"";
  for (size_t i = 0; i < seen.trailers.size() && i < 8; i++) text += " [" + seen.trailers[i].first + ": " + seen.trailers[i].second + "]";
  return text + " of " + std::to_string(seen.trailers.size());
}

}  // namespace gatewire::test
