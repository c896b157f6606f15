// Request targets: the four forms and their parts, hosts by the grammar of RFC 3986 section 3.2.2, and percent-decoding, which writes no
// byte more than it says.
#include "core/request_target.h"

#include <string>
#include <vector>

#include "check.h"
#include "feedings.h"
#include "random_numbers.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

// --- parts ---------------------------------------------------------------------------------------------------------------------------

struct Split {
  Verdict verdict = complete();
  TargetForm form = TargetForm::origin;
  std::string authority;
  std::string path;
  std::string query;
  bool operator==(const Split&) const = default;
};

std::string shown(const Split& split) {
  return test::shown(split.verdict) + " form " + std::to_string(static_cast<int>(split.form)) + " \"" + split.authority + "\" \"" +
         split.path + "\" \"" + split.query + "\"";
}

Split split(std::string_view method, Bytes target) {
  RequestTarget parts;
  Split seen;
  seen.verdict = split_target(bytes_of(method), target, parts);
  if (seen.verdict.outcome != Outcome::complete) return seen;
  std::string_view text(reinterpret_cast<const char*>(target.data), target.size);
  CHECK(parts.authority <= parts.authority_end && parts.path <= parts.path_end && parts.query <= parts.query_end);
  CHECK(parts.authority_end <= target.size && parts.path_end <= target.size && parts.query_end <= target.size);
  seen.form = parts.form;
  seen.authority = text.substr(parts.authority, parts.authority_end - parts.authority);
  seen.path = text.substr(parts.path, parts.path_end - parts.path);
  seen.query = text.substr(parts.query, parts.query_end - parts.query);
  return seen;
}

void expect_split(std::string_view method, std::string_view target, const Split& expected) {
  std::string text(target);
  Doing doing(text.c_str());
  feed_whole(target, expected, [&](Bytes bytes) { return split(method, bytes); });
}

void expect_origin(std::string_view target, std::string path, std::string query) {
  for (const char* method : {"GET", "OPTIONS", "CONNECTED", "connect"}) {
    expect_split(method, target, {complete(), TargetForm::origin, "", path, query});
  }
}

void expect_absolute(std::string_view target, std::string authority, std::string path, std::string query) {
  for (const char* method : {"GET", "OPTIONS"}) expect_split(method, target, {complete(), TargetForm::absolute, authority, path, query});
}

void expect_refused(std::string_view method, std::string_view target, Refusal refusal, size_t offset) {
  expect_split(method, target, {refuse(refusal, offset), TargetForm::origin, "", "", ""});
}

TEST("origin-form: a path, and a query behind the first question mark") {
  expect_origin("/", "/", "");
  expect_origin("/a/b", "/a/b", "");
  expect_origin("/?", "/", "");
  expect_origin("/a?b=c&d", "/a", "b=c&d");
  expect_origin("/a?b?c/d?", "/a", "b?c/d?");
  expect_origin("//h/x", "//h/x", "");
  expect_origin("/*", "/*", "");
  expect_origin("/http://h/", "/http://h/", "");
  std::string longest(65000, 'a');
  expect_origin("/" + longest + "?" + "b", "/" + longest, "b");
}

TEST("absolute-form: http or https in any case, an authority, perhaps a path and a query") {
  expect_absolute("http://h", "h", "", "");
  expect_absolute("http://h/", "h", "/", "");
  expect_absolute("hTTp://h:80/a?b", "h:80", "/a", "b");
  expect_absolute("HTTPS://h:/a", "h:", "/a", "");
  expect_absolute("http://h?b/c@d", "h", "", "b/c@d");
  expect_absolute("http://h/@a:b", "h", "/@a:b", "");
  expect_absolute("http://[::1]:8080//x??", "[::1]:8080", "//x", "?");
  expect_absolute("http://a%2Fb/c", "a%2Fb", "/c", "");
}

