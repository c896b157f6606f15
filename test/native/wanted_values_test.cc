// want and cut_wanted: the values that heads of a shape are asked for, copied in advance. Each is the value of the head itself, what is too
// long or not there is not cut, and nothing is read outside of the input or written outside of the room.
#include <string.h>

#include <string>
#include <vector>

#include "check.h"
#include "core/shape_table.h"
#include "feedings.h"
#include "packet_builder.h"
#include "random_numbers.h"
#include "reference_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

constexpr size_t kRoom = size_t{kMaxWanted} * kMaxWantedBytes;

/// What was cut for each number; "not cut" where nothing was.
using Cut = std::vector<std::string>;
const std::string kNothing = "not cut";

class Cutting {
 public:
  Cutting() : wanted_(new uint32_t[kMaxWanted]) { decoder_.index.wanted = wanted_.get(); }

  Cut cut(Bytes input) {
    // Room of just the size that the core asks for, on the heap, where a sanitizer sees a byte more.
    std::unique_ptr<uint8_t[]> out(new uint8_t[kRoom]);
    CHECK_EQUAL(decoder_.decode(input, {}, *table).verdict, complete());
    size_t size = cut_wanted(*table, input, decoder_.index, out.get());
    CHECK(size <= kRoom);
    Cut values;
    size_t all = 0;
    for (uint32_t i = 0; i < kMaxWanted; i++) {
      uint32_t span = decoder_.index.wanted[i];
      if (span == kNotCut) {
        values.push_back(kNothing);
        continue;
      }
      CHECK((span >> 16) <= (span & 0xFFFF) && (span & 0xFFFF) <= size);
      values.emplace_back(reinterpret_cast<char*>(out.get()) + (span >> 16), (span & 0xFFFF) - (span >> 16));
      all += values.back().size();
    }
    CHECK_EQUAL(size, all);
    return values;
  }
  Cut cut(const Pairs& pairs) { return cut(pages().ending(packet(vars_block(pairs)))); }

  /// The shape of the head that was decoded last.
  void want_of_latest(uint32_t number, uint32_t position) {
    want(*table, decoder_.index.shape_slot, decoder_.index.shape_serial, number, position);
  }
  uint32_t slot() const { return decoder_.index.shape_slot; }
  uint32_t serial() const { return decoder_.index.shape_serial; }

  std::unique_ptr<ShapeTable> table = empty_shape_table();

 private:
  PacketDecoder decoder_;
  std::unique_ptr<uint32_t[]> wanted_;
};

/// Only these numbers are cut.
Cut only(std::vector<std::pair<size_t, std::string>> values) {
  Cut cut(kMaxWanted, kNothing);
  for (auto& [number, value] : values) cut[number] = value;
  return cut;
}

const Pairs kHead = {{"REQUEST_METHOD", "GET"}, {"PATH_INFO", "/a/b"}, {"QUERY_STRING", ""}, {"HTTP_HOST", "example.test"}};

TEST("nothing is cut that nobody wants, nor of a head without a shape") {
  Cutting cutting;
  CHECK(cutting.cut(kHead) == only({}));
  CHECK(cutting.cut(Pairs{}) == only({}));
  CHECK(cutting.cut(Pairs(65, {"K", "v"})) == only({}));
}

TEST("what is wanted of a shape is cut from every head of it, and of no other") {
  Cutting cutting;
  cutting.cut(kHead);
  cutting.want_of_latest(0, 1);
  cutting.want_of_latest(3, 3);
  cutting.want_of_latest(1, 2);
  CHECK(cutting.cut(kHead) == only({{0, "/a/b"}, {1, ""}, {3, "example.test"}}));
  Pairs other_values = {{"REQUEST_METHOD", "POST"}, {"PATH_INFO", ""}, {"QUERY_STRING", "a=1"}, {"HTTP_HOST", "h"}};
  CHECK(cutting.cut(other_values) == only({{0, ""}, {1, "a=1"}, {3, "h"}}));
  CHECK(cutting.cut(Pairs{{"PATH_INFO", "/"}, {"REQUEST_METHOD", "GET"}}) == only({}));
  CHECK(cutting.cut(kHead) == only({{0, "/a/b"}, {1, ""}, {3, "example.test"}}));
}

TEST("a number can be given to another position, and two numbers to one") {
  Cutting cutting;
  cutting.cut(kHead);
  cutting.want_of_latest(0, 0);
  cutting.want_of_latest(0, 1);
  cutting.want_of_latest(7, 1);
  CHECK(cutting.cut(kHead) == only({{0, "/a/b"}, {7, "/a/b"}}));
}

