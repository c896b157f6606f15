// Chunked content. The same content, trailers and verdict however it is cut; a plain second reading of the grammar accepts the same and finds
// the same; bytes behind it have no say, and one byte less is not the end. The first byte of the input chooses the limits, the second one
// where to cut; the rest is what a client sends.
#include <string>
#include <string_view>

#include "decoded_chunked.h"
#include "reference_chunked.h"
#include "require.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

/// Default limits, or some that short inputs can pass.
ChunkLimits limits_of(uint8_t choice) {
  ChunkLimits limits;
  if (choice % 2 == 0) return limits;
  limits.max_line_bytes = 1 + choice / 2 % 8 * 4;
  limits.max_overhead_bytes = choice / 16 * 4;
  limits.max_trailer_bytes = choice / 4 * 2;
  limits.max_trailer_lines = choice / 64;
  limits.max_content_bytes = choice / 8 * 5;
  return limits;
}

void check_accepted(std::string_view input, const DecodedChunked& seen, const ReferenceChunked& expected, const ChunkLimits& limits) {
  REQUIRE(seen.size == expected.size && seen.content == expected.content && seen.trailers == expected.trailers);
  ExactBlock alone(input.substr(0, seen.size));
  REQUIRE(decode_chunked_whole(alone.bytes(), limits) == seen);
  ExactBlock less(input.substr(0, seen.size - 1));
  REQUIRE(decode_chunked_whole(less.bytes(), limits).verdict == incomplete());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kChoiceBytes = 2;
  if (size < kChoiceBytes) return 0;
  ChunkLimits limits = limits_of(data[0]);
  std::string_view input(reinterpret_cast<const char*>(data) + kChoiceBytes, size - kChoiceBytes);
  DecodedChunked whole = decode_chunked_whole({data + kChoiceBytes, input.size()}, limits);
  constexpr size_t kEveryCutUpTo = 100;  // each piece costs a heap block
  constexpr size_t kByteByByteUpTo = 1000;
  size_t cut = input.size() * data[1] / 256;
  REQUIRE(decode_chunked_in_steps(input, cut, input.size(), limits) == whole);
  REQUIRE(decode_chunked_in_steps(input, cut, 1 + data[1], limits) == whole);
  if (input.size() <= kByteByByteUpTo) REQUIRE(decode_chunked_in_steps(input, 1, 1, limits) == whole);
  if (input.size() <= kEveryCutUpTo) {
    for (cut = 1; cut < input.size(); cut++) REQUIRE(decode_chunked_in_steps(input, cut, input.size(), limits) == whole);
  }
  if (whole.verdict.outcome == Outcome::refused) REQUIRE(whole.verdict.offset < input.size());
  auto reference = reference_chunked(input, limits);
  REQUIRE(reference.has_value() == (whole.verdict.outcome == Outcome::complete));
  if (reference) check_accepted(input, whole, *reference, limits);
  return 0;
}
