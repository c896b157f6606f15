// decide_framing and decide_connection: how the content of an HTTP request ends, and what its head says about the connection. Each row is a
// list of field lines with its verdict, run among other fields and around them.
#include <string>
#include <utility>
#include <vector>

#include "check.h"
#include "core/field_names.h"
#include "core/framing.h"
#include "feedings.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

/// What one list of field lines comes to. Without a verdict of "complete", nothing else is said.
struct Decided {
  Verdict verdict = complete();
  FramingKind framing = FramingKind::none;
  uint64_t content_length = 0;
  std::string length;
  bool keep_alive = false;
  bool expect_continue = false;
  bool upgrade = false;
  bool operator==(const Decided&) const = default;
};

std::string shown(const Decided& decided) {
  return test::shown(decided.verdict) + " framing " + std::to_string(static_cast<int>(decided.framing)) + " of " +
         std::to_string(decided.content_length) + " \"" + decided.length + "\"" + (decided.keep_alive ? " keep-alive" : "") +
         (decided.expect_continue ? " expect" : "") + (decided.upgrade ? " upgrade" : "");
}

using Lines = std::vector<std::pair<std::string, std::string>>;

/// Field lines as they stand in a head, and the records that the parser would make of them.
struct Written {
  std::string text;
  std::vector<VarRecord> records;
  std::vector<size_t> names;   // offset of each line
  std::vector<size_t> values;  // offset of each value
};

Written write_lines(const Lines& lines) {
  Written written;
  for (const auto& [name, value] : lines) {
    written.names.push_back(written.text.size());
    written.text += name + ": ";
    written.values.push_back(written.text.size());
    written.text += value;
    written.records.push_back({static_cast<uint32_t>(written.names.back()), static_cast<uint32_t>(name.size()),
                               static_cast<uint32_t>(written.values.back()), static_cast<uint32_t>(written.text.size())});
    written.text += "\r\n";
  }
  return written;
}

HeadIndex index_of(Bytes input, std::vector<VarRecord>& records) {
  HeadIndex index = {};
  index.keys = records.data();
  index.key_count = static_cast<uint32_t>(records.size());
  for (uint32_t i = 0; i < index.key_count; i++) {
    FieldName name = classify_field_name({input.data + records[i].key, records[i].key_length}, false);
    if (name.role != KeyRole::count) index.facts.add(name.role, i);
  }
  // Whatever an earlier head left is no part of the verdict.
  index.framing = FramingKind::length;
  index.content_length = 99;
  index.keep_alive = index.expect_continue = index.upgrade = true;
  return index;
}

Decided decide(Bytes input, std::vector<VarRecord> records, uint32_t minor, const Limits& limits) {
  HeadIndex index = index_of(input, records);
  Decided seen;
  Bytes length = {};
  seen.verdict = decide_framing(input, minor, limits, index, length);
  if (seen.verdict.outcome == Outcome::complete) seen.verdict = decide_connection(input, minor, index);
  if (seen.verdict.outcome != Outcome::complete) return seen;
  seen.framing = index.framing;
  seen.content_length = index.content_length;
  if (length.size > 0) seen.length = std::string(reinterpret_cast<const char*>(length.data), length.size);
  CHECK(length.size == 0 || (length.data >= input.data && length.data + length.size <= input.data + input.size));
  seen.keep_alive = index.keep_alive;
  seen.expect_continue = index.expect_continue;
  seen.upgrade = index.upgrade;
  return seen;
}

void expect(const Lines& lines, uint32_t minor, const Decided& expected, const Limits& limits = {}) {
  Written written = write_lines(lines);
  Doing doing(written.text.c_str(), minor);
  feed_whole(written.text, expected, [&](Bytes input) { return decide(input, written.records, minor, limits); });
}

/// Other fields first, between and last: the verdict is the same, and offsets move with the lines.
void expect_among_others(const Lines& lines, uint32_t minor, const Decided& expected, const Limits& limits = {}) {
  expect(lines, minor, expected, limits);
  Lines mixed = {{"Accept", "*/*"}};
  for (const auto& line : lines) {
    mixed.push_back(line);
    mixed.push_back({"X-" + line.first, line.second});
    mixed.push_back({"Upgrade-Insecure-Requests", "1"});
  }
  Decided moved = expected;
  if (expected.verdict.outcome == Outcome::refused) {
    Written before = write_lines(lines);
    Written after = write_lines(mixed);
    for (size_t i = 0; i < lines.size(); i++) {
      size_t end = i + 1 < lines.size() ? before.names[i + 1] : before.text.size();
      bool inside = before.names[i] <= expected.verdict.offset && expected.verdict.offset < end;
      if (inside) moved.verdict.offset = after.names[1 + 3 * i] + (expected.verdict.offset - before.names[i]);
    }
  }
  expect(mixed, minor, moved, limits);
}

