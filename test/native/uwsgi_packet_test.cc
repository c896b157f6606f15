// decode_packet: what is accepted, and each refusal with its code and offset. Every case goes through all the feedings.
#include "core/uwsgi_packet.h"

#include <string>

#include "check.h"
#include "feedings.h"
#include "packet_builder.h"
#include "random_numbers.h"
#include "reference_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

/// The first decode of a packet meets an empty table, the later ones meet its shape.
struct DecodeWith {
  Limits limits = {};
  std::unique_ptr<ShapeTable> shapes = empty_shape_table();
  PacketDecoder decoder = {};

  DecodedPacket operator()(Bytes input) { return decoder.decode(input, limits, *shapes); }
};

/// Bytes that settle the verdict on a packet: the header when it announces too much, else the whole of it.
size_t decided_at(std::string_view input, const Limits& limits) {
  size_t datasize = static_cast<uint8_t>(input[1]) | static_cast<size_t>(static_cast<uint8_t>(input[2])) << 8;
  return datasize > limits.max_packet_bytes ? 4 : 4 + datasize;
}

void expect(std::string_view input, const DecodedPacket& expected, const Limits& limits = {}) {
  CHECK_EQUAL(reference_packet(input, limits), expected);
  DecodeWith decode = {limits};
  feed_every_way(input, decided_at(input, limits), expected, [&](Bytes bytes) { return decode(bytes); });
}

void expect_refused(std::string_view input, Refusal refusal, size_t offset, const Limits& limits = {}) {
  DecodedPacket expected;
  expected.verdict = refuse(refusal, offset);
  expect(input, expected, limits);
}

/// Accepted with exactly these vars, all bytes in place.
void expect_vars(std::string_view input, const Pairs& pairs, uint64_t content_length = 0, const Limits& limits = {}) {
  DecodedPacket expected;
  expected.verdict = complete();
  expected.modifier1 = static_cast<uint8_t>(input[0]);
  expected.modifier2 = static_cast<uint8_t>(input[3]);
  expected.framing = content_length > 0 ? FramingKind::length : FramingKind::none;
  expected.content_length = content_length;
  uint32_t at = 4;
  for (const auto& [key, value] : pairs) {
    DecodedVar var = {reference_name(key), at + 2, static_cast<uint32_t>(key.size()), 0, 0};
    var.value = var.key + var.key_length + 2;
    var.value_end = at = var.value + static_cast<uint32_t>(value.size());
    expected.vars.push_back(var);
  }
  expected.byte_length = at;
  expect(input, expected, limits);
}

void expect_pairs(const Pairs& pairs, uint64_t content_length = 0, const Limits& limits = {}) {
  expect_vars(packet(vars_block(pairs)), pairs, content_length, limits);
}

const Pairs kRequest = {{"QUERY_STRING", ""}, {"REQUEST_METHOD", "GET"}, {"CONTENT_TYPE", ""},   {"CONTENT_LENGTH", ""},
                        {"PATH_INFO", "/"},   {"REMOTE_ADDR", "127.0.0.1"}, {"HTTP_HOST", "example.test"}, {"HTTP_X_OWN", "1"}};

TEST("a request as a front end sends it") {
  expect_pairs(kRequest);
}

TEST("the format written out by hand, without the builder of the other tests") {
  const std::string bytes("\x05\x1A\x00\x02" "\x0E\x00" "REQUEST_METHOD" "\x03\x00" "GET" "\x01\x00" "x" "\x00\x00", 30);
  DecodedPacket expected;
  expected.verdict = complete();
  expected.byte_length = 30;
  expected.modifier1 = 5;
  expected.modifier2 = 2;
  expected.vars = {{NameId::REQUEST_METHOD, 6, 14, 22, 25}, {NameId::none, 27, 1, 30, 30}};
  expect(bytes, expected);
}

TEST("fewer than four bytes are incomplete, even none at all") {
  DecodeWith decode;
  CHECK_EQUAL(decode({nullptr, 0}).verdict, incomplete());
  for (size_t size = 0; size < 4; size++) CHECK_EQUAL(decode(pages().ending(std::string(size, '\xFF'))).verdict, incomplete());
}

TEST("a datasize of zero is a packet without vars, whatever its modifiers") {
  for (unsigned modifier = 0; modifier < 256; modifier++) {
    expect_vars(packet("", static_cast<uint8_t>(modifier), static_cast<uint8_t>(255 - modifier)), {});
  }
}

TEST("values may be empty, the last one too") {
  expect_pairs({{"A", ""}});
  expect_pairs({{"A", ""}, {"B", ""}, {"HTTP_HOST", ""}});
}