TEST("values of up to 128 bytes are cut and longer ones are not, wherever they stand") {
  for (size_t size : {0, 1, 2, 31, 32, 33, 63, 64, 65, 96, 127, 128, 129, 200, 60000}) {
    for (size_t behind : {0, 1, 31, 90, 127, 128, 200}) {
      std::string value(size, 'v');
      if (size > 0) value.front() = '<', value.back() = '>';
      std::string input = packet(var("A", "first") + var("B", value) + var("C", std::string(behind, 'c')));
      Cutting cutting;
      cutting.cut(pages().ending(input));
      cutting.want_of_latest(0, 1);
      cutting.want_of_latest(1, 0);
      Cut expected = only({{1, "first"}});
      if (size <= kMaxWantedBytes) expected[0] = value;
      feed_whole(input, true, [&](Bytes bytes) { return cutting.cut(bytes) == expected; });
      feed_whole(input + std::string(300, '\xFF'), true, [&](Bytes bytes) { return cutting.cut(bytes) == expected; });
    }
  }
}

TEST("eight values of 128 bytes fill the room") {
  Cutting cutting;
  Pairs pairs;
  Cut expected;
  for (char c = '0'; c < '8'; c++) {
    pairs.push_back({std::string(1, c), std::string(kMaxWantedBytes, c)});
    expected.push_back(pairs.back().second);
  }
  cutting.cut(pairs);
  for (uint32_t i = 0; i < kMaxWanted; i++) cutting.want_of_latest(i, i);
  CHECK(cutting.cut(pairs) == expected);
  CHECK(cutting.cut(pages().ending(packet(vars_block(pairs)) + std::string(500, 'x'))) == expected);
}

TEST("wishes that make no sense have no effect") {
  Cutting cutting;
  cutting.cut(kHead);
  want(*cutting.table, kNoShape, cutting.serial(), 0, 0);
  want(*cutting.table, kShapeSlots, cutting.serial(), 0, 0);
  want(*cutting.table, cutting.slot(), cutting.serial() + 1, 0, 0);
  want(*cutting.table, cutting.slot(), 0, 0, 0);
  want(*cutting.table, (cutting.slot() + 1) % kShapeSlots, 0, 0, 0);
  want(*cutting.table, cutting.slot(), cutting.serial(), kMaxWanted, 0);
  want(*cutting.table, cutting.slot(), cutting.serial(), UINT32_MAX, 0);
  want(*cutting.table, cutting.slot(), cutting.serial(), 0, 4);
  want(*cutting.table, cutting.slot(), cutting.serial(), 0, UINT32_MAX);
  CHECK(cutting.cut(kHead) == only({}));
}

TEST("a shape that takes the slot of another inherits no wishes, and late wishes for the other do not reach it") {
  Cutting cutting;
  // Keys that differ only where they are not hashed: all in one set.
  auto head = [](int i) { return Pairs{{std::to_string(10000 + i) + "_SAMETAIL", "value"}, {"B", "other"}}; };
  cutting.cut(head(0));
  uint32_t slot = cutting.slot();
  uint32_t serial = cutting.serial();
  cutting.want_of_latest(0, 0);
  cutting.want_of_latest(5, 1);
  CHECK(cutting.cut(head(0)) == only({{0, "value"}, {5, "other"}}));
  int i = 1;
  do {
    CHECK(cutting.cut(head(i)) == only({}));
    i++;
  } while ((cutting.slot() != slot || cutting.serial() == serial) && i < 1000);
  CHECK_EQUAL(cutting.slot(), slot);
  want(*cutting.table, slot, serial, 0, 0);
  CHECK(cutting.cut(head(i - 1)) == only({}));
}

TEST("random heads and wishes: what is cut is what the reference finds there") {
  RandomNumbers random(14);
  Cutting cutting;
  std::vector<std::vector<size_t>> wishes(20, std::vector<size_t>(kMaxWanted, SIZE_MAX));
  for (int i = 0; i < 20000; i++) {
    size_t shape = random.below(wishes.size());
    Pairs pairs;
    for (size_t k = 0; k <= shape; k++) pairs.push_back({"K" + std::to_string(k), random.bytes(random.below(k % 5 == 0 ? 140 : 20))});
    std::string input = packet(vars_block(pairs)) + std::string(random.below(2) * random.below(200), 'x');
    Cut expected = only({});
    for (size_t number = 0; number < kMaxWanted; number++) {
      size_t position = wishes[shape][number];
      if (position != SIZE_MAX && pairs[position].second.size() <= kMaxWantedBytes) expected[number] = pairs[position].second;
    }
    CHECK(cutting.cut(pages().ending(input)) == expected);
    if (random.below(10) != 0) continue;
    uint32_t number = static_cast<uint32_t>(random.below(kMaxWanted));
    wishes[shape][number] = random.below(pairs.size());
    cutting.want_of_latest(number, static_cast<uint32_t>(wishes[shape][number]));
  }
}

}  // namespace
