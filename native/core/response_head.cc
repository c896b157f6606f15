// See response_head.h. Encoding makes two passes over the parts: the first checks and measures, the second, which cannot fail, writes.
// Decoding looks for the end of a line first and then reads the line: a fault is found when its line is complete, however it was cut.
#include "response_head.h"

#include "field_line.h"
#include "grammar.h"
#include "limits.h"

namespace gatewire {
namespace {

constexpr size_t kVersionBytes = 9;    // "HTTP/d.d "
constexpr size_t kCodeBytes = 3;
constexpr size_t kFieldMarkBytes = 4;  // ": " and CR LF
constexpr size_t kLineEndBytes = 2;

// A bare status code is given the SP that has to follow it.
size_t status_line_bytes(Bytes status) {
  return kVersionBytes + status.size + (status.size == kCodeBytes ? 1 : 0) + kLineEndBytes;
}

bool is_status(Bytes status) {
  if (status.size < kCodeBytes || read_status_code(status.data) == 0) return false;
  if (status.size == kCodeBytes) return true;
  Bytes reason = {status.data + kCodeBytes + 1, status.size - kCodeBytes - 1};
  return status.data[kCodeBytes] == ' ' && span_of(reason, kFieldByte) == reason.size;
}

/// Cuts the parts one behind the other. False once the lengths ask for more than there is.
struct Cutter {
  Bytes rest;

  bool cut(size_t length, Bytes& part) {
    if (length > rest.size) return false;
    part = {rest.data, length};
    rest = {rest.data + length, rest.size - length};
    return true;
  }
};

HeadEncodeResult fault(HeadFault what, size_t part) { return {what, static_cast<uint32_t>(part), 0}; }

HeadEncodeResult measure(Bytes text, const uint32_t* lengths, size_t count) {
  Cutter parts = {text};
  Bytes status;
  if (count % 2 == 0 || !parts.cut(lengths[0], status)) return fault(HeadFault::lengths_disagree, 0);
  if (!is_status(status)) return fault(HeadFault::bad_status, 0);
  size_t size = status_line_bytes(status) + kLineEndBytes;
  bool has_content_length = false;
  for (size_t i = 1; i < count; i += 2) {
    Bytes name;
    Bytes value;
    if (!parts.cut(lengths[i], name) || !parts.cut(lengths[i + 1], value)) return fault(HeadFault::lengths_disagree, i);
    if (name.size == 0 || span_of(name, kTokenByte) < name.size) return fault(HeadFault::bad_name, i);
    if (span_of(value, kFieldByte) < value.size) return fault(HeadFault::bad_value, i + 1);
    value = trim_ows(value);
    if (is_name(name, "content-length")) {
      uint64_t length;
      if (has_content_length) return fault(HeadFault::content_length_repeated, i);
      if (!read_decimal(value, kMaxContentLength, length)) return fault(HeadFault::bad_content_length, i + 1);
      has_content_length = true;
    }
    size += name.size + value.size + kFieldMarkBytes;
  }
  if (parts.rest.size != 0) return fault(HeadFault::lengths_disagree, count - 1);
  return {HeadFault::none, 0, size};
}

struct Writer {
  uint8_t* to;

