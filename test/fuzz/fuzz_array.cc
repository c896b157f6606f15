// decode_array against the plain reference; cut; and written again by the encoder. The input is the bytes of a connection.
#include <string.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/uwsgi_packet.h"
#include "exact_block.h"
#include "packet_mutator.h"
#include "reference_vars.h"
#include "require.h"
#include "verdicts.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

struct Items {
  // As many words as the core asks for, in a heap block of that size.
  std::unique_ptr<uint32_t[]> words{new uint32_t[2 * (kMaxBlockBytes / 2)]};
  uint32_t count = 0;
  uint32_t byte_length = 0;
};

Items& items() {
  static Items all;
  return all;
}

Verdict decode(Bytes input, const Limits& limits) {
  return decode_array(input, limits, items().words.get(), items().count, items().byte_length);
}

void check_cuts(std::string_view input, size_t end, const Limits& limits) {
  constexpr size_t kAllCutsUpTo = 32;  // each costs a heap block; the unit tests cut everywhere
  for (size_t cut = 0; cut < std::min(end, kAllCutsUpTo); cut++) {
    ExactBlock front(input.substr(0, cut));
    REQUIRE(decode(front.bytes(), limits) == incomplete());
  }
  ExactBlock front(input.substr(0, end - 1));
  REQUIRE(decode(front.bytes(), limits) == incomplete());
}

void check_written_again(std::string_view input, const ReferenceArray& array) {
  std::string text;
  std::vector<uint32_t> lengths;
  for (const ReferenceItem& item : array.items) {
    text += item.bytes;
    lengths.push_back(static_cast<uint32_t>(item.bytes.size()));
  }
  ExactBlock from(text);
  ExactBlock out(input);
  uint8_t* to = out.data();
  memset(to, 0xC5, input.size());
  EncodeResult result = encode_array(from.bytes(), lengths.data(), lengths.size(), static_cast<uint8_t>(input[0]),
                                     static_cast<uint8_t>(input[3]), to, input.size());
  REQUIRE(result.fault == EncodeFault::none && result.written == input.size());
  REQUIRE(memcmp(to, input.data(), input.size()) == 0);
}

void check(std::string_view input, const Limits& limits) {
  Verdict verdict = decode({reinterpret_cast<const uint8_t*>(input.data()), input.size()}, limits);
  if (input.size() < 4) {
    REQUIRE(verdict == incomplete());
    return;
  }
  size_t datasize = static_cast<uint8_t>(input[1]) + 256 * static_cast<size_t>(static_cast<uint8_t>(input[2]));
  if (datasize > limits.max_packet_bytes) {
    REQUIRE(verdict == refuse(Refusal::ERR_UWSGI_PACKET_TOO_LARGE, 1));
    return;
  }
  size_t end = 4 + datasize;
  if (input.size() < end) {
    REQUIRE(verdict == incomplete());
    return;
  }
  ReferenceArray expected = reference_array(input.substr(4, datasize));
  if (expected.refusal != Refusal::none) {
    REQUIRE(verdict == refuse(expected.refusal, expected.offset));
  } else {
    REQUIRE(verdict == complete() && items().byte_length == end && items().count == expected.items.size());
    for (size_t i = 0; i < expected.items.size(); i++) {
      REQUIRE(items().words[2 * i] == expected.items[i].offset);
      REQUIRE(items().words[2 * i + 1] == expected.items[i].offset + expected.items[i].bytes.size());
    }
    check_written_again(input.substr(0, end), expected);
  }
  ExactBlock alone(input.substr(0, end));
  REQUIRE(decode(alone.bytes(), limits) == verdict);
  check_cuts(input, end, limits);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  check(input, {});
  Limits tight;
  tight.max_packet_bytes = 20;
  check(input, tight);
  return 0;
}
