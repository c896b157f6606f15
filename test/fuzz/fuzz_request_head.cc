// Request heads, with every kernel: the kernel's reading of whole heads against the reference; one result whatever the kernel, whether the
// head comes whole, byte by byte or cut in two, and whatever stands behind it; and what is accepted put together again from its parts.
// Under several limits and options. The input is what a client sends.
#include <iterator>
#include <string>
#include <vector>

#include "decoded_request_head.h"
#include "require.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

/// The defaults; names with "_" refused, and a mount; names with "_" kept, and so tight that small inputs meet each limit.
std::vector<RequestOptions> all_options() {
  std::vector<RequestOptions> all(3);
  all[1].mount = bytes_of("/a");
  all[1].refuse_underscores = true;
  all[2].traits = kKeepUnderscores;
  all[2].limits.max_request_line_bytes = 40;
  all[2].limits.max_field_line_bytes = 50;
  all[2].limits.max_field_lines = 4;
  all[2].limits.max_head_bytes = 120;
  all[2].limits.max_content_bytes = 9;
  return all;
}

struct Run {
  RequestOptions options;
  RequestHeadDecoder decoder;
};

/// One for each set of options. Their shape tables have seen all inputs before this one.
std::vector<Run>& runs() {
  static std::vector<Run> all = [] {
    std::vector<Run> made;
    for (const RequestOptions& options : all_options()) made.push_back({options, RequestHeadDecoder(options)});
    return made;
  }();
  return all;
}

/// What a kernel vouches for is what the reference reads, be it a head or some lines of one. The scalar kernel vouches for nothing.
void check_kernel(Bytes input, const Limits& limits) { REQUIRE(GrowingHead(limits).by_both(input) == GrowingHead(limits).by_reference(input)); }

bool is_white_space(std::string_view text) { return text.find_first_not_of(" \t") == text.npos; }

/// The bytes of an accepted head, line by line, from the records of its fields.
void check_lines(std::string_view input, const RequestHeadDecoder& decoder) {
  const HeadIndex& index = decoder.last_index();
  auto value = [&](const VarRecord& record) { return input.substr(record.value, record.value_end - record.value); };
  const VarRecord& method = index.vars[VAR_REQUEST_METHOD];
  size_t at = method.value;
  REQUIRE(at == 0 || (at == 2 && input.substr(0, 2) == "\r\n"));
  auto take = [&](std::string_view text) {
    REQUIRE(input.substr(at, text.size()) == text);
    at += text.size();
  };
  take(value(method));
  take(" ");
  take(value(index.vars[VAR_REQUEST_URI]));
  take(" HTTP/1.");
  REQUIRE(input[at] == '0' || input[at] == '1');
  REQUIRE(index.minor == input[at] - '0');
  constexpr std::string_view kMethods[] = {"", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
  REQUIRE(index.method < std::size(kMethods));
  for (size_t i = 1; i < std::size(kMethods); i++) REQUIRE((index.method == i) == (value(method) == kMethods[i]));
  at++;
  take("\r\n");
  for (uint32_t i = 0; i < index.key_count; i++) {
    const VarRecord& field = index.keys[i];
    REQUIRE(field.key == at && field.key_length > 0);
    at += field.key_length;
    REQUIRE(input.substr(field.key, field.key_length).find_first_of(": \t\r\n") == input.npos);
    take(":");
    REQUIRE(field.value >= at && is_white_space(input.substr(at, field.value - at)));
    REQUIRE(value(field).find_first_of(std::string_view("\r\n\0", 3)) == input.npos);
    REQUIRE(value(field).empty() || !is_white_space(value(field).substr(0, 1)));
    at = field.value_end;
    size_t end = input.find("\r\n", at);
    REQUIRE(end != input.npos && is_white_space(input.substr(at, end - at)));
    at = end;
    take("\r\n");
  }
  take("\r\n");
  REQUIRE(at == index.byte_length);
}

DecodedRequestHead check_run(std::string_view input, Run& run) {
  check_kernel(bytes_of(input), run.options.limits);
  DecodedRequestHead whole = run.decoder.decode(bytes_of(input));
  if (whole.verdict.outcome == Outcome::complete) check_lines(input, run.decoder);
  if (whole.verdict.outcome == Outcome::refused) REQUIRE(whole.verdict.offset <= input.size());
  // Its shape is known now, unless it may not be kept.
  REQUIRE(run.decoder.decode(bytes_of(input)) == whole);
  constexpr size_t kByteByByteUpTo = 150;  // each call costs a heap block
  if (input.size() <= kByteByByteUpTo) REQUIRE(run.decoder.decode_in_steps(input, 1, 1) == whole);
  size_t cut = input.empty() ? 0 : input.size() * static_cast<uint8_t>(input.back()) / 256;
  REQUIRE(run.decoder.decode_in_steps(input, cut, input.size()) == whole);
  if (whole.verdict.outcome != Outcome::complete) return whole;
  ExactBlock alone(input.substr(0, whole.byte_length));
  REQUIRE(run.decoder.decode(alone.bytes()) == whole);
  ExactBlock less(input.substr(0, whole.byte_length - 1));
  REQUIRE(run.decoder.decode(less.bytes()).verdict == incomplete());
  return whole;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  for (Run& run : runs()) {
    choose_kernel(kernel_name(0));
    DecodedRequestHead first = check_run(input, run);
    for (uint32_t i = 1; kernel_name(i) != nullptr; i++) {
      choose_kernel(kernel_name(i));
      REQUIRE(check_run(input, run) == first);
    }
  }
  return 0;
}
