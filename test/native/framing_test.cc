// The grammar of CONTENT_LENGTH: "" | 1*19DIGIT, at most 2^53-1 (RFC 3875 section 4.1.2).
#include "core/framing.h"

#include <string>

#include "check.h"
#include "feedings.h"
#include "random_numbers.h"
#include "reference_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

struct Parsed {
  Verdict verdict;
  uint64_t length;
  bool operator==(const Parsed& other) const { return verdict == other.verdict && length == other.length; }
};

std::string shown(const Parsed& parsed) { return test::shown(parsed.verdict) + ", length " + std::to_string(parsed.length); }

Parsed parse(Bytes input) {
  Parsed parsed = {complete(), 77};
  parsed.verdict = parse_content_length(input, parsed.length);
  if (parsed.verdict.outcome != Outcome::complete) parsed.length = 0;  // says nothing then
  return parsed;
}

void expect_length(std::string_view value, uint64_t length) {
  feed_whole(value, Parsed{complete(), length}, parse);
}

void expect_refused(std::string_view value, size_t offset) {
  feed_whole(value, Parsed{refuse(Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, offset), 0}, parse);
}

TEST("an empty value means no content, with or without an address") {
  expect_length("", 0);
  CHECK_EQUAL(parse({nullptr, 0}), Parsed{complete(), 0});
}

TEST("digits are a decimal number, leading zeros or not") {
  expect_length("0", 0);
  expect_length("1", 1);
  expect_length("9", 9);
  expect_length("10", 10);
  expect_length("0005", 5);
  expect_length("123456789", 123456789);
  expect_length("4294967295", 4294967295);
  expect_length("4294967296", 4294967296);
}

TEST("19 digits are taken, 20 are not, even when all of them are zeros") {
  expect_length("0000000000000000000", 0);
  expect_length("0000000000000000042", 42);
  expect_length("0009007199254740991", 9007199254740991);
  expect_refused("00000000000000000000", 19);
  expect_refused("00000000000000000042", 19);
  expect_refused(std::string(65000, '0'), 19);
}

TEST("2^53-1 is the largest length") {
  expect_length("9007199254740990", 9007199254740990);
  expect_length("9007199254740991", 9007199254740991);
  expect_refused("9007199254740992", 0);
  expect_refused("9007199254740993", 0);
  expect_refused("9223372036854775807", 0);
  expect_refused("9223372036854775808", 0);
  expect_refused("9999999999999999999", 0);
}

TEST("numbers that would wrap 64 bits are refused, not reduced") {
  expect_refused("18446744073709551615", 19);
  expect_refused("18446744073709551616", 19);
  expect_refused("18446744073709551617", 19);
  expect_refused("18446744073709551621", 19);
  expect_refused("36893488147419103233", 19);
  expect_refused("184467440737095516160", 19);
}

TEST("anything that is not a digit is refused where it stands") {
  expect_refused("+5", 0);
  expect_refused("-1", 0);
  expect_refused("-0", 0);
  expect_refused(" 5", 0);
  expect_refused("5 ", 1);
  expect_refused("\t5", 0);
  expect_refused("5\r\n", 1);
  expect_refused("5abc", 1);
  expect_refused("abc", 0);
  expect_refused("0x5", 1);
  expect_refused("0X5", 1);
  expect_refused("1e3", 1);
  expect_refused("5.0", 1);
  expect_refused("1_0", 1);
  expect_refused("1,000", 1);
  expect_refused("5, 5", 1);
  expect_refused("5,5", 1);
  expect_refused("'5'", 0);
  expect_refused(std::string("5\0", 2), 1);
  expect_refused(std::string("\0", 1), 0);
  expect_refused("\xC2\xB2", 0);          // superscript two
  expect_refused("\xD9\xA5", 0);          // Arabic-Indic five
  expect_refused("12345678901234567890123x", 19);
}

TEST("of all single bytes the ten digits are taken") {
  for (int byte = 0; byte < 256; byte++) {
    std::string value(1, static_cast<char>(byte));
    if (byte >= '0' && byte <= '9') {
      expect_length(value, static_cast<uint64_t>(byte - '0'));
    } else {
      expect_refused(value, 0);
      expect_refused("7" + value, 1);
    }
  }
}

TEST("random values are judged as the reference judges them") {
  RandomNumbers random(4);
  const std::string_view alphabet = "00112233445566778899+- ,x";
  for (int i = 0; i < 200000; i++) {
    std::string value;
    // Digits only in half of the cases: otherwise hardly one long value would be a number.
    size_t choices = random.below(2) == 0 ? 20 : alphabet.size();
    for (size_t size = random.below(24); size > 0; size--) value += alphabet[random.below(choices)];
    Parsed expected = {complete(), 0};
    expected.verdict = reference_content_length(value, expected.length);
    if (expected.verdict.outcome != Outcome::complete) expected.length = 0;
    ExactBlock block(value);
    CHECK_EQUAL(parse(block.bytes()), expected);
  }
}

}  // namespace
