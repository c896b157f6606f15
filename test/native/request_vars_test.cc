// What request heads mean: their variables against a plain second reading, where derived values stand, the largest heads there may be, and
// shapes that never stand for the rules of another head. That a verdict does not depend on how a head comes is tested elsewhere.
#include "request_vars.h"

#include <map>
#include <string>
#include <vector>

#include "check.h"
#include "core/uwsgi_packet.h"
#include "feedings.h"
#include "random_numbers.h"
#include "reference_environ.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

RequestOptions options_of(std::string_view mount = "", uint32_t traits = 0) {
  RequestOptions options = {};
  options.limits = open_limits();
  options.mount = bytes_of(mount);
  options.traits = traits;
  return options;
}

RequestVars expected_of(std::string_view head, std::string_view mount = "", uint32_t traits = 0) {
  ReferenceEnviron environ = reference_environ(head, mount, (traits & kKeepUnderscores) != 0);
  RequestVars expected = {complete(), static_cast<uint32_t>(head.size()), environ.request_line};
  expected.vars.insert(expected.vars.end(), environ.fields.begin(), environ.fields.end());
  return expected;
}

RequestReader& reader() {
  static RequestReader shared;
  return shared;
}

/// With a table that is empty, then with one that knows the shape; the text has no byte written but those of derived values.
void expect(std::string_view head, const RequestVars& expected, std::string_view mount = "", uint32_t traits = 0) {
  std::string text(head.substr(0, 100));
  Doing doing(text.c_str());
  std::unique_ptr<ShapeTable> shapes = std::make_unique<ShapeTable>();
  RequestOptions options = options_of(mount, traits);
  feed_whole(head, expected, [&](Bytes input) {
    memset(reader().text(), 0xEE, kRequestTextBytes);
    RequestVars seen = reader().read(input, options, *shapes);
    size_t used = seen.verdict.outcome == Outcome::complete ? reader().index.byte_length : 0;
    size_t derived = seen.verdict.outcome == Outcome::complete ? reader().index.derived_size : 0;
    CHECK(derived <= head.size());
    for (size_t i = 0; i < kRequestTextBytes && seen.verdict.outcome == Outcome::complete; i++) {
      if (i == used) i += derived;
      if (i < kRequestTextBytes && reader().text()[i] != 0xEE) CHECK_EQUAL(i, kRequestTextBytes);
    }
    return seen;
  });
}

void expect_reference(std::string_view head, std::string_view mount = "", uint32_t traits = 0) { expect(head, expected_of(head, mount, traits), mount, traits); }

void expect_refused(std::string_view head, Refusal refusal, size_t offset, std::string_view mount = "") {
  expect(head, {refuse(refusal, offset), 0, {}}, mount);
}

std::string value_of(const RequestVars& seen, std::string_view name) {
  for (const auto& [key, value] : seen.vars) {
    if (key == name) return value;
  }
  return "(none)";
}

RequestVars read(std::string_view head, std::string_view mount = "", uint32_t traits = 0) {
  std::unique_ptr<ShapeTable> shapes = std::make_unique<ShapeTable>();
  ExactBlock block(head);
  return reader().read(block.bytes(), options_of(mount, traits), *shapes);
}

TEST("variables come in their order, request line first and repeated fields last") {
  const std::string head =
      "POST /a/b?c=d HTTP/1.1\r\nAccept: x\r\nCookie: a=1\r\nX-One: 1\r\ncontent-length: 005\r\nHost: h:80\r\nCOOKIE: b=2\r\nContent-Type: t\r\n"
      "X-one: 2\r\nProxy: p\r\nConnection: close\r\nX_One: 3\r\n\r\n";
  const Pairs expected = {{"REQUEST_METHOD", "POST"}, {"PATH_INFO", "/a/b"}, {"QUERY_STRING", "c=d"}, {"REQUEST_URI", "/a/b?c=d"}, {"RAW_URI", "/a/b?c=d"},
                          {"SERVER_PROTOCOL", "HTTP/1.1"}, {"HTTP_HOST", "h:80"}, {"CONTENT_LENGTH", "5"}, {"HTTP_ACCEPT", "x"}, {"CONTENT_TYPE", "t"},
                          {"HTTP_CONNECTION", "close"}, {"HTTP_COOKIE", "a=1; b=2"}, {"HTTP_X_ONE", "1, 2"}};
  expect(head, {complete(), static_cast<uint32_t>(head.size()), expected});
  expect_reference(head);
  expect_reference(head, "", kKeepUnderscores);
  CHECK_EQUAL(value_of(read(head, "", kKeepUnderscores), "HTTP_X_ONE"), "1, 2, 3");
}