TEST("absolute-form, refused") {
  for (const char* target : {"h", "http", "http:", "http:/", "http:/h", "https", "https:", "https:/h", "httpss://h", "httq://h", "ftp://h/",
                             "a:80", "?x", "**", "*/", "javascript:x", "htt", "HTTP:\\\\h", "ws://h/", "http//h", "a/b"}) {
    expect_refused("GET", target, Refusal::ERR_HTTP_BAD_TARGET, 0);
  }
  expect_refused("GET", "http://u@h/", Refusal::ERR_HTTP_BAD_TARGET, 8);
  expect_refused("GET", "https://u:p@h", Refusal::ERR_HTTP_BAD_TARGET, 11);
  expect_refused("GET", "http://@/", Refusal::ERR_HTTP_BAD_TARGET, 7);
  expect_refused("GET", "http://", Refusal::ERR_HTTP_BAD_HOST, 7);
  expect_refused("GET", "https://", Refusal::ERR_HTTP_BAD_HOST, 8);
  expect_refused("GET", "http:///x", Refusal::ERR_HTTP_BAD_HOST, 7);
  expect_refused("GET", "http://?x", Refusal::ERR_HTTP_BAD_HOST, 7);
  expect_refused("GET", "http://:80/", Refusal::ERR_HTTP_BAD_HOST, 7);
  expect_refused("GET", "http://h:8x/", Refusal::ERR_HTTP_BAD_HOST, 10);
  expect_refused("GET", "http://h:1:2/", Refusal::ERR_HTTP_BAD_HOST, 10);
  expect_refused("GET", "http://a\\b/", Refusal::ERR_HTTP_BAD_HOST, 8);
  expect_refused("GET", "http://[1]/", Refusal::ERR_HTTP_BAD_HOST, 7);
  // A bracket that ends behind the authority ends no literal.
  expect_refused("GET", "http://[::1/]", Refusal::ERR_HTTP_BAD_HOST, 7);
}

TEST("asterisk-form belongs to OPTIONS") {
  expect_split("OPTIONS", "*", {complete(), TargetForm::asterisk, "", "", ""});
  for (const char* method : {"GET", "options", "OPTION", "OPTIONSX"}) expect_refused(method, "*", Refusal::ERR_HTTP_BAD_TARGET, 0);
  expect_refused("OPTIONS", "*?x", Refusal::ERR_HTTP_BAD_TARGET, 0);
}

TEST("authority-form belongs to CONNECT, which has no other, and needs a port") {
  for (const char* target : {"h:1", "a.b:443", "[::1]:65536", "1.2.3.4:0", "a%20:00080"}) {
    expect_split("CONNECT", target, {complete(), TargetForm::authority, "", "", ""});
    expect_refused("GET", target, Refusal::ERR_HTTP_BAD_TARGET, 0);
  }
  expect_refused("CONNECT", "h", Refusal::ERR_HTTP_BAD_TARGET, 1);
  expect_refused("CONNECT", "h1", Refusal::ERR_HTTP_BAD_TARGET, 2);
  expect_refused("CONNECT", "443", Refusal::ERR_HTTP_BAD_TARGET, 3);
  expect_refused("CONNECT", "h:", Refusal::ERR_HTTP_BAD_TARGET, 2);
  expect_refused("CONNECT", ":443", Refusal::ERR_HTTP_BAD_TARGET, 0);
  expect_refused("CONNECT", "[::1]", Refusal::ERR_HTTP_BAD_TARGET, 5);
  expect_refused("CONNECT", "[::1]443", Refusal::ERR_HTTP_BAD_TARGET, 5);
  expect_refused("CONNECT", "u@h:443", Refusal::ERR_HTTP_BAD_TARGET, 1);
  expect_refused("CONNECT", "h:443/", Refusal::ERR_HTTP_BAD_TARGET, 5);
  expect_refused("CONNECT", "/x", Refusal::ERR_HTTP_BAD_TARGET, 0);
  expect_refused("CONNECT", "*", Refusal::ERR_HTTP_BAD_TARGET, 1);
  expect_refused("CONNECT", "http://h:80/", Refusal::ERR_HTTP_BAD_TARGET, 5);
}

// --- hosts ---------------------------------------------------------------------------------------------------------------------------

/// `fault`: the first byte that does not fit; the size of the host when all of it does.
void expect_host(std::string_view host, size_t fault) {
  std::string text(host);
  Doing doing(text.c_str());
  feed_whole(host, fault, check_host);
}

void expect_valid(std::string_view host) { expect_host(host, host.size()); }