TEST("any byte may be in a key or value: NUL, =, controls, 8-bit") {
  std::string all;
  for (int byte = 0; byte < 256; byte++) all += static_cast<char>(byte);
  expect_pairs({{all, all}, {std::string("A\0B", 3), std::string("\0", 1)}, {std::string(1, '\0'), "=;="}, {"A=B", "\r\n"}});
  expect_pairs({{std::string("REQUEST_METHOD\0", 15), "GET"}, {"__proto__", "x"}});
}

TEST("repeated vars stay, in order") {
  expect_pairs({{"A", "1"}, {"HTTP_COOKIE", "a=1"}, {"A", "2"}, {"HTTP_COOKIE", "b=2"}, {"A", "1"}});
}

TEST("an empty key is refused at its length") {
  expect_refused(packet(var("", "x")), Refusal::ERR_UWSGI_EMPTY_KEY, 4);
  expect_refused(packet(var("", "")), Refusal::ERR_UWSGI_EMPTY_KEY, 4);
  expect_refused(packet(var("A", "b") + var("", "x")), Refusal::ERR_UWSGI_EMPTY_KEY, 10);
  expect_refused(packet(var("A", "b") + var("", "x") + var("C", "d")), Refusal::ERR_UWSGI_EMPTY_KEY, 10);
}

TEST("an empty key is refused where a known shape has a key that is not followed, whatever bytes that one has") {
  const std::string value(kKeySlot, 'v');  // enough to read behind each key
  for (const std::string& key : {std::string(kKeySlot + 1, '\0'), std::string(kKeySlot + 8, '\0'), std::string(kKeySlot, '\0') + "k"}) {
    DecodeWith decode;
    const std::string known = packet(var("A", "b") + var(key, "x") + var("C", value));
    for (int i = 0; i < 3; i++) CHECK_EQUAL(decode(pages().ending(known)), reference_packet(known, {}));
    const std::string empty = packet(var("A", "b") + var("", "x") + var("C", value));
    for (int i = 0; i < 3; i++) CHECK_EQUAL(decode(pages().ending(empty)), reference_packet(empty, {}));
    CHECK_EQUAL(decode(pages().ending(empty)).verdict, refuse(Refusal::ERR_UWSGI_EMPTY_KEY, 10));
  }
}

TEST("one stray byte is a truncated key length") {
  for (const char* byte : {"\x01", "\xFF", "A"}) {
    expect_refused(packet(byte), Refusal::ERR_UWSGI_KEY_LENGTH_TRUNCATED, 4);
    expect_refused(packet(var("A", "b") + byte), Refusal::ERR_UWSGI_KEY_LENGTH_TRUNCATED, 10);
  }
  expect_refused(packet(std::string(1, '\0')), Refusal::ERR_UWSGI_KEY_LENGTH_TRUNCATED, 4);
}

TEST("two and more stray zero bytes are an empty key") {
  for (size_t count = 2; count < 8; count++) {
    expect_refused(packet(var("A", "b") + std::string(count, '\0')), Refusal::ERR_UWSGI_EMPTY_KEY, 10);
  }
}

TEST("a key longer than the block is refused at its length, and nothing behind it is read again") {
  expect_refused(packet(le16(1)), Refusal::ERR_UWSGI_KEY_OVERRUN, 4);
  expect_refused(packet(le16(2) + "A"), Refusal::ERR_UWSGI_KEY_OVERRUN, 4);
  expect_refused(packet(le16(0xFFFF) + "A"), Refusal::ERR_UWSGI_KEY_OVERRUN, 4);
  expect_refused(packet(le16(60000) + var("REQUEST_METHOD", "GET")), Refusal::ERR_UWSGI_KEY_OVERRUN, 4);
  expect_refused(packet(var("A", "b") + le16(60000) + var("SCRIPT_NAME", "/x")), Refusal::ERR_UWSGI_KEY_OVERRUN, 10);
  expect_refused(packet(var("A", "b") + le16(500) + "SHORT"), Refusal::ERR_UWSGI_KEY_OVERRUN, 10);
}

TEST("a key that ends with the block has no value length") {
  expect_refused(packet(part("A")), Refusal::ERR_UWSGI_VALUE_LENGTH_TRUNCATED, 7);
  expect_refused(packet(part("ABCDEFGHIJ")), Refusal::ERR_UWSGI_VALUE_LENGTH_TRUNCATED, 16);
  expect_refused(packet(var("A", "b") + part("KEY")), Refusal::ERR_UWSGI_VALUE_LENGTH_TRUNCATED, 15);
}