  void write(Bytes bytes) {
    copy_bytes(to, bytes.data, bytes.size);
    to += bytes.size;
  }
  template <size_t N>
  void write(const char (&literal)[N]) {
    copy_bytes(to, literal, N - 1);
    to += N - 1;
  }
};

void write_head(Bytes text, const uint32_t* lengths, size_t count, uint8_t* out) {
  Cutter parts = {text};
  Writer writer = {out};
  Bytes part;
  parts.cut(lengths[0], part);
  writer.write("HTTP/1.1 ");
  writer.write(part);
  if (part.size == kCodeBytes) writer.write(" ");
  writer.write("\r\n");
  for (size_t i = 1; i < count; i += 2) {
    parts.cut(lengths[i], part);
    writer.write(part);
    writer.write(": ");
    parts.cut(lengths[i + 1], part);
    writer.write(trim_ows(part));
    writer.write("\r\n");
  }
  writer.write("\r\n");
}

}  // namespace

HeadEncodeResult encode_response_head(Bytes text, const uint32_t* lengths, size_t count, uint8_t* out, size_t room) {
  HeadEncodeResult result = measure(text, lengths, count);
  if (result.fault != HeadFault::none) return result;
  if (result.written > room) return fault(HeadFault::room, 0);
  write_head(text, lengths, count, out);
  return result;
}

namespace {

constexpr char kPrefix[] = "HTTP/";
constexpr size_t kPrefixBytes = sizeof kPrefix - 1;

/// One line without its line end, and where it stands in the head.
struct Line {
  Bytes bytes;
  size_t at;
};

/// The refusal of one byte. A CR is named as what it is, wherever it stands.
Verdict refuse_byte(Refusal refusal, const Line& line, size_t i) {
  bool cr = i < line.bytes.size && line.bytes.data[i] == '\r';
  return refuse(cr ? Refusal::ERR_RESPONSE_BARE_CR : refusal, line.at + i);
}

/// status-code [ SP [ reason-phrase ] ], as status lines end and Status fields are.
Verdict read_status(const Line& status, ResponseHead& head) {
  Bytes bytes = status.bytes;
  uint32_t code = bytes.size < kCodeBytes ? 0 : read_status_code(bytes.data);
  if (code == 0) return refuse_byte(Refusal::ERR_RESPONSE_BAD_STATUS, status, 0);
  size_t reason = kCodeBytes;
  if (bytes.size > kCodeBytes) {
    if (bytes.data[kCodeBytes] != ' ') return refuse_byte(Refusal::ERR_RESPONSE_BAD_STATUS, status, kCodeBytes);
    reason++;
  }
  size_t clean = reason + span_of({bytes.data + reason, bytes.size - reason}, kFieldByte);
  if (clean < bytes.size) return refuse_byte(Refusal::ERR_RESPONSE_BAD_REASON, status, clean);
  if (code == 101) return refuse(Refusal::ERR_RESPONSE_UPGRADE, status.at);
  if (head.status == code) return complete();
  if (head.status != 0) return refuse(Refusal::ERR_RESPONSE_STATUS_CONFLICT, status.at);
  head.status = code;
  head.reason = static_cast<uint32_t>(status.at + reason);
  head.reason_end = static_cast<uint32_t>(status.at + bytes.size);
  return complete();
}

/// HTTP-version = "HTTP/" DIGIT "." DIGIT: any digits, for a uWSGI server repeats the SERVER_PROTOCOL that it was sent.
Verdict read_status_line(const Line& line, ResponseHead& head) {
  const uint8_t* data = line.bytes.data;
  for (size_t i = kPrefixBytes; i < kVersionBytes; i++) {
    bool fits = i < line.bytes.size && (i == 6 ? data[i] == '.' : i == 8 ? data[i] == ' ' : is_in(data[i], kDigitByte));
    if (!fits) return refuse_byte(Refusal::ERR_RESPONSE_BAD_STATUS, line, i);
  }
  return read_status({{data + kVersionBytes, line.bytes.size - kVersionBytes}, line.at + kVersionBytes}, head);
}

/// The fields that say how a response is framed, or what it is.
Verdict read_special_field(const Line& name, const Line& value, ResponseHead& head, bool& is_status) {
  is_status = is_name(name.bytes, "status");
  if (is_status) return read_status(value, head);
  if (is_name(name.bytes, "transfer-encoding")) return refuse(Refusal::ERR_RESPONSE_TRANSFER_ENCODING, name.at);
  if (!is_name(name.bytes, "content-length")) return complete();
  if (head.has_content_length) return refuse(Refusal::ERR_RESPONSE_CONTENT_LENGTH_REPEATED, name.at);
  if (!read_decimal(value.bytes, kMaxContentLength, head.content_length)) return refuse(Refusal::ERR_RESPONSE_BAD_CONTENT_LENGTH, value.at);
  head.has_content_length = 1;
  return complete();
}

Refusal refusal_of(FieldLineFault fault) {
  switch (fault) {
    case FieldLineFault::folded: return Refusal::ERR_RESPONSE_FOLDED_LINE;
    case FieldLineFault::no_colon: return Refusal::ERR_RESPONSE_NO_COLON;
    case FieldLineFault::bad_name: return Refusal::ERR_RESPONSE_BAD_FIELD_NAME;
    case FieldLineFault::bad_value: return Refusal::ERR_RESPONSE_BAD_FIELD_VALUE;
    case FieldLineFault::bare_cr: return Refusal::ERR_RESPONSE_BARE_CR;
    case FieldLineFault::none: break;
  }
  return Refusal::none;
}

Verdict take_field_line(const Line& line, ResponseHead& head, FieldRecord* fields, uint32_t& field_count) {
  if (head.field_lines == kMaxResponseFields) return refuse(Refusal::ERR_RESPONSE_TOO_MANY_FIELDS, line.at);
  FieldLine field = read_field_line(line.bytes);
  if (field.fault != FieldLineFault::none) return refuse(refusal_of(field.fault), line.at + field.fault_at);
  Line name = {{line.bytes.data, field.name_size}, line.at};
  Line value = {{line.bytes.data + field.value, field.value_end - field.value}, line.at + field.value};
  bool is_status = false;
  Verdict verdict = read_special_field(name, value, head, is_status);
  if (verdict.outcome != Outcome::complete) return verdict;
  head.field_lines++;
  if (is_status) return complete();
  fields[field_count++] = {static_cast<uint32_t>(name.at), static_cast<uint32_t>(name.at + field.name_size), static_cast<uint32_t>(value.at),
                           static_cast<uint32_t>(line.at + field.value_end)};
  return complete();
}

bool begins_field_line(Bytes line) {
  size_t name_size = span_of(line, kTokenByte);
  return name_size > 0 && name_size < line.size && line.data[name_size] == ':';
}

/// The first line decides what the head is: one with a status line, or a CGI head, or nothing that has a status.
Verdict read_line(const Line& line, ResponseHead& head, FieldRecord* fields, uint32_t& field_count) {
  if (line.at > 0) return take_field_line(line, head, fields, field_count);
  if (line.bytes.size >= kPrefixBytes && equal_bytes(line.bytes.data, kPrefix, kPrefixBytes)) return read_status_line(line, head);
  if (!begins_field_line(line.bytes)) return refuse(Refusal::ERR_RESPONSE_NO_STATUS, 0);
  return take_field_line(line, head, fields, field_count);
}

Verdict refuse_incomplete(Bytes input, const ResponseHead& head) {
  if (input.size == 0) return refuse(Refusal::ERR_RESPONSE_EMPTY, 0);
  bool prefix = equal_bytes(input.data, kPrefix, input.size < kPrefixBytes ? input.size : kPrefixBytes);
  if (head.line == 0 && !prefix && !begins_field_line(input)) return refuse(Refusal::ERR_RESPONSE_NO_STATUS, 0);
  return refuse(Refusal::ERR_RESPONSE_HEAD_TRUNCATED, input.size);
}

}  // namespace

Verdict decode_response_head(Bytes input, bool ended, ResponseHead& head, FieldRecord* fields, uint32_t& field_count) {
  field_count = 0;
  size_t limit = input.size < kMaxResponseHeadBytes ? input.size : kMaxResponseHeadBytes;
  for (;;) {
    size_t end = find_byte(input.data, head.scanned, limit, '\n');
    if (end == limit) break;
    bool crlf = end > head.line && input.data[end - 1] == '\r';
    Line line = {{input.data + head.line, end - head.line - (crlf ? 1 : 0)}, head.line};
    if (line.bytes.size > 0) {
      Verdict verdict = read_line(line, head, fields, field_count);
      if (verdict.outcome != Outcome::complete) return verdict;
    }
    if (!crlf) return refuse(Refusal::ERR_RESPONSE_BARE_LF, end);
    if (line.bytes.size == 0 && head.status == 0) return refuse(Refusal::ERR_RESPONSE_NO_STATUS, line.at);
    head.line = static_cast<uint32_t>(end + 1);
    head.scanned = head.line;
    if (line.bytes.size == 0) return complete();
  }
  head.scanned = static_cast<uint32_t>(limit);
  if (input.size > limit) return refuse(Refusal::ERR_RESPONSE_HEAD_TOO_LARGE, limit);
  return ended ? refuse_incomplete(input, head) : incomplete();
}

}  // namespace gatewire
