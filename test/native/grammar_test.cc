// The grammar pieces of HTTP heads, each against the sentence of the RFC that it comes from, for every byte.
#include "core/grammar.h"

#include <string>

#include "check.h"
#include "feedings.h"
#include "random_numbers.h"
#include "reference_response_head.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

TEST("tokens are made of the characters of RFC 9110 section 5.6.2") {
  const std::string_view tchar = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int byte = 0; byte < 256; byte++) {
    bool expected = tchar.find(static_cast<char>(byte)) != std::string_view::npos;
    CHECK_EQUAL(is_in(static_cast<uint8_t>(byte), kTokenByte), expected);
  }
}

TEST("field values and reasons are made of HTAB, SP, VCHAR and obs-text, digits are ten, white space is two") {
  for (int byte = 0; byte < 256; byte++) {
    uint8_t b = static_cast<uint8_t>(byte);
    CHECK_EQUAL(is_in(b, kFieldByte), byte == 9 || (byte >= 32 && byte != 127));
    CHECK_EQUAL(is_in(b, kDigitByte), byte >= '0' && byte <= '9');
    CHECK_EQUAL(is_ows(b), byte == ' ' || byte == '\t');
  }
}

TEST("a span ends at the first byte of another class, or with the bytes") {
  feed_whole("", size_t{0}, [](Bytes input) { return span_of(input, kTokenByte); });
  feed_whole("name", size_t{4}, [](Bytes input) { return span_of(input, kTokenByte); });
  feed_whole("na me", size_t{2}, [](Bytes input) { return span_of(input, kTokenByte); });
  feed_whole(":name", size_t{0}, [](Bytes input) { return span_of(input, kTokenByte); });
  feed_whole(std::string("a\0b", 3), size_t{1}, [](Bytes input) { return span_of(input, kFieldByte); });
}

TEST("white space is trimmed at both ends and nowhere else") {
  auto trimmed = [](Bytes input) {
    Bytes rest = trim_ows(input);
    return std::string(reinterpret_cast<const char*>(rest.data), rest.size);
  };
  for (const char* text : {"", " ", "\t \t", "a", " a", "a ", "\t a b\tc \t", "\va\v", " \r "}) {
    feed_whole(text, without_ows(text), trimmed);
  }
}

TEST("names are compared without regard to case, and to the last byte") {
  auto is_status = [](Bytes input) { return is_name(input, "status"); };
  for (const char* name : {"status", "Status", "STATUS", "sTaTuS"}) feed_whole(name, true, is_status);
  for (const char* name : {"", "statu", "statuss", "ztatus", "statu\x13", "\x93tatus", "st tus", "stat5s"}) feed_whole(name, false, is_status);
  // Only letters have a case: '@' and '`', or '[' and '{', differ by the same bit.
  feed_whole("@", false, [](Bytes input) { return is_name(input, "`"); });
  feed_whole("[", false, [](Bytes input) { return is_name(input, "{"); });
}

TEST("a decimal number has digits only, any number of zeros before it, and a largest value") {
  constexpr uint64_t kLargest = 9007199254740991;
  auto read = [](std::string_view text, uint64_t max) {
    ExactBlock block(text);
    uint64_t value = 77;
    return read_decimal(block.bytes(), max, value) ? std::to_string(value) : std::string("refused");
  };
  for (const char* text : {"0", "7", "10", "9007199254740990", "9007199254740991"}) CHECK_EQUAL(read(text, kLargest), std::string(text));
  CHECK_EQUAL(read("007", kLargest), std::string("7"));
  CHECK_EQUAL(read(std::string(500, '0') + "9007199254740991", kLargest), std::string("9007199254740991"));
  for (const char* text : {"", " 7", "7 ", "+7", "-7", "0x7", "7a", "1,0", "9007199254740992", "10000000000000000", "18446744073709551615",
                           "18446744073709551616", "18446744073709551623", "99999999999999999999999999"}) {
    CHECK_EQUAL(read(text, kLargest), std::string("refused"));
  }
  for (uint64_t max : {0, 1, 9, 10, 99, 100, 255}) {
    for (uint64_t value = 0; value < 300; value++) {
      CHECK_EQUAL(read(std::to_string(value), max), value <= max ? std::to_string(value) : std::string("refused"));
    }
  }
  CHECK_EQUAL(read("18446744073709551615", UINT64_MAX), std::string("18446744073709551615"));
  CHECK_EQUAL(read("18446744073709551616", UINT64_MAX), std::string("refused"));
}

TEST("a status code is three digits from 100 on") {
  RandomNumbers random(12);
  for (int i = 0; i < 50000; i++) {
    std::string text = random.below(2) == 0 ? std::to_string(random.below(1000)) : random.bytes(3);
    text.insert(0, 3 - text.size(), '0');
    bool digits = text.find_first_not_of("0123456789") == std::string::npos;
    uint32_t expected = digits && text[0] != '0' ? static_cast<uint32_t>(std::stoul(text)) : 0;
    CHECK_EQUAL(read_status_code(ExactBlock(text).bytes().data), expected);
  }
}

TEST("a byte is looked for from an offset on and no further than an end") {
  const std::string text = "a\nb\nc";
  auto find = [&](size_t from, size_t end) {
    ExactBlock block(std::string_view(text).substr(0, end));
    return find_byte(block.bytes().data, from, end, '\n');
  };
  CHECK_EQUAL(find(0, 5), size_t{1});
  CHECK_EQUAL(find(1, 5), size_t{1});
  CHECK_EQUAL(find(2, 5), size_t{3});
  CHECK_EQUAL(find(4, 5), size_t{5});
  CHECK_EQUAL(find(2, 3), size_t{3});
  CHECK_EQUAL(find(5, 5), size_t{5});
  CHECK_EQUAL(find_byte(nullptr, 0, 0, '\n'), size_t{0});
}

}  // namespace