TEST("a host is a name and may have a port") {
  for (const char* host : {"h", "a.example", "A-b_c~d!$&'()*+,;=", "1.2.3.4", "999.1.2", "h:", "h:0", "h:99999999999999999999", "%41%fF", "a%20b:1"}) {
    expect_valid(host);
  }
  expect_host("", 0);
  expect_host(":", 0);
  expect_host(":80", 0);
  expect_host("h:8 0", 3);
  expect_host("h:-1", 2);
  expect_host("h:80:", 4);
  expect_host("h:80:90", 4);
  expect_host("a%", 1);
  expect_host("a%4", 1);
  expect_host("a%4g", 1);
  expect_host("a%g4", 1);
  expect_host("%", 0);
  expect_host("a%4:1", 1);
}

TEST("of all bytes a name has those of reg-name") {
  const std::string_view others = "-._~!$&'()*+,;=";
  for (int byte = 0; byte < 256; byte++) {
    char c = static_cast<char>(byte);
    bool letter_or_digit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    bool fits = letter_or_digit || (byte != 0 && others.find(c) != others.npos) || c == ':';
    expect_host(std::string("h") + c, fits ? 2 : 1);
    expect_host(std::string("h:") + c, c >= '0' && c <= '9' ? 3 : 2);
  }
}

/// IPv6address by a second way: groups are cut at the colons, and a gap is filled up.
bool is_address(std::string text) {
  auto pieces_of = [](const std::string& part, char separator) {
    std::vector<std::string> pieces;
    size_t from = 0;
    for (size_t end; (end = part.find(separator, from)) != part.npos; from = end + 1) pieces.push_back(part.substr(from, end - from));
    pieces.push_back(part.substr(from));
    return pieces;
  };
  // An IPv4 address stands for two groups.
  size_t last = text.rfind(':');
  std::string tail = text.substr(last == text.npos ? 0 : last + 1);
  if (tail.find('.') != tail.npos) {
    std::vector<std::string> octets = pieces_of(tail, '.');
    if (octets.size() != 4) return false;
    for (const std::string& octet : octets) {
      if (octet.empty() || octet.size() > 3 || octet.find_first_not_of("0123456789") != octet.npos) return false;
      if (std::stoi(octet) > 255 || std::to_string(std::stoi(octet)) != octet) return false;
    }
    text.replace(text.size() - tail.size(), tail.size(), "0:0");
  }
  size_t gap = text.find("::");
  std::vector<std::string> groups;
  auto add = [&](const std::string& part) {
    if (part.empty()) return;
    for (const std::string& group : pieces_of(part, ':')) groups.push_back(group);
  };
  add(gap == text.npos ? text : text.substr(0, gap));
  if (gap != text.npos) add(text.substr(gap + 2));
  for (const std::string& group : groups) {
    if (group.empty() || group.size() > 4 || group.find_first_not_of("0123456789ABCDEFabcdef") != group.npos) return false;
  }
  return gap == text.npos ? groups.size() == 8 : groups.size() < 8;
}

TEST("an IPv6 address stands in brackets, and may have a port") {
  for (const char* host : {"[::]", "[::1]:80", "[1::]", "[1:2:3:4:5:6:7:8]:", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]", "[1:2:3:4:5:6:1.2.3.4]",
                           "[::255.255.255.255]", "[abcd:ABCD:0:0000::0.0.0.0]", "[1::5:6:7.7.7.7]"}) {
    expect_valid(host);
  }
  expect_host("[::1]x", 5);
  expect_host("[::1]]", 5);
  expect_host("[::1]:x", 6);
  expect_host("[::1][::1]", 5);
  for (const char* host : {"[", "[]", "[:]", "[.]", "[1]", "[:::]", "[1:::2]", "[::1", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1:2:3:4::5:6:7:8]",
                           "[1::2::3]", "[::12345]", "[::g]", "[1:2:3:4:5:6:7:]", "[:1:2:3:4:5:6:7]", "[::1:]", "[1.2.3.4]", "[::1.2.3]",
                           "[::1.2.3.4.5]", "[::1.2.3.4:5]", "[1.2.3.4::]", "[::01.2.3.4]", "[::1.2.3.256]", "[::1.2.3.]", "[::.1.2.3]", "[::1..2.3]",
                           "[::1.2.3.0004]", "[::a.2.3.4]", "[1:2:3:4:5:6:7:1.2.3.4]", "[1:2:3:4:5::6:1.2.3.4:]", "[1:2:3:4:5:1.2.3.4]", "[fe80::1%25eth0]", "[v1.a]", "[::1 ]",
                           "[[::1]]"}) {
    expect_host(host, 0);
  }
}

