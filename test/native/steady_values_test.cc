// keep_steady and match_steady: runs of values that heads of a shape nearly always have. A head matches a run when its bytes are those of the
// run, wherever values end, and nothing is read outside of the input.
#include <string>

#include "check.h"
#include "core/shape_table.h"
#include "feedings.h"
#include "packet_builder.h"
#include "reference_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

class Matching {
 public:
  /// The runs that the packet matches, given at the end of readable memory and with bytes behind it.
  uint32_t match(const Pairs& pairs) {
    std::string bytes = packet(vars_block(pairs));
    uint32_t runs = match(pages().ending(bytes));
    CHECK_EQUAL(match(pages().ending(bytes + std::string(200, 'x'))), runs);
    return runs;
  }

  uint32_t match(Bytes input) {
    CHECK_EQUAL(decoder_.decode(input, {}, *table).verdict, complete());
    if (decoder_.index.shape_slot == kNoShape) return 0;
    SteadyMatch match = match_steady(*table, input, decoder_.index);
    CHECK(match.runs == 0 || match.serial == serial);
    return match.runs;
  }

  /// A run of the packet, from variable `first` to `last`.
  void keep(uint32_t number, const Pairs& pairs, uint32_t first, uint32_t last) {
    std::string bytes = packet(vars_block(pairs));
    Bytes input = pages().ending(bytes);
    CHECK_EQUAL(decoder_.decode(input, {}, *table).verdict, complete());
    size_t from = decoder_.index.vars[first].value - kSteadyLead;
    size_t to = decoder_.index.vars[last].value_end;
    keep_steady(*table, slot(), shape_serial(), serial, number, first, last, {input.data + from, to - from});
  }
  void keep_bytes(uint32_t number, uint32_t first, uint32_t last, const std::string& bytes) {
    keep_steady(*table, slot(), shape_serial(), serial, number, first, last, {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  }
  uint32_t slot() const { return decoder_.index.shape_slot; }
  uint32_t shape_serial() const { return decoder_.index.shape_serial; }

  std::unique_ptr<ShapeTable> table = empty_shape_table();
  uint32_t serial = 1;

 private:
  PacketDecoder decoder_;
};

const Pairs kHead = {{"METHOD", "GET"}, {"ROOT", "/srv/www"}, {"SCHEME", "http"}, {"PATH", "/a"}, {"NAME", ""}, {"LAST", "end"}};

Pairs with(Pairs pairs, size_t position, std::string value) {
  pairs[position].second = std::move(value);
  return pairs;
}

TEST("a head has the runs whose values are all its own") {
  Matching matching;
  CHECK_EQUAL(matching.match(kHead), 0u);
  matching.keep(0, kHead, 0, 2);
  matching.keep(1, kHead, 4, 5);
  matching.keep(2, kHead, 5, 5);
  CHECK_EQUAL(matching.match(kHead), 7u);
  CHECK_EQUAL(matching.match(with(kHead, 3, "/another/path")), 7u);
  for (const char* value : {"", "x", "GET", "http", "httq", "/srv/wwx", "/srv/www/", "enD"}) {
    for (size_t i = 0; i < kHead.size(); i++) {
      bool same = kHead[i].second == value || i == 3;
      uint32_t expected = same ? 7 : i < 3 ? 6 : i == 4 ? 5 : 1;
      CHECK_EQUAL(matching.match(with(kHead, i, value)), expected);
    }
  }
}

TEST("values of every size are compared to their last byte") {
  for (size_t size = 0; size < 200; size++) {
    Matching matching;
    Pairs pairs = {{"A", "1"}, {"B", std::string(size, 'b')}, {"C", "3"}};
    matching.match(pairs);
    matching.keep(0, pairs, 1, 1);
    CHECK_EQUAL(matching.match(pairs), 1u);
    CHECK_EQUAL(matching.match(with(pairs, 1, std::string(size + 1, 'b'))), 0u);
    for (size_t at = 0; at < size; at++) {
      std::string other = pairs[1].second;
      other[at] = '\0';
      CHECK_EQUAL(matching.match(with(pairs, 1, other)), 0u);
    }
  }
}

TEST("equal bytes that are cut into other values are no match") {
  Matching matching;
  Pairs pairs = {{"A", "1"}, {"B", std::string("2\1\0B\1\0b", 7)}, {"C", "3"}};
  Pairs others = {{"A", std::string("1\1\0B\7\0002", 7)}, {"B", "b"}, {"C", "3"}};
  matching.match(pairs);
  matching.keep(0, pairs, 0, 1);
  CHECK_EQUAL(matching.match(pairs), 1u);
  CHECK_EQUAL(matching.match(others), 0u);
}

TEST("another serial forgets the runs of before") {
  Matching matching;
  matching.match(kHead);
  matching.keep(0, kHead, 0, 1);
  matching.keep(3, kHead, 2, 2);
  CHECK_EQUAL(matching.match(kHead), 9u);
  matching.serial = 2;
  matching.keep(1, kHead, 5, 5);
  CHECK_EQUAL(matching.match(kHead), 2u);
}

TEST("a shape that takes the slot of another has none of its runs") {
  Matching matching;
  // Keys that differ only where they are not hashed: all in one set.
  auto head = [](int i) { return Pairs{{std::to_string(10000 + i) + "_SAMETAIL", "value"}, {"B", "other"}}; };
  matching.match(head(0));
  uint32_t slot = matching.slot();
  matching.keep(0, head(0), 0, 1);
  CHECK_EQUAL(matching.match(head(0)), 1u);
  for (int i = 1; i < 2000; i++) {
    CHECK_EQUAL(matching.match(head(i)), 0u);
    if (matching.slot() == slot) return;
  }
  CHECK(false);
}

TEST("runs that make no sense have no effect") {
  Matching matching;
  matching.match(kHead);
  uint8_t byte = 0;
  for (uint32_t slot : {kNoShape, kShapeSlots, (matching.slot() + 1) % kShapeSlots}) {
    keep_steady(*matching.table, slot, matching.shape_serial(), 1, 0, 0, 0, {&byte, 1});
  }
  keep_steady(*matching.table, matching.slot(), matching.shape_serial() + 1, 1, 0, 0, 0, {&byte, 1});
  keep_steady(*matching.table, matching.slot(), 0, 1, 0, 0, 0, {&byte, 1});
  matching.keep_bytes(kMaxSteadyRuns, 0, 0, "x");
  matching.keep_bytes(UINT32_MAX, 0, 0, "x");
  matching.keep_bytes(0, 1, 0, "x");
  matching.keep_bytes(0, 0, 6, "x");
  matching.keep_bytes(0, 0, UINT32_MAX, "x");
  matching.keep_bytes(0, 0, 0, "");
  matching.keep_bytes(0, 0, 0, std::string(kSteadyBytes + 1, 'x'));
  CHECK_EQUAL(matching.match(kHead), 0u);
}

TEST("runs have room for whole blocks, and no more") {
  Matching matching;
  Pairs pairs = {{"A", std::string(kSteadyBytes / 2 - kSteadyLead, 'a')}, {"B", std::string(kSteadyBytes / 2 - kSteadyLead, 'b')}, {"C", "c"}};
  matching.match(pairs);
  for (uint32_t i = 0; i < 3; i++) matching.keep(i, pairs, i, i);
  CHECK_EQUAL(matching.match(pairs), 3u);
}

}  // namespace