TEST("half a value length is a truncated one") {
  expect_refused(packet(part("A") + std::string(1, '\0')), Refusal::ERR_UWSGI_VALUE_LENGTH_TRUNCATED, 7);
  expect_refused(packet(var("A", "b") + part("KEY") + "\x05"), Refusal::ERR_UWSGI_VALUE_LENGTH_TRUNCATED, 15);
}

TEST("a value longer than the block is refused at its length") {
  expect_refused(packet(part("A") + le16(1)), Refusal::ERR_UWSGI_VALUE_OVERRUN, 7);
  expect_refused(packet(part("A") + le16(3) + "bc"), Refusal::ERR_UWSGI_VALUE_OVERRUN, 7);
  expect_refused(packet(part("A") + le16(0xFFFF) + "bc"), Refusal::ERR_UWSGI_VALUE_OVERRUN, 7);
  expect_refused(packet(var("A", "b") + part("KEY") + le16(0x8000)), Refusal::ERR_UWSGI_VALUE_OVERRUN, 15);
}

TEST("what another protocol sends first is a header like any other: incomplete, or judged when all of it is there") {
  DecodeWith decode;
  for (const char* start : {"GET / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\n\r\n", "PROXY TCP4 127.0.0.1", "\x16\x03\x01\x02"}) {
    CHECK_EQUAL(decode(pages().ending(start)).verdict, incomplete());
  }
  Limits limits;
  limits.max_packet_bytes = 4096;
  expect_refused("GET / HTTP/1.1\r\n\r\n", Refusal::ERR_UWSGI_PACKET_TOO_LARGE, 1, limits);
}

TEST("the largest block: one key of 65531 bytes") {
  expect_pairs({{std::string(65531, 'K'), ""}});
}

TEST("the largest block: a value of 65531 bytes less its key") {
  expect_pairs({{"K", std::string(65530, 'v')}});
  expect_vars(packet(var("HTTP_COOKIE", std::string(65520, 'v')), 0, 7), {{"HTTP_COOKIE", std::string(65520, 'v')}});
}

TEST("the largest block with a fault in its last byte") {
  expect_refused(packet(var("K", std::string(65529, 'v')) + "x"), Refusal::ERR_UWSGI_KEY_LENGTH_TRUNCATED, 4 + 65534);
}

TEST("13107 vars are the most that a block holds, and the limit can be opened to them") {
  Pairs pairs(kMaxBlockVars, {"k", ""});
  Limits open;
  open.max_vars = kMaxBlockVars;
  expect_pairs(pairs, 0, open);
  open.max_vars = UINT32_MAX;
  DecodeWith decode = {open};
  CHECK_EQUAL(decode(pages().ending(packet(vars_block(pairs)))).vars.size(), size_t{13107});
  open.max_vars = kMaxBlockVars - 1;
  DecodeWith one_less = {open};
  CHECK_EQUAL(one_less(pages().ending(packet(vars_block(pairs)))).verdict, refuse(Refusal::ERR_UWSGI_TOO_MANY_VARS, 4 + 5 * 13106));
}

TEST("max_vars vars are taken, one more is refused where it begins") {
  Pairs pairs(1000, {"k", "v"});
  expect_pairs(pairs);
  pairs.push_back({"k", "v"});
  expect_refused(packet(vars_block(pairs)), Refusal::ERR_UWSGI_TOO_MANY_VARS, 4 + 1000 * 6);
  Limits none;
  none.max_vars = 0;
  expect_vars(packet(""), {}, 0, none);
  expect_refused(packet(var("A", "b")), Refusal::ERR_UWSGI_TOO_MANY_VARS, 4, none);
}

TEST("a var too many is refused as soon as its key stands: a broken key comes first, a broken value after") {
  Limits one;
  one.max_vars = 1;
  expect_refused(packet(var("A", "b") + le16(9) + "C"), Refusal::ERR_UWSGI_KEY_OVERRUN, 10, one);
  expect_refused(packet(var("A", "b") + part("C")), Refusal::ERR_UWSGI_VALUE_LENGTH_TRUNCATED, 13, one);
  expect_refused(packet(var("A", "b") + part("C") + le16(9)), Refusal::ERR_UWSGI_TOO_MANY_VARS, 10, one);
}