TEST("an empty line before the head is skipped, and moves every offset") {
  expect_reference("\r\nGET /%41?b HTTP/1.0\r\nA: b\r\na: c\r\n\r\n");
  expect_reference("\r\nGET http://h HTTP/1.0\r\n\r\n");
}

TEST("paths that were percent-encoded are decoded once") {
  for (const char* target : {"/", "/%41", "/%2F%2f", "/a%20b?c%20d", "/%", "/%4", "/%zz", "/a%00b", "/%25", "/%2541", "//a", "/?", "/a?b?c%41", "/%41?"}) {
    expect_reference(std::string("GET ") + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
    expect_reference(std::string("GET http://h") + target + " HTTP/1.1\r\nHost: other\r\nX: 1\r\nx: 2\r\n\r\n");
  }
  expect_reference("GET http://h?x HTTP/1.0\r\n\r\n");
  expect_reference("GET HTTPS://[::1]:80 HTTP/1.1\r\nHost:\r\n\r\n");
}

TEST("a path behind a mount point, whose end is that of a segment") {
  for (const char* target : {"/app", "/app/", "/app/x", "/%61pp/x", "/app%2Fx", "/app?q", "http://h/app/%41", "/app//", "/app/../x"}) {
    expect_reference(std::string("GET ") + target + " HTTP/1.1\r\nHost: h\r\n\r\n", "/app");
  }
  for (const char* target : {"/", "/ap", "/apple", "/App/x", "//app", "/x/app", "http://h", "http://h?/app", "/app%", "/%2Fapp"}) {
    expect_refused(std::string("GET ") + target + " HTTP/1.1\r\nHost: h\r\n\r\n", Refusal::ERR_HTTP_OUTSIDE_MOUNT, 4, "/app");
  }
  expect_reference("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "/app");
  expect_reference("OPTIONS http://h HTTP/1.1\r\nHost: h\r\n\r\n", "/app");
  expect_reference("GET /a/b/c HTTP/1.1\r\nHost: h\r\n\r\n", "/a/b");
  expect_refused("GET /a/b HTTP/1.1\r\nHost: h\r\n\r\n", Refusal::ERR_HTTP_OUTSIDE_MOUNT, 4, "/a/b/c");
}

TEST("asterisk-form is the server as a whole; the absolute form of it has no path") {
  for (const char* target : {"*", "http://h", "http://h?q"}) {
    const std::string head = std::string("OPTIONS ") + target + " HTTP/1.1\r\nHost: x\r\n\r\n";
    expect_reference(head);
    CHECK_EQUAL(value_of(read(head), "PATH_INFO"), "");
  }
  CHECK_EQUAL(value_of(read("OPTIONS http://h/ HTTP/1.1\r\nHost: x\r\n\r\n"), "PATH_INFO"), "/");
}

TEST("Host: the authority of the target counts, and a Host field has to be there and be valid all the same") {
  CHECK_EQUAL(value_of(read("GET http://a:1/ HTTP/1.1\r\nHost: b\r\n\r\n"), "HTTP_HOST"), "a:1");
  CHECK_EQUAL(value_of(read("GET http://a/ HTTP/1.0\r\n\r\n"), "HTTP_HOST"), "a");
  CHECK_EQUAL(value_of(read("GET / HTTP/1.0\r\n\r\n"), "HTTP_HOST"), "(none)");
  CHECK_EQUAL(value_of(read("GET / HTTP/1.1\r\nHost:\r\n\r\n"), "HTTP_HOST"), "");
  expect_refused("GET http://a/ HTTP/1.1\r\n\r\n", Refusal::ERR_HTTP_HOST_MISSING, 26);
  expect_refused("GET http://a/ HTTP/1.1\r\nHost: b c\r\n\r\n", Refusal::ERR_HTTP_BAD_HOST, 31);
  expect_refused("GET / HTTP/1.0\r\nHost: b\r\nhost: b\r\n\r\n", Refusal::ERR_HTTP_HOST_REPEATED, 25);
}

TEST("methods that are not supported, after Host and framing and before expectations and mount") {
  for (const char* method : {"G", "GE", "get", "GEt", "ABCDEFGHIJKLMNOPQRSTU", "a.b"}) {
    expect_refused(std::string(method) + " / HTTP/1.1\r\nHost: h\r\nExpect: x\r\n\r\n", Refusal::ERR_HTTP_METHOD_NOT_SUPPORTED, 0, "/app");
  }
  for (const char* method : {"GET", "ABCDEFGHIJKLMNOPQRST", "M-SEARCH", "$%&", "123"}) expect_reference(std::string(method) + " / HTTP/1.1\r\nHost: h\r\n\r\n");
  expect_refused("\r\nCONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n", Refusal::ERR_HTTP_CONNECT, 2);
  expect_refused("get / HTTP/1.1\r\nContent-Type: a\r\nHost: h\r\nContent-Type: a\r\n\r\n", Refusal::ERR_HTTP_CONTENT_TYPE_REPEATED, 42);
}

TEST("names with underscores are refused where the options say so, at the first of them") {
  RequestOptions options = options_of();
  options.refuse_underscores = true;
  std::unique_ptr<ShapeTable> shapes = std::make_unique<ShapeTable>();
  const std::string head = "GET / HTTP/1.1\r\nA: b\r\nX_A: 1\r\nX_B: 2\r\n\r\n";  // no Host: that comes later
  for (int i = 0; i < 3; i++) {
    feed_whole(head, refuse(Refusal::ERR_HTTP_UNDERSCORE, 22), [&](Bytes input) { return reader().decode(input, options, *shapes); });
  }
}

TEST("repeated fields are joined in order, whatever is between and however they are spelled") {
  const std::vector<std::vector<std::string>> heads = {
      {"A: 1", "A: 2"},
      {"A:", "A:", "a:"},
      {"A: 1", "B: 2", "a: 3", "b: 4"},
      {"A: 1", "B: 2", "B: 3", "A: 4", "B: 5", "A: 6"},
      {"Cookie: a", "cookie: b", "COOKIE:", "Cookie-: c"},
      {"Cookie:", "Cookie:"},
      {"Set-Cookie: a", "Set-Cookie: b"},
      {"Accept: a", "X: b", "Accept: c"},
      {"X-A: 1", "X_A: 2", "X-A: 3"},
      {"X_A: 1", "X_A: 2"},
      {"Keep_Alive: 1", "Keep-Alive: 2"},
      {"Proxy: 1", "Proxy: 2", "Transfer_Encoding: a", "Content_Type: b", "Content_Length: c"},
      {"Connection: a", "Connection: b", "Expect: 100-continue", "Expect: 100-continue"},
  };
  for (const std::vector<std::string>& lines : heads) {
    for (uint32_t traits = 0; traits < kRequestTraits; traits++) {
      for (const char* target : {"/", "/%41", "http://a"}) {
        std::string head = std::string("GET ") + target + " HTTP/1.1\r\nHost: h\r\n";
        for (const std::string& line : lines) head += line + "\r\n";
        expect_reference(head + "\r\n", "", traits);
      }
    }
  }
}

// --- the largest heads ---------------------------------------------------------------------------------------------------------------

TEST("as many field lines as there may be: different, equal, in pairs, one variable of many") {
  for (int kind = 0; kind < 5; kind++) {
    std::string head = "GET /%41 HTTP/1.0\r\n";
    for (uint32_t i = 0; i < kMaxFieldLines; i++) {
      switch (kind) {
        case 0: head += "x" + std::to_string(i) + ":\r\n"; break;
        case 1: head += i % 2 == 0 ? "A:\r\n" : "a: 1\r\n"; break;
        case 2: head += "x" + std::to_string(i / 2) + ": " + std::to_string(i) + "\r\n"; break;
        case 3: head += "x" + std::to_string(i % 500) + ": " + std::to_string(i) + "\r\n"; break;
        default: head += i % 3 == 0 ? "X_a:\r\n" : "x-A: \t \r\n"; break;
      }
    }
    head += "\r\n";
    expect_reference(head);
    expect_reference(head, "", kKeepUnderscores);
    RequestReader exact(kMaxFieldLines);
    std::unique_ptr<ShapeTable> shapes = std::make_unique<ShapeTable>();
    CHECK_EQUAL(exact.read(bytes_of(head), options_of(), *shapes).verdict, complete());
    CHECK(exact.index.var_count <= exact.index.var_room);
    head.insert(head.size() - 2, "y:\r\n");
    expect_refused(head, Refusal::ERR_HTTP_TOO_MANY_FIELDS, head.size() - 6);
  }
}

TEST("heads of 65535 bytes, with as much derived text as they can have") {
  // Escapes of one byte each, which stay longer than what they become, and lines of which hardly anything is lost when they are joined.
  auto filled = [](std::string front, std::string back, char with) {
    return front + std::string(kMaxHeadBytes - front.size() - back.size(), with) + back;
  };
  const std::string heads[] = {
      filled("GET /%", " HTTP/1.0\r\n\r\n", 'x'),
      filled("GET /%", " HTTP/1.0\r\n\r\n", '%'),
      filled("GET /%41?", " HTTP/1.0\r\n\r\n", '%'),
      filled("GET http://h/%", " HTTP/1.1\r\nHost:\r\n\r\n", 'x'),
      filled("GET /%41 HTTP/1.0\r\na: x\r\na: ", "\r\n\r\n", 'y'),
      filled("GET /%41 HTTP/1.0\r\na: ", "\r\nA:\r\n\r\n", 'y'),
      filled("GET /", " HTTP/1.0\r\n\r\n", 'x'),
      filled("GET / HTTP/1.0\r\n", ": x\r\n\r\n", 'n'),
  };
  for (const std::string& head : heads) {
    CHECK_EQUAL(head.size(), size_t{kMaxHeadBytes});
    expect_reference(head);
  }
  std::string most = "GET /%41 HTTP/1.0\r\n";
  while (most.size() + 2 + 66 <= kMaxHeadBytes) most += "a:" + std::string(62, 'v') + "\r\n";
  most += "\r\n";
  expect_reference(most);
  expect_refused(heads[0].substr(0, kMaxHeadBytes - 2) + "a:b\r\n\r\n", Refusal::ERR_HTTP_HEAD_TOO_LARGE, kMaxHeadBytes);
}

// --- shapes --------------------------------------------------------------------------------------------------------------------------

TEST("heads with the same field names and other rules have shapes of their own") {
  const std::vector<std::string> all_fields = {"Host: h\r\n", "Host: h\r\nX_A: 1\r\nX-A: 2\r\n", "X_A: 1\r\nHost: h\r\nx_a: 2\r\n", "Host: h\r\nContent-Length: 0\r\nA: 1\r\n",
                                               "Host: h\r\nA: 1\r\nA: 2\r\n", "Host: h\r\nHost: h\r\n", ""};
  const std::vector<std::string> targets = {"/", "/%41", "http://a/", "http://a", "*", "//x?y"};
  std::unique_ptr<ShapeTable> shapes = std::make_unique<ShapeTable>();
  std::map<std::pair<uint32_t, uint32_t>, std::string> known;
  std::map<std::pair<std::string, uint32_t>, RequestVars> with_empty_table;
  RandomNumbers random(31);
  int kept = 0;
  for (int round = 0; round < 20000; round++) {
    uint32_t traits = static_cast<uint32_t>(random.below(kRequestTraits));
    const std::string& target = targets[random.below(targets.size())];
    const std::string& fields = all_fields[random.below(all_fields.size())];
    const char* version = random.below(2) == 0 ? "HTTP/1.0" : "HTTP/1.1";
    std::string head = (target == "*" ? "OPTIONS " : "GET ") + target + " " + version + "\r\n" + fields + "\r\n";
    Doing doing(head.c_str(), traits);
    ExactBlock block(head);
    RequestVars seen = reader().read(block.bytes(), options_of("", traits), *shapes);
    uint32_t slot = reader().index.shape_slot;
    uint32_t serial = reader().index.shape_serial;
    auto alone = with_empty_table.find({head, traits});
    if (alone == with_empty_table.end()) alone = with_empty_table.try_emplace({head, traits}, read(head, "", traits)).first;
    CHECK_EQUAL(seen, alone->second);
    if (seen.verdict.outcome != Outcome::complete) continue;
    CHECK_EQUAL(seen, expected_of(head, "", traits));
    if (slot == kNoShape) continue;
    kept++;
    bool absolute = target[0] == 'h';
    std::string rules = std::to_string(traits) + (absolute ? " absolute " : " ") + fields;
    CHECK_EQUAL(known.try_emplace(std::pair(slot, serial), rules).first->second, rules);
  }
  CHECK(kept > 10000);
}

TEST("a packet and a head with the same names have different shapes") {
  std::unique_ptr<ShapeTable> shapes = std::make_unique<ShapeTable>();
  std::string packet_bytes = packet(var("Host", "h") + var("Content-Length", "0"));
  std::string head = "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
  std::unique_ptr<uint32_t[]> words(new uint32_t[head_index_words(kMaxBlockVars)]);
  for (int i = 0; i < 3; i++) {
    HeadIndex index = {};
    index.vars = reinterpret_cast<VarRecord*>(words.get());
    index.var_room = kMaxBlockVars;
    CHECK_EQUAL(decode_packet(bytes_of(packet_bytes), {}, *shapes, index), complete());
    CHECK(index.var_count == 2 && index.ids()[0] == NameId::none && index.ids()[1] == NameId::none);
    CHECK_EQUAL(reader().read(bytes_of(head), options_of(), *shapes), expected_of(head));
    CHECK(reader().index.shape_slot != index.shape_slot || reader().index.shape_serial != index.shape_serial);
  }
}

TEST("random heads of a few fields, through one table") {
  const std::vector<std::string> names = {"Accept", "accept", "Cookie", "COOKIE", "X-A", "X_A", "x-a", "Content-Type", "Proxy", "Connection", "If-None-Match",
                                          "A-name-that-is-longer-than-the-slot-of-a-key", "TE", "Content_Type", "Via"};
  const std::vector<std::string> values = {"", "a", "\t b \t", "x, y", "\xFF", std::string(200, 'v')};
  const std::vector<std::string> targets = {"/m", "/m/%41", "/m?q", "http://h/m/x%20", "/%6d/", "/m/" + std::string(100, 'p')};
  std::unique_ptr<ShapeTable> shapes = std::make_unique<ShapeTable>();
  RandomNumbers random(32);
  for (int round = 0; round < 20000; round++) {
    std::string head = random.below(8) == 0 ? "\r\n" : "";
    head += "GET " + targets[random.below(targets.size())] + " HTTP/1.1\r\nHost: h\r\n";
    bool typed = false;
    for (size_t count = random.below(9); count > 0; count--) {
      const std::string& name = names[random.below(names.size())];
      if (name == "Content-Type" && typed) continue;
      typed = typed || name == "Content-Type";
      head += name + ":" + (random.below(4) == 0 ? "" : " ") + values[random.below(values.size())] + "\r\n";
    }
    head += "\r\n";
    uint32_t traits = static_cast<uint32_t>(random.below(kRequestTraits));
    ExactBlock block(head);
    CHECK_EQUAL(reader().read(block.bytes(), options_of("/m", traits), *shapes), expected_of(head, "/m", traits));
  }
}

}  // namespace