Decided refused(Refusal refusal, size_t offset) {
  Decided decided;
  decided.verdict = refuse(refusal, offset);
  return decided;
}

/// HTTP/1.1, nothing said about the connection.
Decided plain() {
  Decided decided;
  decided.keep_alive = true;
  return decided;
}

Decided with_length(uint64_t size, std::string text) {
  Decided decided = plain();
  decided.framing = size > 0 ? FramingKind::length : FramingKind::none;
  decided.content_length = size;
  decided.length = std::move(text);
  return decided;
}

Decided chunked() {
  Decided decided = plain();
  decided.framing = FramingKind::chunked;
  return decided;
}

constexpr size_t kCodingAt = sizeof("Transfer-Encoding: ") - 1;
constexpr size_t kLengthAt = sizeof("Content-Length: ") - 1;

// --- framing -------------------------------------------------------------------------------------------------------------------------

TEST("neither field: no content") {
  expect_among_others({}, 1, plain());
  expect_among_others({{"Transfer_Encoding", "chunked"}, {"Content_Length", "5"}}, 1, plain());
  expect_among_others({{"Transfer-Encodings", "chunked"}, {"Content-Lengt", "5"}}, 1, plain());
}

TEST("Transfer-Encoding: chunked, once, alone and in any case") {
  for (const char* value : {"chunked", "Chunked", "CHUNKED", "cHuNkEd"}) expect_among_others({{"Transfer-Encoding", value}}, 1, chunked());
  expect_among_others({{"tRANSFER-eNCODING", "chunked"}}, 1, chunked());
}

TEST("Transfer-Encoding that is no list of tokens, has chunked twice or not last, or known codings without it") {
  for (const char* value : {"", ",", ",chunked", "chunked,", "chunked, ,", "chunked;a=b", "\"chunked\"", "chunk ed", "chu\tnked", "\xA0" "chunked",
                            "chunked\x85", "chunked, chunked", "gzip, chunked, chunked", "chunked, gzip", "chunked, foo", "chunked, identity", "gzip",
                            "deflate", "compress", "x-gzip", "x-compress", "GZIP", "gzip, deflate", "gzip;q=1, chunked", "gzip, ,chunked", "foo, chunked,",
                            "identity, \x80"}) {
    expect_among_others({{"Transfer-Encoding", value}}, 1, refused(Refusal::ERR_HTTP_BAD_TRANSFER_ENCODING, kCodingAt));
  }
}

TEST("Transfer-Encoding that names what is not decoded") {
  for (const char* value : {"identity", "xchunked", "chunked1", "foo", "br", "gzip, chunked", "foo, chunked", "gzip, foo", "gzip,deflate,chunked",
                            "x-gzip\t, Chunked", "CHUNKE"}) {
    expect_among_others({{"Transfer-Encoding", value}}, 1, refused(Refusal::ERR_HTTP_UNKNOWN_CODING, kCodingAt));
  }
}

