// Kernel::read_head against the reference: what it vouches for is read as read_request_lines reads it, to the last offset, whether a head
// is whole or comes in pieces. And it vouches for what clients send, or it would be of no use. Input ends, and begins, at an unmapped page.
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "core/grammar.h"
#include "feedings.h"
#include "random_numbers.h"
#include "read_lines.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

/// The scalar kernel leaves everything to the reference.
bool vouches_at_all() { return std::string_view(kernel().name) != "scalar"; }

void agree(Bytes input, const Limits& limits) {
  ReadLines seen = read_by_kernel(input, limits);
  counters.checks++;
  if (seen.verdict.outcome == Outcome::complete) {
    ReadLines expected = read_by_reference(input, limits);
    if (!(seen == expected)) CHECK_EQUAL(seen, expected);
  } else {
    // The lines that it has read, if any, are those that the reference would have read.
    ReadLines both = GrowingHead(limits).by_both(input);
    ReadLines expected = GrowingHead(limits).by_reference(input);
    if (!(both == expected)) CHECK_EQUAL(both, expected);
  }
}

void agree(std::string_view input, const Limits& limits = {}) { agree(pages().ending(input), limits); }

/// Whole and valid, and nothing unusual about it: every kernel but the scalar one takes it, wherever it stands.
void vouched_for(std::string_view input, const Limits& limits = {}) {
  Doing doing("a head to vouch for");
  ReadLines expected = read_by_reference(pages().ending(input), limits);
  CHECK_EQUAL(expected.verdict, complete());
  CHECK_EQUAL(expected.lines.line, input.size());
  if (!vouches_at_all()) expected = {};
  auto read = [&](Bytes bytes) { return read_by_kernel(bytes, limits); };
  feed_whole(input, expected, read);
  for (std::string_view tail : {std::string_view("G", 1), std::string_view("\r\n\r\n"), std::string_view("\0\xFF\n", 3), input}) {
    CHECK_EQUAL(read(pages().ending(std::string(input) + std::string(tail))), expected);
  }
  for (size_t cut = 0; cut < input.size(); cut++) {
    Doing cutting("cut after byte", cut);
    CHECK_EQUAL(read(pages().ending(input.substr(0, cut))), ReadLines{});
  }
}

bool is_vouched_for(std::string_view input, const Limits& limits = {}) {
  return read_by_kernel(pages().ending(input), limits).verdict.outcome == Outcome::complete;
}

void left_to_reference(std::string_view input, const Limits& limits = {}) {
  CHECK_EQUAL(read_by_kernel(pages().ending(input), limits), ReadLines{});
}

const std::string kLong(300, 'l');

/// From one line to many, below and above each size at which a kernel changes its way.
std::vector<std::string> heads() {
  std::vector<std::string> all = {
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "A / HTTP/1.0\r\nB:c\r\n\r\n",
      "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nE:\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\nUser-Agent: c\r\nX: \t y \t\r\n\r\n",
      "POST /form?q=1&r=%20 HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\nContent-Type: text/plain;charset=utf-8\r\n"
      "X-Empty:\r\nX-Blank:  \t\r\nX-Close:y\r\nX-Name: Zo\xC3\xAB \x80\xFF\r\nX-Tab: a\tb\r\nCookie: a=b; c=d\r\n\r\n",
      "GET /" + kLong + " HTTP/1.1\r\nHost: a.example\r\nX-" + kLong + ": " + kLong + "\r\nCookie: " + kLong + kLong + "\r\nZ: z\r\n\r\n",
      kLong + " / HTTP/1.1\r\nHost: a.example\r\n" + kLong + ":\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: a.example\r\nAccept: text/html,application/xhtml+xml\r\n\r\n",
      "GET http://a.example:80/b?c HTTP/1.1\r\nHost: a.example\r\nAccept: text/html,application/xhtml+xml\r\n\r\n",
      "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nUser-Agent: text/html,application/xhtml+xml\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET http://a HTTP/1.1\r\nHost: a\r\n\r\n",
      "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
  };
  std::string many = "GET /many HTTP/1.1\r\n";
  for (int i = 0; i < 99; i++) many += std::string(1 + i % 3, static_cast<char>('a' + i % 26)) + ":" + std::string(i % 5, 'v') + "\r\n";
  all.push_back(many + "\r\n");
  return all;
}

TEST("heads are vouched for at either edge of memory, with bytes behind them, and never before they are whole") {
  for (const std::string& head : heads()) vouched_for(head);
}

