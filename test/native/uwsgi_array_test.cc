// decode_array: items in place, empty ones kept, each refusal with its code and offset, through all the feedings.
#include <string>
#include <vector>

#include "check.h"
#include "core/uwsgi_packet.h"
#include "feedings.h"
#include "packet_builder.h"
#include "random_numbers.h"
#include "reference_vars.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

constexpr uint8_t kRpc = 173;

struct DecodedArray {
  Verdict verdict = incomplete();
  uint32_t byte_length = 0;
  std::vector<uint32_t> items = {};  // offset and end of each
  bool operator==(const DecodedArray& other) const {
    return verdict == other.verdict && byte_length == other.byte_length && items == other.items;
  }
};

std::string shown(const DecodedArray& array) {
  std::string text = test::shown(array.verdict) + " bytes=" + std::to_string(array.byte_length) + " items";
  for (size_t i = 0; i < array.items.size() && i < 16; i++) text += " " + std::to_string(array.items[i]);
  return text + " of " + std::to_string(array.items.size() / 2);
}

DecodedArray decode(Bytes input, const Limits& limits) {
  // As many words as the header of the core asks for, in a heap block of that size: a sanitizer sees one more.
  static std::vector<uint32_t> words(2 * (kMaxBlockBytes / 2));
  DecodedArray seen;
  uint32_t count = 0;
  uint32_t byte_length = 0;
  seen.verdict = decode_array(input, limits, words.data(), count, byte_length);
  if (seen.verdict.outcome != Outcome::complete) return seen;
  seen.byte_length = byte_length;
  seen.items.assign(words.begin(), words.begin() + 2 * static_cast<ptrdiff_t>(count));
  return seen;
}

DecodedArray reference(std::string_view payload) {
  DecodedArray expected;
  ReferenceArray array = reference_array(payload);
  if (array.refusal != Refusal::none) {
    expected.verdict = refuse(array.refusal, array.offset);
    return expected;
  }
  expected.verdict = complete();
  expected.byte_length = static_cast<uint32_t>(4 + payload.size());
  for (const ReferenceItem& item : array.items) {
    expected.items.push_back(static_cast<uint32_t>(item.offset));
    expected.items.push_back(static_cast<uint32_t>(item.offset + item.bytes.size()));
  }
  return expected;
}

void expect(std::string_view payload, const DecodedArray& expected) {
  CHECK_EQUAL(reference(payload), expected);
  std::string input = packet(payload, kRpc, 1);
  feed_every_way(input, input.size(), expected, [](Bytes bytes) { return decode(bytes, {}); });
}

void expect_items(const std::vector<std::string>& items) {
  std::string payload;
  DecodedArray expected;
  for (const std::string& item : items) {
    expected.items.push_back(static_cast<uint32_t>(4 + payload.size() + 2));
    payload += part(item);
    expected.items.push_back(static_cast<uint32_t>(4 + payload.size()));
  }
  expected.verdict = complete();
  expected.byte_length = static_cast<uint32_t>(4 + payload.size());
  expect(payload, expected);
}

void expect_refused(std::string_view payload, Refusal refusal, size_t offset) {
  DecodedArray expected;
  expected.verdict = refuse(refusal, offset);
  expect(payload, expected);
}

TEST("an array without items") {
  expect_items({});
}

TEST("items stay in order, empty ones and repeated ones too") {
  expect_items({"hello", "a", "bb"});
  expect_items({"hello", "", "bb"});
  expect_items({"hello", "a", ""});
  expect_items({""});
  expect_items({"", "", ""});
  expect_items({"x", "x", "x"});
  expect_items({std::string("\0\xFF\0", 3), "="});
}

TEST("the format written out by hand") {
  const std::string bytes("\xAD\x08\x00\x03" "\x02\x00" "hi" "\x00\x00" "\x00\x00", 12);
  DecodedArray expected = {complete(), 12, {6, 8, 10, 10, 12, 12}};
  feed_every_way(bytes, 12, expected, [](Bytes input) { return decode(input, {}); });
}

TEST("one stray byte is a truncated item length") {
  expect_refused("x", Refusal::ERR_UWSGI_ITEM_LENGTH_TRUNCATED, 4);
  expect_refused(part("ab") + std::string(1, '\0'), Refusal::ERR_UWSGI_ITEM_LENGTH_TRUNCATED, 8);
}

TEST("an item longer than the array is refused at its length") {
  expect_refused(le16(1), Refusal::ERR_UWSGI_ITEM_OVERRUN, 4);
  expect_refused(le16(3) + "ab", Refusal::ERR_UWSGI_ITEM_OVERRUN, 4);
  expect_refused(part("ab") + le16(0xFFFF) + "cd", Refusal::ERR_UWSGI_ITEM_OVERRUN, 8);
}

TEST("the largest item and the most items") {
  expect_items({std::string(65533, 'x')});
  std::vector<std::string> most(32767, "");
  expect_items(most);
  expect_refused(std::string(65535, '\0'), Refusal::ERR_UWSGI_ITEM_LENGTH_TRUNCATED, 4 + 65534);
}

TEST("an array over max_packet_bytes is refused by its header, and max_vars does not count items") {
  Limits limits;
  limits.max_packet_bytes = 10;
  limits.max_vars = 1;
  std::string fits = packet(part("a") + part("b") + part("cc"), kRpc);
  feed_every_way(fits, fits.size(), reference(std::string_view(fits).substr(4)), [&](Bytes input) { return decode(input, limits); });
  DecodedArray refused = {refuse(Refusal::ERR_UWSGI_PACKET_TOO_LARGE, 1)};
  feed_every_way(header(11, kRpc), 4, refused, [&](Bytes input) { return decode(input, limits); });
}

TEST("random and damaged arrays are judged as the reference judges them") {
  RandomNumbers random(6);
  uint64_t accepted = 0;
  uint64_t refused = 0;
  for (int i = 0; i < 60000; i++) {
    std::string payload;
    for (size_t items = random.below(8); items > 0; items--) payload += part(random.bytes(random.below(12)));
    if (random.below(2) == 0 && !payload.empty()) payload[random.below(payload.size())] = static_cast<char>(random.next());
    if (random.below(4) == 0) payload.resize(random.below(payload.size() + 1));
    std::string input = packet(payload, kRpc);
    DecodedArray expected = reference(payload);
    CHECK_EQUAL(decode(pages().ending(input), {}), expected);
    accepted += expected.verdict.outcome == Outcome::complete ? 1 : 0;
    refused += expected.verdict.outcome == Outcome::refused ? 1 : 0;
  }
  CHECK(accepted > 15000);
  CHECK(refused > 10000);
}

}  // namespace
