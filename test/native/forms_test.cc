// The table of forms: which are kept, which are still there, and that they never run into one another.
#include "core/forms.h"

#include <string>

#include "check.h"
#include "random_numbers.h"
#include "written_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

JoinedParts keys_of(const std::string& prefix, size_t count) {
  JoinedParts keys;
  for (size_t i = 0; i < count; i++) keys.add(prefix + std::to_string(i));
  return keys;
}

/// The packet that a form makes when every value is the same.
std::string filled(const FormTable& forms, uint32_t form, size_t count, const std::string& value) {
  JoinedParts values;
  for (size_t i = 0; i < count; i++) values.add(value);
  std::string out(70000, '\0');
  EncodeResult result = encode_vars(forms, form, values, 0, 0, reinterpret_cast<uint8_t*>(out.data()), out.size());
  CHECK_EQUAL(result.fault, EncodeFault::none);
  return out.substr(0, result.written);
}

std::string expected_of(const JoinedParts& keys, const std::string& value) {
  auto sized = [](const std::string& part) {
    return std::string{static_cast<char>(part.size()), static_cast<char>(part.size() >> 8)} + part;
  };
  std::string block;
  size_t at = 0;
  for (uint32_t length : keys.lengths) {
    block += sized(keys.text.substr(at, length)) + sized(value);
    at += length;
  }
  return std::string{0, static_cast<char>(block.size()), static_cast<char>(block.size() >> 8), 0} + block;
}

TEST("forms are kept until there are as many as may be, and each stays what it was") {
  auto forms = empty_form_table();
  for (uint32_t i = 0; i + 1 < kForms; i++) {
    MadeForm made;
    CHECK_EQUAL(make_packet_form(*forms, keys_of("N" + std::to_string(i) + "_", 1 + i % 7), true, made), EncodeFault::none);
    CHECK(made.kept && made.number == i);
  }
  for (int again = 0; again < 3; again++) {
    MadeForm made;
    CHECK_EQUAL(make_packet_form(*forms, keys_of("ONE_MORE", 3), true, made), EncodeFault::none);
    CHECK(!made.kept);
    CHECK_EQUAL(filled(*forms, made.number, 3, "v"), expected_of(keys_of("ONE_MORE", 3), "v"));
  }
  for (uint32_t i = 0; i + 1 < kForms; i++) {
    CHECK_EQUAL(filled(*forms, i, 1 + i % 7, "value"), expected_of(keys_of("N" + std::to_string(i) + "_", 1 + i % 7), "value"));
  }
  forget_forms(*forms);
  MadeForm made;
  CHECK_EQUAL(make_packet_form(*forms, keys_of("AFTER", 2), true, made), EncodeFault::none);
  CHECK(made.kept && made.number == 0);
  CHECK_EQUAL(filled(*forms, 0, 2, ""), expected_of(keys_of("AFTER", 2), ""));
}

TEST("forms are kept until there is no memory, and the largest one can be made behind them") {
  auto forms = empty_form_table();
  uint32_t kept = 0;
  for (;; kept++) {
    MadeForm made;
    CHECK_EQUAL(make_packet_form(*forms, keys_of(std::string(500, 'A'), 4), true, made), EncodeFault::none);
    if (!made.kept) break;
  }
  CHECK(kept > 20 && kept < kForms);
  MadeForm made;
  JoinedParts largest;
  for (size_t i = 0; i < 13107; i++) largest.add("k");
  CHECK_EQUAL(make_packet_form(*forms, largest, true, made), EncodeFault::none);
  CHECK(!made.kept);
  CHECK_EQUAL(filled(*forms, made.number, 13107, ""), expected_of(largest, ""));
  for (uint32_t i = 0; i < kept; i++) CHECK_EQUAL(filled(*forms, i, 4, "x"), expected_of(keys_of(std::string(500, 'A'), 4), "x"));
}

TEST("a form that is not kept can be filled in until the next one is made") {
  auto forms = empty_form_table();
  RandomNumbers random(3);
  for (int i = 0; i < 500; i++) {
    MadeForm made;
    JoinedParts keys = keys_of("K" + std::to_string(i), random.below(30));
    bool keep = random.below(4) == 0;
    CHECK_EQUAL(make_packet_form(*forms, keys, keep, made), EncodeFault::none);
    CHECK_EQUAL(filled(*forms, made.number, keys.lengths.size(), "value"), expected_of(keys, "value"));
    if (forms->count > 200) forget_forms(*forms);
  }
}

}  // namespace
