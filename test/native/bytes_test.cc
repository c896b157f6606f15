// Loads and stores of bytes.h: byte order, and nothing read or written beside them.
#include "core/bytes.h"

#include <string.h>

#include <vector>

#include "check.h"
#include "feedings.h"
#include "packet_builder.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

TEST("load16 reads two bytes, the low one first") {
  feed_whole(std::string("\x34\x12", 2), uint32_t{0x1234}, [](Bytes input) { return load16(input.data); });
  feed_whole(std::string("\xFF\xFF", 2), uint32_t{0xFFFF}, [](Bytes input) { return load16(input.data); });
  feed_whole(std::string("\x00\x80", 2), uint32_t{0x8000}, [](Bytes input) { return load16(input.data); });
}

TEST("load16 gives back every number that store16 wrote, and store16 writes two bytes") {
  for (size_t value = 0; value <= 0xFFFF; value++) {
    uint8_t place[4] = {0xEE, 0xEE, 0xEE, 0xEE};
    store16(place + 1, value);
    CHECK_EQUAL(load16(place + 1), static_cast<uint32_t>(value));
    CHECK(place[0] == 0xEE && place[3] == 0xEE);
    CHECK(memcmp(place + 1, le16(value).data(), 2) == 0);
  }
}

TEST("load64 reads eight bytes at any address") {
  const std::string text = "abcdefghijklmnop";
  for (size_t at = 0; at <= 8; at++) {
    uint64_t expected = 0;
    for (size_t i = 8; i-- > 0;) expected = expected << 8 | static_cast<uint8_t>(text[at + i]);
    if constexpr (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) {
      feed_whole(text.substr(at, 8), expected, [](Bytes input) { return load64(input.data); });
    }
    CHECK_EQUAL(load64(reinterpret_cast<const uint8_t*>(text.data()) + at), load64(ExactBlock(text.substr(at)).bytes().data));
  }
}

TEST("copy_bytes and equal_bytes take their size seriously") {
  char to[6] = "-----";
  copy_bytes(to + 1, "abc", 3);
  CHECK_EQUAL(std::string(to), std::string("-abc-"));
  CHECK(equal_bytes("abcx", "abcy", 3));
  CHECK(!equal_bytes("abcx", "abcy", 4));
  CHECK(equal_bytes("a", "b", 0));
}

TEST("narrow_text takes every unit up to U+00FF as one byte, and says when one is above, wherever it stands") {
  constexpr uint16_t kEdge = 0xC5C5;
  for (size_t count = 0; count <= 70; count++) {
    std::vector<uint16_t> units(count);
    std::string expected(count, ' ');
    for (size_t i = 0; i < count; i++) {
      units[i] = static_cast<uint16_t>((i * 37 + count) % 256);
      expected[i] = static_cast<char>(units[i]);
    }
    // Text that is no latin-1 behind the last unit is nothing to it.
    auto narrow = [&](std::string& bytes) {
      std::vector<uint16_t> from(units);
      from.resize(count + kNarrowRoom, 0xFFFF);
      from.push_back(kEdge);
      std::vector<uint8_t> to(count + kNarrowRoom + 1, 0xEE);
      bool latin1 = narrow_text(from.data(), count, to.data());
      CHECK(from.back() == kEdge && to.back() == 0xEE);
      bytes.assign(reinterpret_cast<char*>(to.data()), count);
      return latin1;
    };
    std::string bytes;
    CHECK(narrow(bytes));
    CHECK_EQUAL(bytes, expected);
    for (size_t i = 0; i < count; i++) {
      for (uint16_t above : {0x0100, 0x010A, 0x8000, 0xFF41}) {
        uint16_t was = units[i];
        units[i] = above;
        CHECK(!narrow(bytes));
        units[i] = was;
      }
    }
  }
}

}  // namespace