TEST("a block over max_packet_bytes is refused by its header") {
  Limits small;
  small.max_packet_bytes = 100;
  std::string at_limit = packet(var("K", std::string(95, 'v')));
  expect_vars(at_limit, {{"K", std::string(95, 'v')}}, 0, small);
  expect_refused(packet(var("K", std::string(96, 'v'))), Refusal::ERR_UWSGI_PACKET_TOO_LARGE, 1, small);
  expect_refused(header(65535), Refusal::ERR_UWSGI_PACKET_TOO_LARGE, 1, small);
  small.max_packet_bytes = 0;
  expect_vars(packet(""), {}, 0, small);
  expect_refused(header(1), Refusal::ERR_UWSGI_PACKET_TOO_LARGE, 1, small);
}

TEST("content: absent, empty and 0 are none, a number is a length") {
  expect_pairs({{"REQUEST_METHOD", "GET"}});
  expect_pairs({{"CONTENT_LENGTH", ""}});
  expect_pairs({{"CONTENT_LENGTH", "0"}});
  expect_pairs({{"CONTENT_LENGTH", "000"}});
  expect_pairs({{"CONTENT_LENGTH", "5"}}, 5);
  expect_pairs({{"A", "b"}, {"CONTENT_LENGTH", "0005"}, {"C", "d"}}, 5);
  expect_pairs({{"CONTENT_LENGTH", "9007199254740991"}}, 9007199254740991);
}

TEST("only CONTENT_LENGTH itself frames") {
  expect_pairs({{"HTTP_CONTENT_LENGTH", "5"}, {"HTTP_TRANSFER_ENCODING", "chunked"}, {"CONTENT_LENGTHS", "6"}, {"content_length", "7"}});
}

TEST("a bad CONTENT_LENGTH is refused at the byte that is wrong") {
  // "CONTENT_LENGTH" begins at 6, its value at 22.
  expect_refused(packet(var("CONTENT_LENGTH", "+5")), Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, 22);
  expect_refused(packet(var("CONTENT_LENGTH", " 5")), Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, 22);
  expect_refused(packet(var("CONTENT_LENGTH", "-1")), Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, 22);
  expect_refused(packet(var("CONTENT_LENGTH", "0x5")), Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, 23);
  expect_refused(packet(var("CONTENT_LENGTH", "5abc")), Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, 23);
  expect_refused(packet(var("CONTENT_LENGTH", "5, 5")), Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, 23);
  expect_refused(packet(var("CONTENT_LENGTH", "9007199254740992")), Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, 22);
  expect_refused(packet(var("CONTENT_LENGTH", "18446744073709551617")), Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, 22 + 19);
  expect_refused(packet(var("A", "b") + var("CONTENT_LENGTH", "5 ")), Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, 29);
}

TEST("a repeated CONTENT_LENGTH must say the same number") {
  expect_pairs({{"CONTENT_LENGTH", "5"}, {"CONTENT_LENGTH", "5"}}, 5);
  expect_pairs({{"CONTENT_LENGTH", "5"}, {"A", "b"}, {"CONTENT_LENGTH", "05"}}, 5);
  expect_pairs({{"CONTENT_LENGTH", ""}, {"CONTENT_LENGTH", "0"}, {"CONTENT_LENGTH", "00"}});
  std::string first = var("CONTENT_LENGTH", "5");
  size_t second = 4 + first.size() + 2 + 14 + 2;
  expect_refused(packet(first + var("CONTENT_LENGTH", "6")), Refusal::ERR_UWSGI_CONTENT_LENGTH_CONFLICT, second);
  expect_refused(packet(first + var("CONTENT_LENGTH", "")), Refusal::ERR_UWSGI_CONTENT_LENGTH_CONFLICT, second);
  expect_refused(packet(first + var("CONTENT_LENGTH", "0")), Refusal::ERR_UWSGI_CONTENT_LENGTH_CONFLICT, second);
  expect_refused(packet(first + var("CONTENT_LENGTH", "x")), Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, second);
  expect_refused(packet(var("CONTENT_LENGTH", "") + var("CONTENT_LENGTH", "5")), Refusal::ERR_UWSGI_CONTENT_LENGTH_CONFLICT, second - 1);
  expect_refused(packet(var("CONTENT_LENGTH", "0") + var("CONTENT_LENGTH", "5")), Refusal::ERR_UWSGI_CONTENT_LENGTH_CONFLICT, second);
}

TEST("content over max_content_bytes is refused at the value") {
  Limits limits;
  limits.max_content_bytes = 1000;
  expect_pairs({{"CONTENT_LENGTH", "1000"}}, 1000, limits);
  expect_refused(packet(var("CONTENT_LENGTH", "1001")), Refusal::ERR_UWSGI_CONTENT_TOO_LARGE, 22, limits);
  limits.max_content_bytes = 0;
  expect_pairs({{"CONTENT_LENGTH", "0"}}, 0, limits);
  expect_refused(packet(var("CONTENT_LENGTH", "1")), Refusal::ERR_UWSGI_CONTENT_TOO_LARGE, 22, limits);
}