TEST("every size of head and every place of a line end in it") {
  for (size_t target = 1; target < 200; target++) {
    vouched_for("GET /" + std::string(target - 1, 't') + " HTTP/1.1\r\n\r\n");
    agree("GET /" + std::string(target - 1, 't') + " HTTP/1.1\r\nHost: a.example\r\n\r\n");
  }
  for (size_t value = 0; value < 280; value++) {
    std::string head = "GET / HTTP/1.1\r\nHost: " + std::string(value, 'v') + "\r\nA: b\r\n\r\n";
    agree(head);
    agree(head + head);
    CHECK_EQUAL(is_vouched_for(head), vouches_at_all());
  }
}

TEST("line ends and the end of the head wherever two reads of a kernel meet") {
  for (size_t target = 90; target < 135; target++) {
    for (size_t value = 90; value < 290; value++) {
      std::string head = "GET /" + std::string(target, 't') + " HTTP/1.1\r\nA: " + std::string(value, 'v') + "\r\n\r\n";
      for (const std::string& input : {head, head + std::string(150, 'A')}) {
        agree(input);
        CHECK_EQUAL(is_vouched_for(input), vouches_at_all());
      }
    }
    std::string head = "GET /" + std::string(target, 't') + " HTTP/1.1\r\n\r\n";
    for (size_t tail = 1; tail < 270; tail++) {
      agree(head + std::string(tail, 'A'));
      CHECK_EQUAL(is_vouched_for(head + std::string(tail, 'A')), vouches_at_all());
    }
  }
}

TEST("every size of name, of white space and of value") {
  for (size_t name = 1; name < 80; name++) {
    for (size_t before = 0; before < 4; before++) {
      for (size_t value = 0; value < 4; value++) {
        std::string line = std::string(name, 'n') + ":" + std::string(before, before % 2 == 0 ? '\t' : ' ') + std::string(value, 'v');
        std::string head = "GET / HTTP/1.1\r\n" + line + "\r\n" + line + " \r\n\r\n";
        agree(head);
        CHECK_EQUAL(is_vouched_for(head), vouches_at_all());
      }
    }
  }
}

TEST("each byte at each position of a head") {
  for (const std::string& head : heads()) {
    if (head.size() > 400) continue;
    for (size_t at = 0; at < head.size(); at++) {
      Doing doing("with another byte at", at);
      std::string other = head;
      for (uint32_t byte = 0; byte < 256; byte++) {
        other[at] = static_cast<char>(byte);
        agree(other);
      }
    }
  }
}

TEST("each byte put in, and each taken out, at each position of a head") {
  for (const std::string& head : heads()) {
    if (head.size() > 250) continue;
    for (size_t at = 0; at < head.size(); at++) {
      agree(head.substr(0, at) + head.substr(at + 1));
      for (uint32_t byte : {0x00u, 0x09u, 0x0Au, 0x0Du, 0x1Fu, 0x20u, 0x23u, 0x3Au, 0x61u, 0x7Fu, 0x80u, 0xFFu}) {
        agree(head.substr(0, at) + static_cast<char>(byte) + head.substr(at));
      }
    }
  }
}

/// For each class of the grammar, a place where only its bytes may stand.
struct Place {
  const char* what;
  const char* before;
  const char* behind;
  ByteClass byte_class;
};
constexpr Place kPlaces[] = {
    {"method", "GE", "T / HTTP/1.1\r\nHost: x\r\n", kTokenByte},
    {"target", "GET /a", "b HTTP/1.1\r\nHost: x\r\n", kTargetByte},
    {"name", "GET / HTTP/1.1\r\nHos", "t: x\r\n", kTokenByte},
    {"value", "GET / HTTP/1.1\r\nHost: x", "y\r\n", kFieldByte},
};

TEST("each byte of each class of the grammar, at each place in a block") {
  for (const Place& place : kPlaces) {
    Doing doing(place.what);
    for (size_t padding = 0; padding < 140; padding++) {
      std::string rest = padding < 5 ? "\r\n" : "P: " + std::string(padding - 5, 'p') + "\r\n\r\n";
      for (uint32_t byte = 0; byte < 256; byte++) {
        // A name or a target that ends there is another one.
        if (byte == ':' && place.byte_class == kTokenByte) continue;
        std::string head = place.before + std::string(padding % 64, 'p') + static_cast<char>(byte) + place.behind + rest;
        bool vouched = is_vouched_for(head);
        bool valid = is_in(static_cast<uint8_t>(byte), place.byte_class);
        counters.checks++;
        if (vouched != (valid && vouches_at_all())) CHECK_EQUAL(shown(head), "vouched for by mistake, or not");
      }
    }
  }
}