TEST("Transfer-Encoding on several lines is one list; the offset is that of the last one that was read") {
  auto second = [](std::string first) { return write_lines({{"Transfer-Encoding", first}, {"Transfer-Encoding", "x"}}).values[1]; };
  Refusal bad = Refusal::ERR_HTTP_BAD_TRANSFER_ENCODING;
  Refusal unknown = Refusal::ERR_HTTP_UNKNOWN_CODING;
  expect_among_others({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}, 1, refused(bad, second("chunked")));
  expect_among_others({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "identity"}}, 1, refused(bad, second("chunked")));
  expect_among_others({{"Transfer-Encoding", "identity"}, {"Transfer-Encoding", "chunked"}}, 1, refused(unknown, second("identity")));
  expect_among_others({{"Transfer-Encoding", "gzip"}, {"transfer-encoding", "chunked"}}, 1, refused(unknown, second("gzip")));
  expect_among_others({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", ""}}, 1, refused(bad, second("chunked")));
  expect_among_others({{"Transfer-Encoding", ""}, {"Transfer-Encoding", "chunked"}}, 1, refused(bad, kCodingAt));
  expect_among_others({{"Transfer-Encoding", "a b"}, {"Transfer-Encoding", "chunked"}}, 1, refused(bad, kCodingAt));
}

TEST("Transfer-Encoding in HTTP/1.0, then beside Content-Length, comes before what it says") {
  for (const char* value : {"chunked", "", "gzip", "foo", "\xFF"}) {
    expect_among_others({{"Transfer-Encoding", value}}, 0, refused(Refusal::ERR_HTTP_TRANSFER_ENCODING_VERSION, 0));
    for (const char* length : {"5", "", "x", "5, 5", "99999999999999999999999"}) {
      expect_among_others({{"Transfer-Encoding", value}, {"Content-Length", length}}, 0, refused(Refusal::ERR_HTTP_TRANSFER_ENCODING_VERSION, 0));
      expect_among_others({{"Transfer-Encoding", value}, {"Content-Length", length}}, 1, refused(Refusal::ERR_HTTP_TRANSFER_ENCODING_WITH_LENGTH, 0));
      size_t at = write_lines({{"Content-Length", length}}).text.size();
      expect_among_others({{"Content-Length", length}, {"Transfer-Encoding", value}}, 1, refused(Refusal::ERR_HTTP_TRANSFER_ENCODING_WITH_LENGTH, at));
    }
  }
}

TEST("Content-Length: digits, of which at most 20 and a number of at most 2^53-1; handed on without leading zeros") {
  for (uint32_t minor : {0u, 1u}) {
    auto accepted = [&](std::string value, uint64_t size, std::string text) {
      Decided expected = with_length(size, std::move(text));
      expected.keep_alive = minor == 1;
      expect_among_others({{"Content-Length", value}}, minor, expected);
    };
    accepted("0", 0, "0");
    accepted("5", 5, "5");
    accepted("005", 5, "5");
    accepted("000", 0, "0");
    accepted("00000000000000000005", 5, "5");
    accepted("00000000000000000000", 0, "0");
    accepted("4294967295", 4294967295, "4294967295");
    accepted("4294967296", 4294967296, "4294967296");
    accepted("9007199254740991", 9007199254740991, "9007199254740991");
    accepted("00009007199254740991", 9007199254740991, "9007199254740991");
    for (const char* value : {"9007199254740992", "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
                              "18446744073709551621", "36893488147419103237", "99999999999999999999", "000000000000000000005", "000000000000000000000",
                              "184467440737095516160000000000000000000005"}) {
      expect_among_others({{"Content-Length", value}}, minor, refused(Refusal::ERR_HTTP_BAD_CONTENT_LENGTH, kLengthAt));
    }
  }
}

TEST("Content-Length that is not digits, at the byte that is none") {
  const std::pair<const char*, size_t> rows[] = {{"", 0}, {"+5", 0}, {"-0", 0}, {"-1", 0}, {"5.0", 1}, {"0x5", 1}, {"1_0", 1}, {"5 5", 1}, {"5, 5", 1},
                                                 {"5,6", 1}, {"5,", 1}, {",", 0}, {",5", 0}, {"\xB2", 0}, {"\xD9\xA3", 0}, {"5\xA0", 1}, {"1e3", 1},
                                                 {"\"5\"", 0}, {"18446744073709551621x", 20}};
  for (const auto& [value, at] : rows) {
    expect_among_others({{"Content-Length", value}}, 1, refused(Refusal::ERR_HTTP_BAD_CONTENT_LENGTH, kLengthAt + at));
  }
}

TEST("Content-Length twice, equal or not, at the last line of it") {
  for (const char* value : {"5", "05", "6", "", "x"}) {
    size_t at = write_lines({{"Content-Length", "5"}}).text.size();
    expect_among_others({{"Content-Length", "5"}, {"content-length", value}}, 1, refused(Refusal::ERR_HTTP_CONTENT_LENGTH_REPEATED, at));
  }
  size_t third = write_lines({{"Content-Length", "5"}, {"Content-Length", "5"}}).text.size();
  expect_among_others({{"Content-Length", "5"}, {"Content-Length", "5"}, {"Content-Length", "5"}}, 1,
                      refused(Refusal::ERR_HTTP_CONTENT_LENGTH_REPEATED, third));
}

TEST("the limit for content, counted as a number") {
  Limits limits;
  limits.max_content_bytes = 5;
  expect_among_others({{"Content-Length", "5"}}, 1, with_length(5, "5"), limits);
  expect_among_others({{"Content-Length", "0005"}}, 1, with_length(5, "5"), limits);
  expect_among_others({{"Content-Length", "6"}}, 1, refused(Refusal::ERR_HTTP_CONTENT_TOO_LARGE, kLengthAt), limits);
  expect_among_others({{"Content-Length", "9007199254740992"}}, 1, refused(Refusal::ERR_HTTP_BAD_CONTENT_LENGTH, kLengthAt), limits);
  expect_among_others({{"Transfer-Encoding", "chunked"}}, 1, chunked(), limits);
  limits.max_content_bytes = 0;
  expect_among_others({{"Content-Length", "00"}}, 1, with_length(0, "0"), limits);
  expect_among_others({{"Content-Length", "1"}}, 1, refused(Refusal::ERR_HTTP_CONTENT_TOO_LARGE, kLengthAt), limits);
}

// --- connection ----------------------------------------------------------------------------------------------------------------------

TEST("close on any line closes, whatever else is said; keep-alive counts in HTTP/1.0 only") {
  struct Row {
    std::vector<const char*> values;
    bool keeps_1_0;
    bool keeps_1_1;
  };
  const Row rows[] = {
      {{}, false, true},
      {{""}, false, true},
      {{"close"}, false, false},
      {{"Close"}, false, false},
      {{"keep-alive"}, true, true},
      {{"KEEP-ALIVE"}, true, true},
      {{"keep-alive, close"}, false, false},
      {{"close, keep-alive"}, false, false},
      {{"foo, close"}, false, false},
      {{"foo,\tclose\t,bar"}, false, false},
      {{"foo", "close"}, false, false},
      {{"close", "foo"}, false, false},
      {{"keep-alive", "close"}, false, false},
      {{"foo", "keep-alive"}, true, true},
      {{",,keep-alive,,"}, true, true},
      {{"closed"}, false, true},
      {{"xclose"}, false, true},
      {{"clos"}, false, true},
      {{"close x"}, false, true},
      {{"close;x"}, false, true},
      {{"\"close\""}, false, true},
      {{"close\xA0"}, false, true},
      {{"keep alive"}, false, true},
      {{"keep-alive x"}, false, true},
      {{"keep_alive"}, false, true},
      {{"X-Real-IP"}, false, true},
  };
  for (const Row& row : rows) {
    Lines lines;
    for (const char* value : row.values) lines.push_back({"Connection", value});
    Decided expected;
    expected.keep_alive = row.keeps_1_0;
    expect_among_others(lines, 0, expected);
    expected.keep_alive = row.keeps_1_1;
    expect_among_others(lines, 1, expected);
  }
  // Fields that only look like it.
  expect_among_others({{"Proxy-Connection", "close"}, {"Connection_", "close"}, {"Keep-Alive", "timeout=5"}}, 1, plain());
}

TEST("close on the last of many lines") {
  Lines lines;
  for (uint32_t i = 0; i + 1 < kMaxFieldLines; i++) lines.push_back({i % 2 == 0 ? "Connection" : "A", "a,b,,c"});
  expect(lines, 1, plain());
  lines.push_back({"connection", "x, close"});
  expect(lines, 1, {});
}

TEST("Expect: 100-continue in any case, alone or repeated; empty elements mean nothing") {
  Decided expected = plain();
  expected.expect_continue = true;
  for (const char* value : {"100-continue", "100-Continue", "100-CONTINUE", "100-continue, 100-continue", ",100-continue", "100-continue,", ", ,100-continue"}) {
    expect_among_others({{"Expect", value}}, 1, expected);
  }
  expect_among_others({{"Expect", "100-continue"}, {"expect", "100-continue"}}, 1, expected);
  expect_among_others({{"Expect", "100-continue"}, {"Expect", ""}}, 1, expected);
  for (const char* value : {"", ",", ", ,"}) expect_among_others({{"Expect", value}}, 1, plain());
  // Whatever the framing.
  Decided length = with_length(5, "5");
  length.expect_continue = true;
  expect_among_others({{"Content-Length", "5"}, {"Expect", "100-continue"}}, 1, length);
  Decided coded = chunked();
  coded.expect_continue = true;
  expect_among_others({{"Transfer-Encoding", "chunked"}, {"Expect", "100-continue"}}, 1, coded);
}

TEST("other expectations are refused where they stand, and mean nothing in HTTP/1.0") {
  constexpr size_t kAt = sizeof("Expect: ") - 1;
  for (const char* value : {"foo", "100-continue, foo", "foo, 100-continue", "100-continue;a=b", "100 continue", "100-continu", "100-continuee", "\xFF"}) {
    expect_among_others({{"Expect", value}}, 1, refused(Refusal::ERR_HTTP_EXPECTATION_FAILED, kAt));
    expect_among_others({{"Expect", value}}, 0, {});
  }
  expect_among_others({{"Expect", "100-continue"}}, 0, {});
  size_t second = write_lines({{"Expect", "100-continue"}, {"Expect", "x"}}).values[1];
  expect_among_others({{"Expect", "100-continue"}, {"Expect", "x"}}, 1, refused(Refusal::ERR_HTTP_EXPECTATION_FAILED, second));
  expect_among_others({{"Expect", "x"}, {"Expect", "100-continue"}}, 1, refused(Refusal::ERR_HTTP_EXPECTATION_FAILED, kAt));
}

TEST("an upgrade needs both fields, and HTTP/1.1") {
  Decided upgrade = plain();
  upgrade.upgrade = true;
  expect_among_others({{"Connection", "upgrade"}, {"Upgrade", "websocket"}}, 1, upgrade);
  expect_among_others({{"Upgrade", "h2c"}, {"Connection", "keep-alive, Upgrade"}}, 1, upgrade);
  expect_among_others({{"Connection", "a"}, {"Upgrade", "x"}, {"Connection", "b, UPGRADE"}}, 1, upgrade);
  expect_among_others({{"Connection", "upgrade"}, {"Upgrade", "websocket"}, {"Content-Length", "0"}}, 1, [&] {
    Decided zero = upgrade;
    zero.length = "0";
    return zero;
  }());
  expect_among_others({{"Upgrade", "websocket"}}, 1, plain());
  expect_among_others({{"Connection", "upgrade"}}, 1, plain());
  expect_among_others({{"Connection", "upgrades"}, {"Upgrade", "websocket"}}, 1, plain());
  expect_among_others({{"Connection", "upgrade"}, {"Upgrade", "websocket"}}, 0, {});
  Decided closing = upgrade;
  closing.keep_alive = false;
  expect_among_others({{"Connection", "upgrade, close"}, {"Upgrade", "x"}}, 1, closing);
}

TEST("an upgrade with content is ignored, but one to WebSocket is refused") {
  const std::pair<Lines, Decided> contents[] = {{{{"Content-Length", "5"}}, with_length(5, "5")}, {{{"Transfer-Encoding", "chunked"}}, chunked()}};
  for (const auto& [content, expected] : contents) {
    auto with = [&](Lines lines) {
      Lines all = content;
      all.insert(all.end(), lines.begin(), lines.end());
      return all;
    };
    auto last_value = [&](const Lines& lines) { return write_lines(lines).values.back(); };
    for (const char* protocol : {"h2c", "h2c, TLS/1.0", "websocketx", "xwebsocket", "websocket/13", ""}) {
      expect_among_others(with({{"Connection", "upgrade"}, {"Upgrade", protocol}}), 1, expected);
    }
    for (const char* protocol : {"websocket", "WebSocket", "h2c, websocket", "websocket, h2c", ",websocket"}) {
      Lines lines = with({{"Connection", "upgrade"}, {"Upgrade", protocol}});
      expect_among_others(lines, 1, refused(Refusal::ERR_HTTP_UPGRADE_WITH_CONTENT, last_value(lines)));
      expect_among_others(with({{"Connection", "x"}, {"Upgrade", protocol}}), 1, expected);
    }
    Lines two = with({{"Connection", "upgrade"}, {"Upgrade", "h2c"}, {"Upgrade", "websocket"}});
    expect_among_others(two, 1, refused(Refusal::ERR_HTTP_UPGRADE_WITH_CONTENT, last_value(two)));
  }
  Decided old = with_length(5, "5");
  old.keep_alive = false;
  expect_among_others({{"Content-Length", "5"}, {"Connection", "upgrade"}, {"Upgrade", "websocket"}}, 0, old);
}

TEST("expectations come before upgrades") {
  Lines lines = {{"Content-Length", "5"}, {"Connection", "upgrade"}, {"Upgrade", "websocket"}, {"Expect", "x"}};
  expect_among_others(lines, 1, refused(Refusal::ERR_HTTP_EXPECTATION_FAILED, write_lines(lines).values[3]));
}

}  // namespace