TEST("CONTENT_LENGTH frames for the request modifiers and for no other") {
  for (unsigned modifier = 0; modifier < 256; modifier++) {
    uint8_t modifier1 = static_cast<uint8_t>(modifier);
    CHECK_EQUAL(is_request_modifier(modifier1), reference_is_request(modifier));
    Pairs pairs = {{"CONTENT_LENGTH", "5"}};
    expect_vars(packet(vars_block(pairs), modifier1, 9), pairs, reference_is_request(modifier) ? 5 : 0);
    if (reference_is_request(modifier)) {
      expect_refused(packet(var("CONTENT_LENGTH", "5x"), modifier1), Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, 23);
    } else {
      expect_vars(packet(var("CONTENT_LENGTH", "5x"), modifier1), {{"CONTENT_LENGTH", "5x"}});
    }
  }
}

TEST("an index that was used before keeps nothing of the last packet") {
  DecodeWith decode;
  Pairs posted = {{"CONTENT_LENGTH", "5"}, {"A", "b"}};
  CHECK_EQUAL(decode(pages().ending(packet(vars_block(posted), 0, 3))).content_length, uint64_t{5});
  CHECK_EQUAL(decode(pages().ending(packet("", 0, 0))), reference_packet(packet(""), {}));
  CHECK_EQUAL(decode(pages().ending(packet(vars_block(posted), 110, 0))).framing, FramingKind::none);
}

TEST("keys of 1 to 300 bytes at every distance from the end of the input") {
  for (size_t size = 1; size <= 300; size++) {
    std::string key(size, 'k');
    DecodeWith decode;
    for (size_t behind = 0; behind < 9; behind++) {
      std::string input = packet(var(key, std::string(behind, 'v')));
      CHECK_EQUAL(decode(pages().ending(input)), reference_packet(input, {}));
      CHECK_EQUAL(decode(pages().beginning(input)), reference_packet(input, {}));
    }
  }
}

std::string random_block(RandomNumbers& random) {
  std::string block;
  for (size_t vars = random.below(12); vars > 0; vars--) {
    std::string_view name = listed_names()[1 + random.below(listed_names().size() - 1)];
    std::string key = random.below(3) == 0 ? random.bytes(1 + random.below(20)) : std::string(name);
    bool framing = random.below(6) == 0;
    block += framing ? var("CONTENT_LENGTH", std::to_string(random.below(3))) : var(key, random.bytes(random.below(20)));
  }
  return block;
}

void mutate(RandomNumbers& random, std::string& block) {
  for (size_t times = random.below(4); times > 0 && !block.empty(); times--) {
    size_t at = random.below(block.size());
    switch (random.below(5)) {
      case 0: block[at] = static_cast<char>(random.next()); break;
      case 1: block.erase(at, 1 + random.below(3)); break;
      case 2: block.insert(at, random.bytes(1 + random.below(3))); break;
      case 3: block.resize(at); break;
      case 4: block[at] = static_cast<char>(block[at] + 1); break;
    }
  }
}

TEST("random and damaged blocks are judged as the reference judges them") {
  RandomNumbers random(5);
  constexpr uint8_t kModifiers[] = {0, 0, 0, 5, 30, 250, 173, 111};
  DecodeWith decode;
  uint64_t accepted = 0;
  uint64_t refused = 0;
  for (int i = 0; i < 60000; i++) {
    std::string block = random_block(random);
    mutate(random, block);
    std::string input = packet(block, kModifiers[random.below(sizeof kModifiers)], static_cast<uint8_t>(random.next()));
    if (random.below(8) == 0) input.resize(random.below(input.size() + 1));
    decode.limits = {};
    if (random.below(4) == 0) decode.limits.max_vars = static_cast<uint32_t>(random.below(6));
    if (random.below(8) == 0) decode.limits.max_packet_bytes = static_cast<uint32_t>(random.below(200));
    if (random.below(4) == 0) decode.limits.max_content_bytes = random.below(3);
    DecodedPacket expected = reference_packet(input, decode.limits);
    CHECK_EQUAL(decode(random.below(2) == 0 ? pages().ending(input) : pages().beginning(input)), expected);
    accepted += expected.verdict.outcome == Outcome::complete ? 1 : 0;
    refused += expected.verdict.outcome == Outcome::refused ? 1 : 0;
  }
  // Else the generator has degenerated and the comparison says little.
  CHECK(accepted > 10000);
  CHECK(refused > 10000);
}

}  // namespace