TEST("white space before a colon, a fold, a bare line end, another version: left to the reference") {
  const std::string behind[] = {"\r\n\r\n", "\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9\r\n\r\n"};
  for (const std::string& rest : behind) {
    for (const char* start : {"GET / HTTP/1.1\r\nHost : x", "GET / HTTP/1.1\r\nA: b\r\n c: d", "GET / HTTP/1.1\r\nA: b\nHost: x",
                              "GET / HTTP/1.1\nHost: x", "GET / HTTP/1.1\r\nA: b\rc", "GET / HTTP/1.1\r\n: x", "GET / HTTP/1.1\r\nHost",
                              "GET  / HTTP/1.1\r\nHost: x", "GET / HTTP/1.2\r\nHost: x", "GET / HTTP/2.0\r\nHost: x",
                              "GET  HTTP/1.1\r\nHost: x", "CONNECT  HTTP/1.1\r\nHost: x",
                              "GET / HTTP/1.1 \r\nHost: x", "GET / http/1.1\r\nHost: x", "GET /#f HTTP/1.1\r\nHost: x",
                              "GET a HTTP/1.1\r\nHost: x", "CONNECT / HTTP/1.1\r\nHost: x", "GET * HTTP/1.1\r\nHost: x",
                              "\r\nGET / HTTP/1.1\r\nHost: x", " GET / HTTP/1.1\r\nHost: x", "GET /\x80 HTTP/1.1\r\nHost: x"}) {
      left_to_reference(start + rest);
      agree(start + rest);
    }
  }
}

/// `field_lines` lines, one of them of `longest` bytes.
std::string sized_head(size_t request_line, size_t longest, size_t field_lines) {
  std::string head = "GET /" + std::string(request_line - 14, 't') + " HTTP/1.1\r\n";
  for (size_t i = 0; i < field_lines; i++) head += (i == field_lines / 2 ? "L: " + std::string(longest - 3, 'v') : "a: b") + "\r\n";
  return head + "\r\n";
}

TEST("limits at their boundary") {
  for (size_t longest : {size_t{10}, size_t{20}, size_t{300}}) {
    std::string head = sized_head(longest + 10, longest, 3);
    Limits limits;
    limits.max_request_line_bytes = static_cast<uint32_t>(longest + 10);
    limits.max_field_line_bytes = static_cast<uint32_t>(longest);
    limits.max_field_lines = 3;
    limits.max_head_bytes = static_cast<uint32_t>(head.size());
    ReadLines expected = read_by_reference(pages().ending(head), limits);
    CHECK_EQUAL(expected.verdict, complete());
    // A small head that is longer than a line may be is left to the reference, so only the others have to be vouched for.
    if (head.size() > 64 && vouches_at_all()) CHECK_EQUAL(read_by_kernel(pages().ending(head), limits), expected);
    for (uint32_t Limits::*limit :
         {&Limits::max_request_line_bytes, &Limits::max_field_line_bytes, &Limits::max_field_lines, &Limits::max_head_bytes}) {
      Limits less = limits;
      less.*limit -= 1;
      left_to_reference(head, less);
      for (uint32_t value = 0; value < head.size() + 2; value++) {
        less.*limit = value;
        agree(head, less);
        agree(head + "GET / HTTP/1.1\r\n\r\n", less);
      }
    }
  }
}

TEST("a limit on fields alone") {
  for (size_t longest : {size_t{4}, size_t{300}}) {
    std::string head = sized_head(20, longest, 3);
    Limits limits;
    for (limits.max_field_lines = 0; limits.max_field_lines < 6; limits.max_field_lines++) {
      agree(head, limits);
      CHECK_EQUAL(is_vouched_for(head, limits), vouches_at_all() && limits.max_field_lines >= 3);
    }
  }
}

TEST("as many fields as can be allowed, and one more") {
  Limits limits;
  limits.max_field_lines = kMaxFieldLines;
  vouched_for(sized_head(14, 4, 200), limits);
  for (size_t count : {size_t{999}, size_t{1000}}) {
    std::string head = sized_head(14, 4, count);
    ReadLines expected = read_by_reference(pages().ending(head), limits);
    CHECK_EQUAL(expected.verdict, complete());
    if (vouches_at_all()) CHECK_EQUAL(read_by_kernel(pages().ending(head), limits), expected);
  }
  for (size_t count : {size_t{1001}, size_t{1002}, size_t{1020}, size_t{1100}, size_t{5000}}) left_to_reference(sized_head(14, 4, count), limits);
  // As many line ends as fit into bytes.
  std::string dense = "GET / HTTP/1.1\r\n";
  while (dense.size() < 60000) dense += "a\r\n";
  left_to_reference(dense + "\r\n", limits);
}

