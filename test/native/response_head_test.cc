// Response heads, both ways: every refusal with its code and offset, the same however the head is cut; and an encoder that writes all or
// nothing. The table of what is accepted, with its reasons, is docs/uwsgi-support.md; its cases run through the public API as well.
#include "core/response_head.h"

#include <string.h>

#include <string>
#include <vector>

#include "check.h"
#include "decoded_response_head.h"
#include "feedings.h"
#include "random_numbers.h"
#include "reference_response_head.h"
#include "written_packet.h"

using namespace gatewire;
using namespace gatewire::test;

namespace {

/// Through all the feedings, in each as one call; and in many calls, in steps of every size.
void expect(std::string_view input, size_t decided_at, const DecodedResponseHead& expected) {
  feed_every_way(input, decided_at, expected, [](Bytes bytes) { return decode_whole(bytes); });
  for (size_t step = 1; step < input.size() && step < 200; step++) {
    Doing doing("in steps of", step);
    CHECK_EQUAL(decode_in_steps(input, step), expected);
  }
}

void expect_head(std::string_view input, uint32_t status, std::string reason, std::vector<std::pair<std::string, std::string>> fields,
                 const char* content_length = nullptr) {
  DecodedResponseHead expected;
  expected.verdict = complete();
  expected.size = input.size();
  expected.status = status;
  expected.reason = std::move(reason);
  expected.fields = std::move(fields);
  expected.has_content_length = content_length != nullptr;
  expected.content_length = content_length == nullptr ? 0 : std::stoull(content_length);
  expect(input, input.size(), expected);
  ReferenceHead reference = reference_response_head(input);
  CHECK(reference.size == input.size() && reference.fields == expected.fields && reference.reason == expected.reason);
}

/// The refusal comes with the line end of the line that is wrong: the first one at or behind the offset.
void expect_refused(std::string_view input, Refusal refusal, size_t offset) {
  DecodedResponseHead expected;
  expected.verdict = refuse(refusal, offset);
  size_t line_end = input.find('\n', offset);
  CHECK(line_end != std::string_view::npos);
  expect(input, line_end + 1, expected);
}

void expect_refused_at_end(std::string_view input, Refusal refusal, size_t offset) {
  DecodedResponseHead expected;
  expected.verdict = refuse(refusal, offset);
  feed_whole(input, expected, [](Bytes bytes) { return decode_whole(bytes, true); });
  feed_whole(input, incomplete(), [](Bytes bytes) { return decode_whole(bytes).verdict; });
  for (size_t step = 1; step <= input.size(); step++) CHECK_EQUAL(decode_in_steps(input, step, true), expected);
}

const std::string kOk = "HTTP/1.1 200 OK\r\n";  // 17 bytes

TEST("a status line, fields and a blank line") {
  expect_head("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n", 200, "OK",
              {{"Content-Type", "text/plain"}, {"Content-Length", "5"}}, "5");
  expect_head("HTTP/1.0 404 Not Found\r\n\r\n", 404, "Not Found", {});
  expect_head("HTTP/2.0 999 x\r\n\r\n", 999, "x", {});
  expect_head("HTTP/1.1 204\r\n\r\n", 204, "", {});
  expect_head("HTTP/1.1 204 \r\n\r\n", 204, "", {});
  expect_head("HTTP/1.1 200  two\xA0 \r\n\r\n", 200, " two\xA0 ", {});
}

TEST("a CGI head has a Status field, which may stand anywhere and is not a field of the response") {
  expect_head("Status: 404 Not Found\r\nA: b\r\n\r\n", 404, "Not Found", {{"A", "b"}});
  expect_head("A: b\r\nsTATUS:200\r\n\r\n", 200, "", {{"A", "b"}});
  expect_head("HTTP/1.1 200 OK\r\nStatus: 200 Fine\r\nStatus: 200\r\nA: b\r\n\r\n", 200, "OK", {{"A", "b"}});
}

TEST("white space around a value is not part of it, inside it is; values may be empty or hold 8-bit bytes") {
  expect_head(kOk + "A:b\r\nB: \t c\td  \t\r\nC:\r\nD: \t \r\nE: \xFF\xE4:\r\n!#$%&'*+-.^_`|~9z: x\r\n\r\n", 200, "OK",
              {{"A", "b"}, {"B", "c\td"}, {"C", ""}, {"D", ""}, {"E", "\xFF\xE4:"}, {"!#$%&'*+-.^_`|~9z", "x"}});
}

TEST("repeated fields stay, in order") {
  expect_head(kOk + "Set-Cookie: a=1\r\nX: y\r\nSet-Cookie: a=2\r\n\r\n", 200, "OK", {{"Set-Cookie", "a=1"}, {"X", "y"}, {"Set-Cookie", "a=2"}});
}

TEST("what has no status") {
  expect_refused("hello\r\n\r\n", Refusal::ERR_RESPONSE_NO_STATUS, 0);
  expect_refused("http/1.1 200 OK\r\n\r\n", Refusal::ERR_RESPONSE_NO_STATUS, 0);
  expect_refused("\r\n", Refusal::ERR_RESPONSE_NO_STATUS, 0);
  expect_refused("A: b\r\n\r\n", Refusal::ERR_RESPONSE_NO_STATUS, 6);
  expect_refused(" HTTP/1.1 200 OK\r\n\r\n", Refusal::ERR_RESPONSE_NO_STATUS, 0);
}

TEST("bad status lines and Status fields, at the byte that is wrong") {
  expect_refused("HTTP/11 200 OK\r\n\r\n", Refusal::ERR_RESPONSE_BAD_STATUS, 6);
  expect_refused("HTTP/x.1 200 OK\r\n\r\n", Refusal::ERR_RESPONSE_BAD_STATUS, 5);
  expect_refused("HTTP/1.1\r\n\r\n", Refusal::ERR_RESPONSE_BAD_STATUS, 8);
  expect_refused("HTTP/1.1 20\r\n\r\n", Refusal::ERR_RESPONSE_BAD_STATUS, 9);
  expect_refused("HTTP/1.1 099 x\r\n\r\n", Refusal::ERR_RESPONSE_BAD_STATUS, 9);
  expect_refused("HTTP/1.1 2000 x\r\n\r\n", Refusal::ERR_RESPONSE_BAD_STATUS, 12);
  expect_refused("HTTP/1.1 200\tOK\r\n\r\n", Refusal::ERR_RESPONSE_BAD_STATUS, 12);
  expect_refused("Status: OK\r\n\r\n", Refusal::ERR_RESPONSE_BAD_STATUS, 8);
  expect_refused("Status:\r\n\r\n", Refusal::ERR_RESPONSE_BAD_STATUS, 7);
  expect_refused("HTTP/1.1 200 O\x01K\r\n\r\n", Refusal::ERR_RESPONSE_BAD_REASON, 14);
  expect_refused(std::string("HTTP/1.1 200 O\0K\r\n\r\n", 20), Refusal::ERR_RESPONSE_BAD_REASON, 14);
  expect_refused(kOk + "Status: 201 Created\r\n\r\n", Refusal::ERR_RESPONSE_STATUS_CONFLICT, 25);
  expect_refused("Status: 200\r\nStatus: 204\r\n\r\n", Refusal::ERR_RESPONSE_STATUS_CONFLICT, 21);
  expect_refused("HTTP/1.1 101 Switching Protocols\r\n\r\n", Refusal::ERR_RESPONSE_UPGRADE, 9);
}

TEST("lines end with CR LF, and a CR stands nowhere else") {
  expect_refused("HTTP/1.1 200 OK\n\n", Refusal::ERR_RESPONSE_BARE_LF, 15);
  expect_refused(kOk + "A: b\n\r\n", Refusal::ERR_RESPONSE_BARE_LF, 21);
  expect_refused(kOk + "\n", Refusal::ERR_RESPONSE_BARE_LF, 17);
  expect_refused("\n", Refusal::ERR_RESPONSE_BARE_LF, 0);
  expect_refused(kOk + "A: b\rc\r\n\r\n", Refusal::ERR_RESPONSE_BARE_CR, 21);
  expect_refused(kOk + "A: b\r\r\n\r\n", Refusal::ERR_RESPONSE_BARE_CR, 21);
  expect_refused(kOk + "A\rB: c\r\n\r\n", Refusal::ERR_RESPONSE_BARE_CR, 18);
  expect_refused("HTTP/1.1 200 O\rK\r\n\r\n", Refusal::ERR_RESPONSE_BARE_CR, 14);
}

TEST("field lines that are none") {
  expect_refused(kOk + "A: b\r\n c\r\n\r\n", Refusal::ERR_RESPONSE_FOLDED_LINE, 23);
  expect_refused(kOk + "\tc: d\r\n\r\n", Refusal::ERR_RESPONSE_FOLDED_LINE, 17);
  expect_refused(kOk + "no colon\r\n\r\n", Refusal::ERR_RESPONSE_NO_COLON, 17);
  expect_refused(kOk + "token\r\n\r\n", Refusal::ERR_RESPONSE_NO_COLON, 17);
  expect_refused(kOk + ": b\r\n\r\n", Refusal::ERR_RESPONSE_BAD_FIELD_NAME, 17);
  expect_refused(kOk + "A : b\r\n\r\n", Refusal::ERR_RESPONSE_BAD_FIELD_NAME, 18);
  expect_refused(kOk + "A\xE4: b\r\n\r\n", Refusal::ERR_RESPONSE_BAD_FIELD_NAME, 18);
  expect_refused(kOk + "A: b\x01\r\n\r\n", Refusal::ERR_RESPONSE_BAD_FIELD_VALUE, 21);
  expect_refused(kOk + "A: \x7F\r\n\r\n", Refusal::ERR_RESPONSE_BAD_FIELD_VALUE, 20);
}

TEST("fields that frame") {
  expect_head(kOk + "Content-Length: 9007199254740991\r\n\r\n", 200, "OK", {{"Content-Length", "9007199254740991"}}, "9007199254740991");
  expect_head(kOk + "CONTENT-length:00000000000000000000000042 \r\n\r\n", 200, "OK", {{"CONTENT-length", "00000000000000000000000042"}}, "42");
  for (const char* value : {"", "+5", "5 5", "5,5", "0x5", "5a", "9007199254740992", "18446744073709551621"}) {
    expect_refused(kOk + "Content-Length: " + value + "\r\n\r\n", Refusal::ERR_RESPONSE_BAD_CONTENT_LENGTH,
                   kOk.size() + (*value == 0 ? 15 : 16));
  }
  expect_refused(kOk + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", Refusal::ERR_RESPONSE_CONTENT_LENGTH_REPEATED, 36);
  expect_refused(kOk + "Transfer-Encoding: chunked\r\n\r\n", Refusal::ERR_RESPONSE_TRANSFER_ENCODING, 17);
  expect_refused(kOk + "transfer-encoding:\r\n\r\n", Refusal::ERR_RESPONSE_TRANSFER_ENCODING, 17);
}

TEST("1000 field lines are taken, one more is refused where it begins") {
  std::string head = kOk;
  for (int i = 0; i < 1000; i++) head += "A: b\r\n";
  CHECK_EQUAL(decode_whole(pages().ending(head + "\r\n")).fields.size(), size_t{1000});
  CHECK_EQUAL(decode_in_steps(head + "\r\n", 7).fields.size(), size_t{1000});
  CHECK_EQUAL(decode_whole(pages().ending(head + "A: b\r\n")).verdict, refuse(Refusal::ERR_RESPONSE_TOO_MANY_FIELDS, head.size()));
  CHECK_EQUAL(decode_in_steps(head + "A: b\r\n", 7).verdict, refuse(Refusal::ERR_RESPONSE_TOO_MANY_FIELDS, head.size()));
  CHECK_EQUAL(decode_in_steps(head + "Status: 200\r\n", 7).verdict, refuse(Refusal::ERR_RESPONSE_TOO_MANY_FIELDS, head.size()));
}

TEST("65536 bytes of head are taken, and refused as too large when one more comes without an end") {
  std::string filler = kOk + "A: " + std::string(kMaxResponseHeadBytes - kOk.size() - 3 - 4, 'x') + "\r\n\r\n";
  CHECK_EQUAL(filler.size(), size_t{kMaxResponseHeadBytes});
  CHECK_EQUAL(decode_whole(pages().ending(filler)).size, filler.size());
  CHECK_EQUAL(decode_whole(pages().ending(filler + "content")).size, filler.size());
  CHECK_EQUAL(decode_in_steps(filler, 1000).size, filler.size());
  std::string larger = filler;
  larger.insert(40, "x");
  Verdict too_large = refuse(Refusal::ERR_RESPONSE_HEAD_TOO_LARGE, kMaxResponseHeadBytes);
  CHECK_EQUAL(decode_whole(pages().ending(larger)).verdict, too_large);
  CHECK_EQUAL(decode_in_steps(larger, 1000).verdict, too_large);
  CHECK_EQUAL(decode_whole(pages().ending(larger.substr(0, kMaxResponseHeadBytes))).verdict, incomplete());
}

TEST("a server that closes inside the head") {
  expect_refused_at_end("", Refusal::ERR_RESPONSE_EMPTY, 0);
  CHECK_EQUAL(decode_whole({nullptr, 0}, true).verdict, refuse(Refusal::ERR_RESPONSE_EMPTY, 0));
  CHECK_EQUAL(decode_whole({nullptr, 0}).verdict, incomplete());
  for (const char* start : {"H", "HTTP/", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r", "A: b"}) {
    expect_refused_at_end(start, Refusal::ERR_RESPONSE_HEAD_TRUNCATED, strlen(start));
  }
  expect_refused_at_end("hello", Refusal::ERR_RESPONSE_NO_STATUS, 0);
}

TEST("each byte is looked at once: what was read before may be gone") {
  // The bytes of finished lines are overwritten between two calls; only the last line may still be needed.
  std::string head = kOk + "A: b\r\nC: d\r\n\r\n";
  ResponseHead state = {};
  std::vector<FieldRecord> records(kMaxResponseFields);
  uint32_t count = 0;
  CHECK_EQUAL(decode_response_head(pages().ending(head.substr(0, 26)), false, state, records.data(), count), incomplete());
  CHECK_EQUAL(count, 1u);
  std::string rest = std::string(23, '\xFF') + head.substr(23);
  CHECK_EQUAL(decode_response_head(pages().ending(rest), false, state, records.data(), count), complete());
  CHECK_EQUAL(count, 1u);
  CHECK(records[0].name == 23 && records[0].name_end == 24 && records[0].value == 26 && records[0].value_end == 27);
}

// --- encoding ----------------------------------------------------------------------------------------------------------------------

struct Encoded {
  HeadFault fault;
  uint32_t part;
  std::string head;
  bool operator==(const Encoded&) const = default;
};

std::string shown(const Encoded& encoded) {
  return "fault " + std::to_string(static_cast<uint32_t>(encoded.fault)) + " part " + std::to_string(encoded.part) + " " +
         test::shown(encoded.head);
}

HeadFormResult make_form(FormTable& forms, const JoinedParts& names, bool keep) {
  ExactBlock text(names.text);
  std::vector<uint32_t> lengths(names.lengths.begin(), names.lengths.end());
  return make_head_form(forms, text.bytes(), lengths.data(), lengths.size(), keep);
}

Encoded encode_values(const FormTable& forms, uint32_t form, const JoinedParts& values, size_t room) {
  ExactBlock from(values.text);
  std::vector<uint32_t> lengths(values.lengths.begin(), values.lengths.end());
  std::string canary(room, '\xC5');
  ExactBlock out(canary);
  HeadEncodeResult result = encode_response_head(forms, form, from.bytes(), lengths.data(), lengths.size(), out.data(), room);
  std::string all(reinterpret_cast<char*>(out.data()), room);
  CHECK(result.written <= room && (result.fault == HeadFault::none || all == canary));
  return {result.fault, result.part, all.substr(0, result.written)};
}

/// Status, then names and values in turn, of which some are part of the form.
Encoded encode_parts(const std::vector<std::string>& parts, size_t room = 1000, uint32_t values_of_form = 0) {
  static std::unique_ptr<FormTable> forms = empty_form_table();
  static bool keep = false;
  keep = !keep;
  if (forms->count == 200) forget_forms(*forms);
  JoinedParts names;
  JoinedParts values;
  for (size_t i = 0; i < parts.size(); i++) {
    bool is_value = i > 0 && i % 2 == 0;
    if (is_value && is_of_form(values_of_form, i / 2 - 1)) names.add_value_of_form(parts[i]);
    else (is_value ? values : names).add(parts[i]);
  }
  HeadFormResult made = make_form(*forms, names, keep);
  if (made.fault != HeadFault::none) return {made.fault, made.part, ""};
  return encode_values(*forms, made.form.number, values, room);
}

void expect_written(const std::vector<std::string>& parts, const std::string& head) {
  for (uint32_t of_form : kValuesOfForms) {
    for (size_t room : {head.size(), head.size() + 1, size_t{5000}}) {
      CHECK_EQUAL(encode_parts(parts, room, of_form), Encoded{HeadFault::none, 0, head});
    }
    for (size_t room : {head.size() - 1, size_t{1}, size_t{0}}) CHECK_EQUAL(encode_parts(parts, room, of_form), Encoded{HeadFault::room, 0, ""});
  }
}

void expect_fault(const std::vector<std::string>& parts, HeadFault fault, uint32_t part) {
  CHECK_EQUAL(encode_parts(parts), Encoded{fault, part, ""});
  CHECK_EQUAL(encode_parts(parts, 0), Encoded{fault, part, ""});
}

TEST("heads are written with exact room or more, and not at all with less") {
  expect_written({"200 OK"}, "HTTP/1.1 200 OK\r\n\r\n");
  expect_written({"204"}, "HTTP/1.1 204 \r\n\r\n");
  expect_written({"200 ", "A", "b"}, "HTTP/1.1 200 \r\nA: b\r\n\r\n");
  expect_written({"404 Nicht \xFC\t!", "X-A", " \tb c\t", "Content-Length", "5", "E", "", "E", "  "},
                 "HTTP/1.1 404 Nicht \xFC\t!\r\nX-A: b c\r\nContent-Length: 5\r\nE: \r\nE: \r\n\r\n");
}

TEST("nothing that would break out of its line, or is not what it should be, is written") {
  for (const char* status : {"", "2", "20", "099", "2000", "200OK", "200\tOK", "OK", "200 O\rK", "200 O\nK", "200 \x7F", "200 \x01"}) {
    expect_fault({status}, HeadFault::bad_status, 0);
  }
  for (const char* name : {"", " A", "A ", "A B", "A:", "A\r", "A\n", "\xE4", "A\x01"}) expect_fault({"200", "A", "b", name, "x"}, HeadFault::bad_name, 2);
  expect_fault({"200", std::string("A\0", 2), "x"}, HeadFault::bad_name, 1);
  for (const char* value : {"a\rb", "a\nb", "a\r\nB: c", "\x7F", "\x1F", "a\r", "\n"}) expect_fault({"200", "A", value}, HeadFault::bad_value, 1);
  expect_fault({"200", "A", std::string("b\0", 2)}, HeadFault::bad_value, 1);
  for (const char* value : {"", "+1", "1 1", "a", "9007199254740992"}) expect_fault({"200", "CONTENT-length", value}, HeadFault::bad_content_length, 1);
  expect_fault({"200", "Content-Length", "5", "content-length", "5"}, HeadFault::content_length_repeated, 2);
}

TEST("a control character is found in every place of every value, and no other byte is taken for one") {
  for (size_t size = 1; size <= 40; size++) {
    for (size_t at = 0; at < size; at++) {
      for (unsigned byte = 0; byte < 256; byte++) {
        std::string value(size, 'v');
        value[at] = static_cast<char>(byte);
        bool good = byte == '\t' || (byte >= 0x20 && byte != 0x7F);
        Encoded encoded = encode_parts({"200", "A", "first", "B", value, "C", "last"});
        CHECK_EQUAL(encoded.fault, good ? HeadFault::none : HeadFault::bad_value);
        CHECK_EQUAL(encoded.part, good ? 0u : 2u);
      }
    }
  }
}

TEST("the first fault of the values is told, a control character before a length that is no number") {
  expect_fault({"200", "A", "b", "B", "\n", "C", "\r"}, HeadFault::bad_value, 2);
  expect_fault({"200", "Content-Length", "x", "B", "\n"}, HeadFault::bad_value, 2);
  expect_fault({"200", "Content-Length", "\n", "B", "b"}, HeadFault::bad_value, 1);
  expect_fault({"200", "B", "b", "Content-Length", "x"}, HeadFault::bad_content_length, 2);
}

TEST("a value that is part of a form is checked with it, and the fault is that of its field") {
  auto expect_form_fault = [](const std::vector<std::string>& parts, HeadFault fault, uint32_t part) {
    CHECK_EQUAL(encode_parts(parts, 1000, 0xFFFFFFFF), Encoded{fault, part, ""});
  };
  expect_form_fault({"200", "A", "a", "B", "b\n"}, HeadFault::bad_value, 2);
  expect_form_fault({"200", "A", "\x7F", "B", "b"}, HeadFault::bad_value, 1);
  expect_form_fault({"200", "A", "a", "Content-Length", "1x"}, HeadFault::bad_content_length, 2);
  expect_form_fault({"200", "Content-Length", "", "B", "b"}, HeadFault::bad_content_length, 1);
  expect_form_fault({"200", "Content-Length", "1", "content-length", "1"}, HeadFault::content_length_repeated, 2);
  CHECK_EQUAL(encode_parts({"200", "A", "a", "Content-Length", "x"}, 1000, 1), Encoded{HeadFault::bad_content_length, 1, ""});  // of one blank
  CHECK_EQUAL(encode_parts({"200", "Content-Length", "1", "Content-Length", "1"}, 1000, 1), Encoded{HeadFault::content_length_repeated, 2, ""});
}

TEST("lengths that do not use up the text, or wrap, or are not as many as the fields, are refused") {
  auto forms = empty_form_table();
  auto form_fault = [&](std::string_view text, const std::vector<uint32_t>& lengths, uint32_t part) {
    HeadFormResult made = make_form(*forms, {std::string(text), lengths}, true);
    CHECK_EQUAL(made.fault, HeadFault::lengths_disagree);
    CHECK_EQUAL(made.part, part);
    CHECK(forms->count == 0);
  };
  form_fault("", {}, 0);
  form_fault("200", {4}, 0);
  form_fault("200x", {3}, 0);
  form_fault("200Ab", {3, 1}, 0);
  form_fault("200A", {3, 1, 1}, 2);
  form_fault("200Ab", {3, 1, UINT32_MAX}, 2);
  form_fault("200Ab", {UINT32_MAX}, 0);
  form_fault("200Ab", {3, 1 + kValueOfForm, 1}, 1);                     // the value of no name
  form_fault("200Aab", {3, 1, 1 + kValueOfForm, 1 + kValueOfForm}, 3);  // two values of one
  form_fault("200Aa", {3, 1, 2 + kValueOfForm}, 2);
  JoinedParts names;
  for (std::string_view name : {"200", "A", "B"}) names.add(name);
  HeadFormResult made = make_form(*forms, names, true);
  auto value_fault = [&](std::string_view text, const std::vector<uint32_t>& lengths, uint32_t part) {
    CHECK_EQUAL(encode_values(*forms, made.form.number, {std::string(text), lengths}, 100), Encoded{HeadFault::lengths_disagree, part, ""});
  };
  value_fault("ab", {1, 2}, 2);
  value_fault("ab", {UINT32_MAX, 3}, 1);
  value_fault("abc", {1, 1}, 2);
  value_fault("a", {1}, 0);
  value_fault("abc", {1, 1, 1}, 0);
  value_fault("", {}, 0);
  JoinedParts with_length;
  for (std::string_view name : {"200", "Content-Length"}) with_length.add(name);
  made = make_form(*forms, with_length, true);
  value_fault("x\n", {1}, 1);  // a length that is no number, and a control character that belongs to no value
  for (uint32_t form : {made.form.number + 2, UINT32_MAX}) {
    CHECK_EQUAL(encode_values(*forms, form, {"ab", {1, 1}}, 100), Encoded{HeadFault::lengths_disagree, 0, ""});
  }
}

TEST("names and reasons of every length around the block in which they are copied, with every room behind them") {
  RandomNumbers random(29);
  for (size_t length = 1; length <= 70; length++) {
    std::string name(length, 'N');
    std::string reason(length, 'r');
    std::string value(random.below(70), 'v');
    expect_written({"200 " + reason, name, value, "B", ""}, "HTTP/1.1 200 " + reason + "\r\n" + name + ": " + value + "\r\nB: \r\n\r\n");
  }
}

TEST("random heads: what is written reads the same, whole and byte by byte") {
  RandomNumbers random(13);
  const std::string_view bytes = "abcXYZ019-_ \t:;=/\xE4\xFF";
  for (int i = 0; i < 2000; i++) {
    std::vector<std::string> parts = {std::to_string(200 + random.below(400)) + " reason"};
    std::vector<std::pair<std::string, std::string>> fields;
    for (size_t count = random.below(6); count > 0; count--) {
      std::string value;
      for (size_t size = random.below(12); size > 0; size--) value += bytes[random.below(bytes.size())];
      fields.emplace_back("X-" + std::to_string(random.below(20)), without_ows(value));
      parts.push_back(fields.back().first);
      parts.push_back(value);
    }
    Encoded encoded = encode_parts(parts, 4000);
    CHECK_EQUAL(encoded.fault, HeadFault::none);
    DecodedResponseHead expected;
    expected.verdict = complete();
    expected.size = encoded.head.size();
    expected.status = static_cast<uint32_t>(std::stoul(parts[0]));
    expected.reason = "reason";
    expected.fields = fields;
    CHECK_EQUAL(decode_whole(pages().ending(encoded.head)), expected);
    CHECK_EQUAL(decode_in_steps(encoded.head, 1), expected);
  }
}

}  // namespace
