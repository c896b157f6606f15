// Chunked content: what is accepted and what is refused, with code and offset, the same however the input is cut.
#include "core/chunked.h"

#include <string>
#include <vector>

#include "check.h"
#include "decoded_chunked.h"
#include "feedings.h"
#include "random_numbers.h"
#include "reference_chunked.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

using Trailers = std::vector<std::pair<std::string, std::string>>;

/// In two pieces cut at every byte, and in steps of every size; content that stands before a fault has to come all the same.
void expect_in_pieces(std::string_view input, const DecodedChunked& expected, const ChunkLimits& limits) {
  for (size_t cut = 0; cut <= input.size(); cut++) {
    Doing doing("in two pieces, cut after byte", cut);
    CHECK_EQUAL(decode_chunked_in_steps(input, cut, input.size(), limits), expected);
  }
  for (size_t step = 1; step < input.size() && step < 40; step++) {
    Doing doing("in steps of", step);
    CHECK_EQUAL(decode_chunked_in_steps(input, step, step, limits), expected);
  }
}

void expect(std::string_view input, const DecodedChunked& expected, const ChunkLimits& limits) {
  std::string text = shown(input);
  Doing doing(text.c_str());
  feed_whole(input, expected, [&](Bytes bytes) { return decode_chunked_whole(bytes, limits); });
  expect_in_pieces(input, expected, limits);
}

void expect_content(const std::string& input, std::string content, Trailers trailers = {}, const ChunkLimits& limits = {}) {
  DecodedChunked expected = {complete(), std::move(content), std::move(trailers), input.size()};
  expect(input, expected, limits);
  expect(input + "0\r\nGET / HTTP/1.1\r\n\r\n", expected, limits);
  for (size_t size = 0; size < input.size(); size++) {
    Doing doing("of which have come", size);
    CHECK_EQUAL(decode_chunked_whole(pages().ending(input.substr(0, size)), limits).verdict, incomplete());
  }
  CHECK(reference_chunked(input, limits).has_value());
}

/// `decided_at`: how many bytes settle it; by default those up to the byte at fault.
void expect_refused(const std::string& input, Refusal refusal, size_t offset, const std::string& content = "", size_t decided_at = 0,
                    const ChunkLimits& limits = {}) {
  expect(input, {refuse(refusal, offset), content, {}, 0}, limits);
  if (decided_at == 0) decided_at = offset + 1;
  CHECK_EQUAL(decode_chunked_whole(pages().ending(input.substr(0, decided_at)), limits).verdict, refuse(refusal, offset));
  CHECK_EQUAL(decode_chunked_whole(pages().ending(input.substr(0, decided_at - 1)), limits).verdict, incomplete());
  CHECK(!reference_chunked(input, limits).has_value());
}

/// The refusal of a trailer comes with the end of its line.
void expect_trailer_refused(const std::string& lines, Refusal refusal, size_t offset) {
  std::string input = "1\r\nx\r\n0\r\n" + lines;
  offset += 9;
  expect_refused(input, refusal, offset, "x", input.find('\n', offset) + 1);
}

TEST("chunks, a last chunk and a blank line") {
  expect_content("0\r\n\r\n", "");
  expect_content("5\r\nhello\r\n0\r\n\r\n", "hello");
  expect_content("5\r\nhello\r\n1\r\n \r\n000\r\n\r\n", "hello ");
  expect_content("0005\r\n\r\n\r\n0\r\n0\r\n\r\n", "\r\n\r\n0");
  expect_content("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789");
  expect_content("0000000000000001\r\nx\r\n0000000000000000\r\n\r\n", "x");
}

TEST("each byte in a chunk size") {
  for (uint32_t byte = 0; byte < 256; byte++) {
    Doing doing("byte", byte);
    std::string text(1, static_cast<char>(byte));
    bool digit = text.find_first_of("0123456789abcdefABCDEF") == 0;
    Refusal refusal = byte == '\n' ? Refusal::ERR_HTTP_BARE_LF : Refusal::ERR_HTTP_BAD_CHUNK_SIZE;
    if (digit) {
      uint64_t size = std::stoul("1" + text, nullptr, 16);
      std::string content(size, 'x');
      expect_content("1" + text + "\r\n" + content + "\r\n0\r\n\r\n", content);
    } else {
      expect_refused(text + "5\r\nhello\r\n0\r\n\r\n", refusal, 0);
      if (byte == ' ' || byte == '\t' || byte == ';') refusal = Refusal::ERR_HTTP_BAD_CHUNK_EXTENSION;
      if (byte == '\r') {
        expect_refused("1\r5\r\n", Refusal::ERR_HTTP_BARE_CR, 1, "", 3);
      } else if (byte == ';') {
        expect_content("1;1\r\nx\r\n0\r\n\r\n", "x");
      } else {
        expect_refused("1" + text + "1\r\nhello\r\n0\r\n\r\n", refusal, refusal == Refusal::ERR_HTTP_BAD_CHUNK_EXTENSION ? 2 : 1);
      }
    }
  }
}

