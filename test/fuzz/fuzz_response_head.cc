// Response heads. Reading: one verdict whether the head comes whole, byte by byte or cut in two; what is accepted has the parts that a
// plain second reading finds; bytes behind the head have no say. Writing: what was accepted, written by the encoder, reads the same.
// The input is what a server sends.
#include <string>
#include <vector>

#include "decoded_response_head.h"
#include "reference_response_head.h"
#include "require.h"
#include "written_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

void check_parts(std::string_view input, const DecodedResponseHead& seen) {
  ReferenceHead expected = reference_response_head(input);
  REQUIRE(seen.size == expected.size);
  REQUIRE(std::to_string(seen.status) == expected.status && seen.reason == expected.reason);
  REQUIRE(seen.fields == expected.fields);
  bool has_content_length = false;
  for (const auto& [name, value] : seen.fields) {
    if (lower_case(name) != "content-length") continue;
    REQUIRE(!has_content_length);
    has_content_length = true;
    size_t digits = std::min(value.find_first_not_of('0'), value.size() - 1);
    REQUIRE(std::to_string(seen.content_length) == value.substr(digits));
  }
  REQUIRE(seen.has_content_length == has_content_length);
}

void check_written_again(const DecodedResponseHead& seen) {
  static std::unique_ptr<FormTable> forms = empty_form_table();
  JoinedParts names;
  JoinedParts values;
  names.add(std::to_string(seen.status) + " " + seen.reason);
  for (const auto& [name, value] : seen.fields) {
    names.add(name);
    values.add(value);
  }
  ExactBlock names_text(names.text);
  ExactBlock values_text(values.text);
  auto make = [&] { return make_head_form(*forms, names_text.bytes(), names.lengths.data(), names.lengths.size(), true); };
  HeadFormResult made = make();
  REQUIRE(made.fault == HeadFault::none);
  if (!made.form.kept) {
    forget_forms(*forms);
    made = make();
  }
  auto encode = [&](uint8_t* out, size_t room) {
    return encode_response_head(*forms, made.form.number, values_text.bytes(), values.lengths.data(), values.lengths.size(), out, room);
  };
  size_t room = names.text.size() + values.text.size() + 64 + 4 * names.lengths.size();
  ExactBlock measured(std::string(room, '\0'));
  HeadEncodeResult result = encode(measured.data(), room);
  REQUIRE(result.fault == HeadFault::none);
  ExactBlock exact(std::string(result.written, '\0'));
  HeadEncodeResult again = encode(exact.data(), result.written);
  REQUIRE(again.fault == HeadFault::none && again.written == result.written);
  if (result.written > kMaxResponseHeadBytes) return;  // a CGI head near the limit grows when it gets a status line
  DecodedResponseHead read = decode_whole(exact.bytes());
  REQUIRE(read.size == result.written);
  read.size = seen.size;
  REQUIRE(read == seen);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  DecodedResponseHead whole = decode_whole({data, size});
  constexpr size_t kByteByByteUpTo = 200;  // each call costs a heap block
  if (size <= kByteByByteUpTo) REQUIRE(decode_in_steps(input, 1) == whole);
  if (size > 1) REQUIRE(decode_in_steps(input, 1 + size * data[0] / 256) == whole);
  DecodedResponseHead ended = decode_whole({data, size}, true);
  REQUIRE(ended.verdict.outcome != Outcome::incomplete);
  REQUIRE(whole.verdict.outcome == Outcome::incomplete || ended == whole);
  if (size <= kByteByByteUpTo) REQUIRE(decode_in_steps(input, 1, true) == ended);
  if (whole.verdict.outcome == Outcome::refused) REQUIRE(whole.verdict.offset <= size);
  if (whole.verdict.outcome != Outcome::complete) return 0;
  ExactBlock alone(input.substr(0, whole.size));
  REQUIRE(decode_whole(alone.bytes()) == whole);
  ExactBlock less(input.substr(0, whole.size - 1));
  REQUIRE(decode_whole(less.bytes()).verdict.outcome == Outcome::incomplete);
  check_parts(input, whole);
  check_written_again(whole);
  return 0;
}