/// The bytes of `head` come in pieces: first `first`, then `step` at a time.
void agree_in_pieces(std::string_view head, size_t first, size_t step, const Limits& limits = {}) {
  GrowingHead kernels(limits);
  GrowingHead reference(limits);
  for (size_t come = first;; come += step) {
    if (come > head.size()) come = head.size();
    Bytes input = pages().ending(head.substr(0, come));
    ReadLines seen = kernels.by_both(input);
    ReadLines expected = reference.by_reference(input);
    counters.checks++;
    if (!(seen == expected)) CHECK_EQUAL(seen, expected);
    if (expected.verdict.outcome != Outcome::incomplete || come == head.size()) return;
  }
}

TEST("heads in pieces are read as the reference reads them") {
  for (const std::string& head : heads()) {
    for (size_t cut = 1; cut < head.size(); cut++) agree_in_pieces(head, cut, head.size());
    for (size_t step : {size_t{1}, size_t{2}, size_t{63}, size_t{64}, size_t{65}, size_t{127}, size_t{128}, size_t{129}, size_t{500}}) {
      for (size_t first = 1; first < 140; first += 7) agree_in_pieces(head + head, first, step);
    }
    Limits limits;
    limits.max_field_lines = 4;
    limits.max_field_line_bytes = 200;
    for (size_t step : {size_t{30}, size_t{100}, size_t{200}}) agree_in_pieces(head, step, step, limits);
  }
}

TEST("the kernel reads all lines that have come whole, and goes on there when most of the bytes are new") {
  for (const std::string& head : heads()) {
    if (!vouches_at_all()) break;
    for (size_t cut = 65; cut < head.size(); cut++) {
      GrowingHead growing({});
      Bytes piece = pages().ending(std::string_view(head).substr(0, cut));
      ReadLines seen = growing.by_kernel(piece);
      // But for one that ends where the input does.
      if (piece.data[cut - 1] == '\n') piece.size--;
      ReadLines expected = GrowingHead({}).by_reference(piece);
      piece.size = cut;
      CHECK_EQUAL(seen.lines.line, expected.lines.line);
      CHECK_EQUAL(seen.lines.field_count, expected.lines.field_count);
      seen = growing.by_both(piece);
      size_t rest = head.size() - cut;
      size_t pending = cut - seen.lines.line;
      if (rest < 65 || rest < pending || seen.lines.line == 0) continue;
      ReadLines whole = growing.by_kernel(pages().ending(head));
      CHECK_EQUAL(whole.verdict, complete());
      CHECK_EQUAL(whole, GrowingHead({}).by_reference(pages().ending(head)));
    }
  }
  CHECK(true);
}

TEST("random heads, and what random changes make of them") {
  RandomNumbers random(7230);
  const std::vector<std::string> all = heads();
  constexpr std::string_view kSpecial("\r\n: \t\0\x7F\x80#?/%", 12);
  for (int round = 0; round < 20000; round++) {
    std::string head = "GET /" + std::string(random.below(90), 'p') + (random.below(2) == 0 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
    for (size_t fields = random.below(12); fields > 0; fields--) {
      head += std::string(1 + random.below(random.below(8) == 0 ? 70 : 14), 'n') + ":" + std::string(random.below(3), ' ');
      for (size_t size = random.below(random.below(5) == 0 ? 200 : 30); size > 0; size--) head += static_cast<char>(' ' + random.below(95));
      if (random.below(16) == 0) head += "\xC3\xA9\t";
      head += "\r\n";
    }
    head += "\r\n";
    if (random.below(8) == 0) head = all[random.below(all.size())];
    Doing doing("round", static_cast<uint64_t>(round));
    agree(head);
    agree_in_pieces(head, 1 + random.below(head.size()), 1 + random.below(head.size()));
    if (random.below(2) == 0) head += random.bytes(random.below(80));
    for (size_t changes = 1 + random.below(4); changes > 0 && !head.empty(); changes--) {
      size_t at = random.below(head.size());
      switch (random.below(4)) {
        case 0: head[at] = static_cast<char>(random.next()); break;
        case 1: head.erase(at, 1); break;
        case 2: head.insert(at, 1, kSpecial[random.below(kSpecial.size())]); break;
        default: head[at] = kSpecial[random.below(kSpecial.size())]; break;
      }
      agree(head);
      if (!head.empty()) agree_in_pieces(head, 1 + random.below(head.size()), 1 + random.below(head.size()));
    }
  }
}

}  // namespace
