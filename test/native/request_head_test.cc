// decode_request_head where the way that bytes come could matter: whole or in pieces, under limits of any size, with a shape that is known
// or new. What heads mean is for the corpus of test/http-corpus.test.ts.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "check.h"
#include "decoded_request_head.h"
#include "feedings.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

const std::vector<std::string> kHeads = {
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "G\xFFT / HTTP/1.1\r\nHost: x\r\n\r\n",
    "GETGETGETGETGETGETGET\xFF / HTTP/1.1\r\n\r\n",
    "G\rT / HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET / HTTP/1.1\nHost: x\r\n\r\n",
    "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
    "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nA\xFF: b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nA: b\x7F\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n",
    "GET / HTTP/1.1\r\nAccept: a\r\nAccept: b\r\n\r\n",
    "\x16\x03\x01\x02\x05\x01",
    "\r",
    "\rA",
    "GET",
};

TEST("the verdict on a head does not depend on the pieces in which it comes, whatever the limits") {
  for (uint32_t Limits::*limit :
       {&Limits::max_request_line_bytes, &Limits::max_field_line_bytes, &Limits::max_field_lines, &Limits::max_head_bytes}) {
    for (uint32_t value = 0; value < 60; value++) {
      RequestOptions options = {};
      options.limits.*limit = value;
      RequestHeadDecoder decoder(options);
      for (const std::string& head : kHeads) {
        Doing doing(head.c_str(), value);
        DecodedRequestHead whole = decoder.decode(pages().ending(head));
        CHECK_EQUAL(decoder.decode_in_steps(head, 1, 1), whole);
        for (size_t cut = 0; cut < head.size(); cut++) CHECK_EQUAL(decoder.decode_in_steps(head, cut, head.size()), whole);
      }
    }
  }
}

std::string with_fields(const std::vector<std::string>& lines) {
  std::string head = "GET /a%20b?c HTTP/1.1\r\nHost: a.example\r\n";
  for (const std::string& line : lines) head += line + "\r\n";
  return head + "\r\n";
}

TEST("a head becomes the same when its shape is known, when another one came before, and when it ends the memory") {
  const std::string long_name(40, 'L');
  const std::vector<std::string> all[] = {
      {},
      {"A: 1"},
      {"A: 1", "B: 2"},
      {"B: 1", "A: 2"},
      {"AA: 1", "BBBBBBB: 2", "CCCCCCCC: 3", "DDDDDDDDD: 4"},
      {"Cookie: a", "Cookie: b", "A: c", "a: d"},
      {long_name + ": 1", "A: 2"},
      {long_name + "M: 1", "A: 2"},
      {"A: 2", long_name + "N: 1"},
      {"Connection: close", "Content-Length: 3", "Content-Type: x", "Expect: 100-continue"},
      {"Connection: x, upgrade", "Upgrade: y", "Connection: keep-alive"},
  };
  RequestHeadDecoder used({});
  for (int round = 0; round < 3; round++) {
    for (const std::vector<std::string>& lines : all) {
      std::string head = with_fields(lines);
      Doing doing(head.c_str());
      DecodedRequestHead expected = RequestHeadDecoder({}).decode(pages().ending(head));
      CHECK_EQUAL(expected.verdict, complete());
      CHECK_EQUAL(expected.records.size() >= kRequestVars + 1 + lines.size(), true);
      feed_whole(head, expected, [&](Bytes input) { return used.decode(input); });
      CHECK_EQUAL(used.decode(pages().ending(head + std::string(64, 'A'))), expected);
      CHECK(used.last_index().shape_slot != kNoShape);
    }
  }
}

TEST("names that differ in one byte only are different shapes, wherever that byte is") {
  RequestHeadDecoder decoder({});
  for (size_t size = 1; size < 45; size++) {
    for (size_t at = 0; at < size; at++) {
      std::string name(size, 'n');
      for (char byte : {'n', 'm', 'N'}) {
        name[at] = byte;
        std::string head = with_fields({name + ": v"});
        DecodedRequestHead seen = decoder.decode(pages().ending(head));
        CHECK_EQUAL(seen.records.back().key, name);
        const HeadIndex& index = decoder.last_index();
        if (index.shape_slot == kNoShape) continue;
        DecodedRequestHead again = decoder.decode(pages().ending(head));
        CHECK_EQUAL(again, seen);
      }
    }
  }
}

TEST("the usual methods have their numbers, nothing that looks like one has, and the version is told, however the head comes") {
  const std::vector<std::string> usual = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
  std::vector<std::string> others = {"TRACE", "PROPFIND", "MKCOL", "ABCDEFGHIJKLMNOPQRST", "!!!"};
  for (const std::string& method : usual) {
    for (const std::string& other : {method.substr(1), method.substr(0, method.size() - 1), method + "S", "X" + method, method + "!!!!!!!!"}) {
      if (other.size() >= 3) others.push_back(other);
    }
    for (size_t i = 0; i < method.size(); i++) {
      others.push_back(method);
      others.back()[i] ^= 1;
      if (others.back()[i] < 'A' || others.back()[i] > 'Z') others.pop_back();
    }
  }
  RequestHeadDecoder decoder({});
  auto check = [&](const std::string& method, uint8_t number) {
    for (uint8_t minor : {0, 1}) {
      for (const char* before : {"", "\r\n"}) {
        std::string head = before + method + " / HTTP/1." + std::to_string(minor) + "\r\nHost: x\r\n\r\n";
        for (size_t first : {size_t{0}, size_t{4}, head.size() - 1, head.size()}) {
          CHECK_EQUAL(decoder.decode_in_steps(head, first, 3).verdict, complete());
          CHECK_EQUAL(uint32_t{decoder.last_index().method}, uint32_t{number});
          CHECK_EQUAL(uint32_t{decoder.last_index().minor}, uint32_t{minor});
        }
      }
    }
  };
  for (size_t i = 0; i < usual.size(); i++) check(usual[i], static_cast<uint8_t>(i + 1));
  for (const std::string& method : others) {
    if (std::find(usual.begin(), usual.end(), method) == usual.end()) check(method, 0);
  }
}

}  // namespace