TEST("sizes that are none") {
  expect_refused("\r\n0\r\n\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 0);
  expect_refused("\n", Refusal::ERR_HTTP_BARE_LF, 0);
  expect_refused("0x5\r\nhello\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 1);
  expect_refused("1_0\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 1);
  expect_refused("1.\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 1);
  expect_refused(";a=b\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 0);
  expect_refused("5 \r\nhello\r\n", Refusal::ERR_HTTP_BAD_CHUNK_EXTENSION, 2);
  expect_refused("5\t\t\r\nhello\r\n", Refusal::ERR_HTTP_BAD_CHUNK_EXTENSION, 3);
  expect_refused("5 5\r\nhello\r\n", Refusal::ERR_HTTP_BAD_CHUNK_EXTENSION, 2);
  expect_refused("1\r\nx\r\n+1\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 6, "x");
  expect_refused("00000000000000000\r\n\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 16);
  expect_refused("0000000000000000000000000000000000000001\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 16);
  expect_refused("f0000000000000003\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 13);
}

TEST("sizes around the powers of two; at most 2^53-1") {
  struct {
    const char* digits;
    uint64_t size;
  } accepted[] = {{"7FFFFFFF", 0x7FFFFFFF},         {"80000000", 0x80000000},
                  {"FFFFFFFF", 0xFFFFFFFF},         {"100000000", 0x100000000},
                  {"100000001", 0x100000001},       {"1FFFFFFFFFFFFF", kMaxContentLength},
                  {"001fffffffffffff", kMaxContentLength}};
  for (const auto& [digits, size] : accepted) {
    ChunkedContent state = {};
    ChunkedStep step;
    std::string input = std::string(digits) + "\r\n";
    CHECK_EQUAL(decode_chunked(pages().ending(input), {}, state, nullptr, step), incomplete());
    CHECK(state.phase == ChunkedPhase::content);
    CHECK_EQUAL(state.size, size);
    CHECK_EQUAL(step.used, input.size());
    // What has come of so large a chunk is handed out, and counted.
    CHECK_EQUAL(decode_chunked(pages().ending("hello"), {}, state, nullptr, step), incomplete());
    CHECK(step.content == 5 && step.used == 5);
    take_more_content(3, state, step);  // which is behind that, and not looked at
    take_more_content(0, state, step);
    CHECK(step.content == 8 && step.used == 8);
    CHECK_EQUAL(state.size, size - 8);
  }
  // The digit that makes it too large is the one at fault, whatever follows.
  expect_refused("20000000000000", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 13);
  expect_refused("20000000000001\r\nx", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 13);
  expect_refused("7FFFFFFFFFFFFFFF\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 13);
  expect_refused("8000000000000000\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 13);
  expect_refused("FFFFFFFFFFFFFFFF\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 13);
  expect_refused("10000000000000000\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 14);
  expect_refused("10000000000000005\r\nhello\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 14);
}

TEST("extensions are checked and ignored") {
  for (const char* extension :
       {";a", ";a=b", ";a=\"q\\\"x\"", ";a;b=c", " ;a=b", "; a = \"b\"", "\t;\t a\t=\t \"b\"", ";a=b ;c", ";a=\"b\" ; c=\"\"", ";a ;b", ";!#$%&'*+-.^_`|~9z=0",
        ";a=\"\t !#[]^~;=,\xFF\x80\"", ";a=\"\\\t\\ \\\"\\\\\\\xFF\""}) {
    std::string text = extension;
    expect_content("5" + text + "\r\nhello\r\n0" + text + "\r\n\r\n", "hello");
  }
}

TEST("extensions that break the grammar") {
  struct {
    const char* line;
    size_t offset;
  } refused[] = {{"5;\r\n", 2},        {"5; \r\n", 3},     {"5;;a\r\n", 2},    {"5;=b\r\n", 2},     {"5;a=\r\n", 4},      {"5;a= \r\n", 5},
                 {"5;a \r\n", 4},      {"5;a=b \r\n", 6},  {"5;a=\"b\" \r\n", 8}, {"5;a=;b\r\n", 4},  {"5;a b\r\n", 4},     {"5;a=b c\r\n", 6},
                 {"5;a==b\r\n", 4},    {"5;a=b=c\r\n", 5}, {"5;a=b\"c\"\r\n", 5}, {"5;a=\"b\"c\r\n", 7}, {"5;a=\"x\r\n", 6}, {"5;a=\"\\\r\n", 6},
                 {"5;\"a\"=b\r\n", 2}, {"5;a,b\r\n", 3},   {"5 =a\r\n", 2},    {"5;a=\"b\"=c\r\n", 7}};
  for (const auto& [line, offset] : refused) expect_refused(std::string(line) + "hello\r\n", Refusal::ERR_HTTP_BAD_CHUNK_EXTENSION, offset);
}

TEST("each byte in the places of an extension") {
  struct {
    std::string before;
    std::string after;
  } places[] = {{"1", ";a"}, {"1;", "a"}, {"1;", ""}, {"1;a", "b"}, {"1;a", ""}, {"1;a ", "=b"}, {"1;a=", "b"}, {"1;a=b", "c"}, {"1;a=b", ""},
                {"1;a=\"", "\""}, {"1;a=\"\\", "\""}, {"1;a=\"b\"", ""}, {"1;a=\"b\"", ";c"}, {"1;a=b ", ";c"}};
  for (const auto& [before, after] : places) {
    for (uint32_t byte = 0; byte < 256; byte++) {
      std::string input = before + static_cast<char>(byte) + after + "\r\nx\r\n0\r\n\r\n";
      DecodedChunked seen = decode_chunked_whole(pages().ending(input));
      CHECK_EQUAL(seen.verdict.outcome == Outcome::complete, reference_chunked(input).has_value());
      expect_in_pieces(input, seen, {});
      if (seen.verdict.outcome == Outcome::complete) continue;
      if (byte == '\n') CHECK_EQUAL(seen.verdict, refuse(Refusal::ERR_HTTP_BARE_LF, before.size()));
      if (byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r') {
        Refusal refusal = before == "1" ? Refusal::ERR_HTTP_BAD_CHUNK_SIZE : Refusal::ERR_HTTP_BAD_CHUNK_EXTENSION;
        CHECK_EQUAL(seen.verdict, refuse(refusal, before.size()));
      }
    }
  }
}

TEST("chunk lines end with CR LF, and a CR stands nowhere else") {
  expect_refused("5\nhello\r\n", Refusal::ERR_HTTP_BARE_LF, 1);
  expect_refused("5;a\nhello\r\n", Refusal::ERR_HTTP_BARE_LF, 3);
  expect_refused("5;a=\"\n\"\r\nhello\r\n", Refusal::ERR_HTTP_BARE_LF, 5);
  expect_refused("5;a\nb\r\nhello\r\n", Refusal::ERR_HTTP_BARE_LF, 3);
  expect_refused("0\n\r\n", Refusal::ERR_HTTP_BARE_LF, 1);
  expect_refused("5\r\r\nhello\r\n", Refusal::ERR_HTTP_BARE_CR, 1, "", 3);
  expect_refused("5\rhello\r\n", Refusal::ERR_HTTP_BARE_CR, 1, "", 3);
  expect_refused("5;a=b\rc\r\nhello\r\n", Refusal::ERR_HTTP_BARE_CR, 5, "", 7);
}

TEST("the bytes of a chunk are followed by CR LF") {
  expect_refused("5\r\nhelloXX0\r\n\r\n", Refusal::ERR_HTTP_BAD_CHUNK_END, 8, "hello");
  expect_refused("5\r\nhello0\r\n\r\n", Refusal::ERR_HTTP_BAD_CHUNK_END, 8, "hello");
  expect_refused("5\r\nhello\n0\r\n\r\n", Refusal::ERR_HTTP_BAD_CHUNK_END, 8, "hello");
  expect_refused("5\r\nhello\rX0\r\n\r\n", Refusal::ERR_HTTP_BAD_CHUNK_END, 9, "hello");
  expect_refused("5\r\nhello\r\r\n0\r\n\r\n", Refusal::ERR_HTTP_BAD_CHUNK_END, 9, "hello");
}

TEST("trailers") {
  expect_content("0\r\nX-T: v\r\n\r\n", "", {{"X-T", "v"}});
  expect_content("1\r\nx\r\n0\r\nA: \t b c\t \r\nB:\r\nA:\xFF:\r\nifs: 1\r\nTE2: 1\r\nHos: t\r\n\r\n", "x",
                 {{"A", "b c"}, {"B", ""}, {"A", "\xFF:"}, {"ifs", "1"}, {"TE2", "1"}, {"Hos", "t"}});
}

TEST("trailer lines that are none") {
  expect_trailer_refused("foo\r\n\r\n", Refusal::ERR_HTTP_NO_COLON, 0);
  expect_trailer_refused("A: b\r\n c\r\n\r\n", Refusal::ERR_HTTP_FOLDED_LINE, 6);
  expect_trailer_refused(" A: b\r\n\r\n", Refusal::ERR_HTTP_FOLDED_LINE, 0);
  expect_trailer_refused("A : b\r\n\r\n", Refusal::ERR_HTTP_BAD_FIELD_NAME, 1);
  expect_trailer_refused(": b\r\n\r\n", Refusal::ERR_HTTP_BAD_FIELD_NAME, 0);
  expect_trailer_refused("A: b\x01\r\n\r\n", Refusal::ERR_HTTP_BAD_FIELD_VALUE, 4);
  expect_trailer_refused("X: y\n\r\n", Refusal::ERR_HTTP_BARE_LF, 4);
  expect_trailer_refused("\n", Refusal::ERR_HTTP_BARE_LF, 0);
  expect_trailer_refused("A: b\rc\r\n\r\n", Refusal::ERR_HTTP_BARE_CR, 4);
  expect_trailer_refused("\rA: b\r\n\r\n", Refusal::ERR_HTTP_BARE_CR, 0);
  expect_trailer_refused("\r\r\n\r\n", Refusal::ERR_HTTP_BARE_CR, 0);
}

TEST("each byte in the places of a trailer") {
  struct {
    std::string before;
    std::string after;
  } places[] = {{"", "A: b"}, {"A", "B: c"}, {"A", ": b"}, {"A:", "b"}, {"A: b", "c"}, {"A: b", ""}};
  for (const auto& [before, after] : places) {
    for (uint32_t byte = 0; byte < 256; byte++) {
      std::string input = "0\r\n" + before + static_cast<char>(byte) + after + "\r\nB: c\r\n\r\n";
      DecodedChunked seen = decode_chunked_whole(pages().ending(input));
      auto reference = reference_chunked(input);
      CHECK_EQUAL(seen.verdict.outcome == Outcome::complete, reference.has_value());
      if (reference) CHECK(seen.trailers == reference->trailers);
      expect_in_pieces(input, seen, {});
    }
  }
}

TEST("fields that must not stand in a trailer section, in any case of letters") {
  for (const char* name : {"Content-Length", "TRANSFER-ENCODING", "host", "Trailer", "TE", "te", "Content-Encoding", "Content-Type", "Content-Range",
                           "Authorization", "Cookie", "Set-Cookie", "Cache-Control", "Max-Forwards", "Expect", "Range", "If-Match", "if-none-match",
                           "If-Modified-Since", "IF-RANGE", "If-", "Connection", "Upgrade"}) {
    expect_trailer_refused("A: b\r\n" + std::string(name) + ": 5\r\n\r\n", Refusal::ERR_HTTP_FORBIDDEN_TRAILER, 6);
  }
}

TEST("a chunk line may have max_line_bytes before its line end") {
  ChunkLimits limits;
  std::string line = "1;a=" + std::string(limits.max_line_bytes - 4, 'x');
  expect_content(line + "\r\nx\r\n0\r\n\r\n", "x");
  expect_refused(line + "x\r\nx\r\n0\r\n\r\n", Refusal::ERR_HTTP_CHUNK_LINE_TOO_LONG, 256);
  expect_refused(line + " ;\r\nx\r\n", Refusal::ERR_HTTP_CHUNK_LINE_TOO_LONG, 256);
  expect_refused(line + "\nx\r\n", Refusal::ERR_HTTP_BARE_LF, 256);
  limits.max_line_bytes = 2;
  expect_content("01\r\nx\r\n0\r\n\r\n", "x", {}, limits);
  expect_refused("001\r\n", Refusal::ERR_HTTP_CHUNK_LINE_TOO_LONG, 2, "", 0, limits);
}

TEST("content of all chunks may have max_content_bytes; the size is enough to tell") {
  ChunkLimits limits;
  limits.max_content_bytes = 10;
  expect_content("a\r\n0123456789\r\n0\r\n\r\n", "0123456789", {}, limits);
  expect_content("5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n", "hellohello", {}, limits);
  expect_refused("b\r\n", Refusal::ERR_HTTP_CONTENT_TOO_LARGE, 0, "", 2, limits);
  expect_refused("0b;a=b\r\n", Refusal::ERR_HTTP_CONTENT_TOO_LARGE, 0, "", 3, limits);
  expect_refused("5\r\nhello\r\n6 ;", Refusal::ERR_HTTP_CONTENT_TOO_LARGE, 10, "hello", 12, limits);
  // What is no size at all is that first.
  expect_refused("FFFFFFFFFFFFFFFF\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 13, "", 0, limits);
  expect_refused("bx\r\n", Refusal::ERR_HTTP_BAD_CHUNK_SIZE, 1, "", 0, limits);
  limits.max_content_bytes = 0;
  expect_content("0\r\n\r\n", "", {}, limits);
  expect_refused("1\r\nx\r\n0\r\n\r\n", Refusal::ERR_HTTP_CONTENT_TOO_LARGE, 0, "", 2, limits);
  // 2^53-1 bytes in all, not in one chunk.
  ChunkedContent state = {};
  state.received = kMaxContentLength;
  ChunkedStep step;
  CHECK_EQUAL(decode_chunked(pages().ending("0\r"), {}, state, nullptr, step), incomplete());
  state = {};
  state.received = kMaxContentLength;
  CHECK_EQUAL(decode_chunked(pages().ending("1\r"), {}, state, nullptr, step), refuse(Refusal::ERR_HTTP_CONTENT_TOO_LARGE, kMaxContentLength));
}

TEST("chunks may cost as many bytes as the content has, and max_overhead_bytes") {
  ChunkLimits limits;
  const std::string input = "1\r\nx\r\n1\r\nx\r\n0\r\n\r\n";
  limits.max_overhead_bytes = 11;
  expect_content(input, "xx", {}, limits);
  limits.max_overhead_bytes = 10;
  expect_refused(input, Refusal::ERR_HTTP_CHUNK_OVERHEAD, 14, "xx", 0, limits);
  limits.max_overhead_bytes = 7;
  expect_refused(input, Refusal::ERR_HTTP_CHUNK_OVERHEAD, 11, "xx", 0, limits);
  limits.max_overhead_bytes = 6;
  expect_refused(input, Refusal::ERR_HTTP_CHUNK_OVERHEAD, 8, "x", 0, limits);
  limits.max_overhead_bytes = 0;
  expect_refused(input, Refusal::ERR_HTTP_CHUNK_OVERHEAD, 0, "", 0, limits);
  // The trailer section has limits of its own.
  limits.max_overhead_bytes = 3;
  expect_content("0\r\nA: b\r\n\r\n", "", {{"A", "b"}}, limits);
}

TEST("one byte in each chunk ends somewhere, with default limits") {
  std::string input;
  while (input.size() < 40000) input += "1\r\nx\r\n";
  // Five bytes for one, of which one is allowed: the 4097th chunk is one too many.
  Verdict expected = refuse(Refusal::ERR_HTTP_CHUNK_OVERHEAD, 4096 * 6);
  CHECK_EQUAL(decode_chunked_whole(pages().ending(input)).verdict, expected);
  CHECK_EQUAL(decode_chunked_whole(pages().ending(input)).content.size(), size_t{4096});
  CHECK_EQUAL(decode_chunked_in_steps(input, 1, 1).verdict, expected);
  CHECK_EQUAL(decode_chunked_in_steps(input, 5, 7).verdict, expected);
}

TEST("a trailer section may have max_trailer_bytes before its blank line") {
  ChunkLimits limits;
  const std::string input = "0\r\nA: b\r\nC: d\r\n\r\n";
  limits.max_trailer_bytes = 12;
  expect_content(input, "", {{"A", "b"}, {"C", "d"}}, limits);
  for (uint32_t most : {11u, 10u, 7u, 6u, 5u, 1u, 0u}) {
    limits.max_trailer_bytes = most;
    expect_refused(input, Refusal::ERR_HTTP_TRAILERS_TOO_LARGE, 3 + most, "", 0, limits);
  }
  limits.max_trailer_bytes = 6;
  expect_refused("0\r\nA: b\r\n\rX", Refusal::ERR_HTTP_TRAILERS_TOO_LARGE, 9, "", 11, limits);
  expect_refused("0\r\nA: b\r\n\n", Refusal::ERR_HTTP_BARE_LF, 9, "", 0, limits);
  expect_refused("0\r\nA: bcdefghi", Refusal::ERR_HTTP_TRAILERS_TOO_LARGE, 9, "", 0, limits);
  expect_refused("0\r\nA\x01: b\r\n", Refusal::ERR_HTTP_TRAILERS_TOO_LARGE, 9, "", 0, limits);
  expect_refused("0\r\nA\x01: b\r\r\n", Refusal::ERR_HTTP_TRAILERS_TOO_LARGE, 9, "", 0, limits);
  limits.max_trailer_bytes = 0;
  expect_content("0\r\n\r\n", "", {}, limits);
  limits = {};
  std::string longest = "A: " + std::string(limits.max_trailer_bytes - 5, 'x') + "\r\n";
  std::string wire = "0\r\n" + longest + "\r\n";
  CHECK_EQUAL(decode_chunked_in_steps(wire, 1000, 1000).size, wire.size());
  CHECK_EQUAL(decode_chunked_whole(pages().ending("0\r\n" + longest + "B")).verdict, refuse(Refusal::ERR_HTTP_TRAILERS_TOO_LARGE, 3 + 8192));
}

TEST("a trailer section may have max_trailer_lines") {
  std::string lines;
  Trailers trailers;
  for (int i = 0; i < 32; i++) {
    lines += "A: b\r\n";
    trailers.emplace_back("A", "b");
  }
  expect_content("0\r\n" + lines + "\r\n", "", trailers);
  lines += "A : b\r\n";
  expect_refused("0\r\n" + lines + "\r\n", Refusal::ERR_HTTP_TOO_MANY_TRAILERS, 3 + 32 * 6, "", 3 + 32 * 6 + 7);
  ChunkLimits limits;
  limits.max_trailer_lines = 0;
  expect_content("0\r\n\r\n", "", {}, limits);
  expect_refused("0\r\nA: b\r\n\r\n", Refusal::ERR_HTTP_TOO_MANY_TRAILERS, 3, "", 9, limits);
}

TEST("each byte of a trailer section is looked at once: what was read before may be gone") {
  ChunkedContent state = {};
  ChunkedStep step;
  VarRecord records[32];
  CHECK_EQUAL(decode_chunked(pages().ending("0\r\nA: b\r\nC:"), {}, state, records, step), incomplete());
  CHECK(step.used == 3 && step.trailers == 3 && step.trailer_count == 1);
  CHECK(state.trailer_line == 6 && state.trailer_scanned == 8);
  CHECK_EQUAL(decode_chunked(pages().ending("\xFF\xFF\xFF\xFF\xFF\xFF"
                                            "C: d\r\n\r\nGET"), {}, state, records, step), complete());
  CHECK(step.used == 14 && step.trailers == 0 && step.trailer_count == 1);
  CHECK(records[0].key == 6 && records[0].key_length == 1 && records[0].value == 9 && records[0].value_end == 10);
}

TEST("random chunks come out as they went in, in steps of any size") {
  RandomNumbers random(91);
  for (int i = 0; i < 500; i++) {
    std::string input;
    std::string content;
    for (size_t count = random.below(8); count > 0; count--) {
      std::string chunk = random.bytes(1 + random.below(70));
      char size[32];
      snprintf(size, sizeof size, random.below(2) == 0 ? "%zx" : "%04zX", chunk.size());
      input += std::string(size) + (random.below(3) == 0 ? " ; ext = \"a b\"" : "") + "\r\n" + chunk + "\r\n";
      content += chunk;
    }
    input += "0\r\nX-Sum: 1\r\n\r\n";
    DecodedChunked expected = {complete(), content, {{"X-Sum", "1"}}, input.size()};
    CHECK_EQUAL(decode_chunked_whole(pages().ending(input)), expected);
    CHECK_EQUAL(decode_chunked_in_steps(input, 1, 1), expected);
    CHECK_EQUAL(decode_chunked_in_steps(input, random.below(input.size()), 1 + random.below(40)), expected);
  }
}

}  // namespace