TEST("random literals are addresses when a second reading says so") {
  const std::vector<std::string> pieces = {"0", "1", "ab", "FFFF", "12345", ":", ":", ":", ":", "::", "::", ".", "1.2.3.4", "255.0.10.99", "256.1.1.1",
                                           "01.2.3.4", "g", "1:2", "1:2:3:4:5:6:", "1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:8"};
  RandomNumbers random(11);
  int addresses = 0;
  for (int i = 0; i < 300000; i++) {
    std::string literal;
    for (size_t count = 1 + random.below(8); count > 0; count--) literal += pieces[random.below(pieces.size())];
    ExactBlock block("[" + literal + "]");
    bool valid = is_address(literal);
    if (valid) addresses++;
    CHECK_EQUAL(check_host(block.bytes()), valid ? literal.size() + 2 : 0);
  }
  CHECK(addresses > 2000);
}

TEST("a host of a whole line costs no more than its bytes") {
  std::string groups;
  while (groups.size() < 65000) groups += "1:";
  expect_host("[" + groups + "]", 0);
  expect_host("[" + std::string(65000, ':') + "]", 0);
  expect_host("[" + std::string(65000, '1') + "]", 0);
  expect_host(std::string(65000, '['), 0);
  expect_valid(std::string(65000, 'h'));
  expect_host(std::string(64999, 'h') + "%", 64999);
}

// --- percent-decoding ----------------------------------------------------------------------------------------------------------------

/// Decodes into memory that ends at an unmapped page right behind the room for the path.
std::string decode(Bytes path) {
  static GuardedPages room(size_t{128} * 1024);
  uint8_t* out = const_cast<uint8_t*>(room.ending(std::string(path.size, '\xEE')).data);
  size_t written = percent_decode(path, out);
  CHECK(written <= path.size);
  for (size_t i = written; i < path.size; i++) CHECK_EQUAL(out[i], 0xEE);
  return std::string(reinterpret_cast<char*>(out), written);
}

void expect_decoded(std::string_view path, std::string_view expected) { feed_whole(path, std::string(expected), decode); }

TEST("escapes are decoded once, and what is none stays") {
  expect_decoded("", "");
  expect_decoded("/a/b", "/a/b");
  expect_decoded("/%41%7a%2F", "/Az/");
  expect_decoded("/%c3%A9", "/\xC3\xA9");
  expect_decoded("/%00%0d%0A%ff", std::string_view("/\0\r\n\xFF", 5));
  expect_decoded("/%2541%252541", "/%41%2541");
  expect_decoded("/+", "/+");
  for (const char* path : {"%", "%%", "%4", "%4g", "%g4", "%-1", "%+1", "/a%", "/%zz", "% 41", "%\x80\x80"}) expect_decoded(path, path);
  expect_decoded("%%41", "%A");
  expect_decoded("%4%41", "%4A");
  expect_decoded("%41%", "A%");
  expect_decoded("%41%4", "A%4");
}

TEST("all 65536 pairs behind a percent sign") {
  const std::string_view digits = "0123456789abcdef";
  auto value = [&](int byte) { return byte == 0 ? digits.npos : digits.find(static_cast<char>(byte >= 'A' && byte <= 'F' ? byte + 32 : byte)); };
  for (int first = 0; first < 256; first++) {
    for (int second = 0; second < 256; second++) {
      std::string path = {'%', static_cast<char>(first), static_cast<char>(second)};
      bool escape = value(first) != digits.npos && value(second) != digits.npos;
      std::string expected = escape ? std::string(1, static_cast<char>(value(first) * 16 + value(second))) : path;
      ExactBlock block(path);
      uint8_t out[3];
      CHECK_EQUAL(std::string(reinterpret_cast<char*>(out), percent_decode(block.bytes(), out)), expected);
    }
  }
}

}  // namespace
