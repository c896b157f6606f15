// See request_lines.h for the grammar.
#include "request_lines.h"

#include "field_line.h"
#include "grammar.h"
#include "request_target.h"

namespace gatewire {
namespace {

constexpr size_t kLineEndBytes = 2;
constexpr char kVersion[] = "HTTP/1.";
constexpr size_t kMajorAt = 5;
constexpr size_t kMinorAt = 7;
constexpr size_t kVersionBytes = 8;
/// Bytes of a first line that are judged before it is complete: enough to tell TLS, uwsgi and PROXY from a method.
constexpr size_t kJudgedBytes = 16;

/// One line without its line end, and where it stands in the head.
struct Line {
  const uint8_t* data;
  size_t size;
  size_t at;

  uint8_t operator[](size_t i) const { return i < size ? data[i] : uint8_t{'\r'}; }
};

/// The refusal of one byte. A CR is named as what it is, wherever it stands; the end of the line is no byte of it.
Verdict refuse_byte(Refusal refusal, const Line& line, size_t i) {
  bool cr = i < line.size && line.data[i] == '\r';
  return refuse(cr ? Refusal::ERR_HTTP_BARE_CR : refusal, line.at + i);
}

/// Whether `line`, of which more may follow, can be the beginning of a request line: a token, then SP.
Verdict judge_beginning(const Line& line, bool whole) {
  size_t size = line.size < kJudgedBytes ? line.size : kJudgedBytes;
  size_t method = span_of({line.data, size}, kTokenByte);
  if (method == size) return whole && size == line.size ? refuse(Refusal::ERR_HTTP_BAD_REQUEST_LINE, line.at + size) : complete();
  uint8_t byte = line.data[method];
  if (byte == ' ' && method > 0) return complete();
  // A CR may be the beginning of a line end: what it is tells the next byte.
  if (byte == '\r' && !whole && method + 1 == line.size) return complete();
  return refuse_byte(byte == '\t' && method > 0 ? Refusal::ERR_HTTP_BAD_REQUEST_LINE : Refusal::ERR_HTTP_BAD_METHOD, line, method);
}

/// HTTP-version at the end of a line (RFC 9112 section 2.3), any digits.
bool ends_with_version(const Line& line) {
  if (line.size <= kVersionBytes) return false;
  const uint8_t* version = line.data + line.size - kVersionBytes;
  return version[-1] == ' ' && equal_bytes(version, kVersion, kMajorAt) && is_in(version[kMajorAt], kDigitByte) &&
         version[kMajorAt + 1] == '.' && is_in(version[kMinorAt], kDigitByte);
}

Verdict read_version(const Line& line, size_t at, RequestLines& lines) {
  for (size_t i = 0; i < kVersionBytes; i++) {
    bool fits = at + i < line.size && (i < kMinorAt ? line[at + i] == static_cast<uint8_t>(kVersion[i]) : is_in(line[at + i], kDigitByte));
    if (!fits) return refuse_byte(Refusal::ERR_HTTP_BAD_VERSION, line, at + i);
  }
  if (line.size > at + kVersionBytes) return refuse_byte(Refusal::ERR_HTTP_BAD_VERSION, line, at + kVersionBytes);
  lines.minor = line[at + kMinorAt] - uint32_t{'0'};
  return lines.minor <= 1 ? complete() : refuse(Refusal::ERR_HTTP_VERSION_NOT_SUPPORTED, line.at + at + kMinorAt);
}

Verdict read_request_line(const Line& line, RequestLines& lines) {
  Verdict verdict = judge_beginning(line, true);
  if (verdict.outcome != Outcome::complete) return verdict;
  // Before the rest: what follows in a message of another major version need not look like this one.
  if (ends_with_version(line) && line[line.size - kVersionBytes + kMajorAt] != '1') {
    return refuse(Refusal::ERR_HTTP_VERSION_NOT_SUPPORTED, line.at + line.size - kVersionBytes + kMajorAt);
  }
  size_t method = span_of({line.data, line.size}, kTokenByte);
  if (method == line.size) return refuse(Refusal::ERR_HTTP_BAD_REQUEST_LINE, line.at + method);
  if (line[method] != ' ') return refuse_byte(Refusal::ERR_HTTP_BAD_METHOD, line, method);
  size_t target = method + 1;
  size_t target_end = target + span_of({line.data + target, line.size - target}, kTargetByte);
  bool spaced = target_end > target && target_end < line.size && line[target_end] == ' ';
  if (!spaced) {
    bool separator = target_end == line.size || line[target_end] == ' ' || line[target_end] == '\t';
    return refuse_byte(separator ? Refusal::ERR_HTTP_BAD_REQUEST_LINE : Refusal::ERR_HTTP_BAD_TARGET, line, target_end);
  }
  RequestTarget parts;
  verdict = split_target({line.data, method}, {line.data + target, target_end - target}, parts);
  if (verdict.outcome != Outcome::complete) return refuse(verdict.refusal, line.at + target + verdict.offset);
  lines.method = static_cast<uint32_t>(line.at);
  lines.method_end = static_cast<uint32_t>(line.at + method);
  lines.target_end = static_cast<uint32_t>(line.at + target_end);
  return read_version(line, target_end + 1, lines);
}

Verdict take_field_line(const Line& line, const Limits& limits, RequestLines& lines, VarRecord* fields) {
  if (lines.field_count == limits.max_field_lines) return refuse(Refusal::ERR_HTTP_TOO_MANY_FIELDS, line.at);
  FieldLine field = read_field_line({line.data, line.size});
  if (field.fault != FieldLineFault::none) return refuse(request_refusal(field.fault), line.at + field.fault_at);
  fields[lines.field_count++] = {static_cast<uint32_t>(line.at), static_cast<uint32_t>(field.name_size),
                                 static_cast<uint32_t>(line.at + field.value), static_cast<uint32_t>(line.at + field.value_end)};
  return complete();
}

/// A limit that the line at lines.line meets first: behind so many bytes of input its end is too far away.
struct Bound {
  size_t end;       // the line ends before this offset, its line end included
  Refusal refusal;
  size_t offset;    // the first byte that is too much
};

Bound bound_of(const Limits& limits, const RequestLines& lines) {
  bool first = lines.method_end == 0;
  size_t line_end = size_t{lines.line} + (first ? limits.max_request_line_bytes : limits.max_field_line_bytes);
  if (line_end + kLineEndBytes > limits.max_head_bytes) return {limits.max_head_bytes, Refusal::ERR_HTTP_HEAD_TOO_LARGE, limits.max_head_bytes};
  return {line_end + kLineEndBytes, first ? Refusal::ERR_HTTP_REQUEST_LINE_TOO_LONG : Refusal::ERR_HTTP_FIELD_LINE_TOO_LONG, line_end};
}

/// A line that is longer than a limit. The beginning of a first line is judged before its length, as it is where it comes in pieces: the
/// verdict does not depend on them.
Verdict refuse_long(Bytes input, const RequestLines& lines, const Bound& bound) {
  // In pieces, the length is judged first when as many bytes have come as are too many.
  size_t end = input.size < bound.end ? input.size + 1 : bound.end;
  if (lines.method_end == 0 && end > lines.line + size_t{1}) {
    Verdict verdict = judge_beginning({input.data + lines.line, end - 1 - lines.line, lines.line}, false);
    if (verdict.outcome == Outcome::refused) return verdict;
  }
  return refuse(bound.refusal, bound.offset);
}

Verdict judge_incomplete(Bytes input, const RequestLines& lines) {
  bool may_be_empty = input.data[lines.line] == '\r' && input.size == lines.line + 1;
  if (lines.method_end > 0 || may_be_empty) return incomplete();
  Verdict verdict = judge_beginning({input.data + lines.line, input.size - lines.line, lines.line}, false);
  return verdict.outcome == Outcome::complete ? incomplete() : verdict;
}

}  // namespace

Verdict read_request_lines(Bytes input, const Limits& limits, RequestLines& lines, VarRecord* fields) {
  for (;;) {
    if (lines.line == input.size) return incomplete();
    Bound bound = bound_of(limits, lines);
    size_t visible = input.size < bound.end ? input.size : bound.end;
    size_t end = lines.scanned < visible ? find_byte(input.data, lines.scanned, visible, '\n') : visible;
    if (end == visible) {
      lines.scanned = static_cast<uint32_t>(visible);
      return visible == bound.end ? refuse_long(input, lines, bound) : judge_incomplete(input, lines);
    }
    bool crlf = end > lines.line && input.data[end - 1] == '\r';
    Line line = {input.data + lines.line, end - lines.line - (crlf ? 1 : 0), lines.line};
    if (line.at + line.size > bound.offset) return refuse_long(input, lines, bound);
    bool blank = line.size == 0 && crlf;
    if (line.size > 0) {
      Verdict verdict = lines.method_end == 0 ? read_request_line(line, lines) : take_field_line(line, limits, lines, fields);
      if (verdict.outcome != Outcome::complete) return verdict;
    }
    if (!crlf) return refuse(Refusal::ERR_HTTP_BARE_LF, end);
    // RFC 9112 section 2.2 asks for one empty line to be ignored. More of them would cost time for nothing.
    if (blank && lines.method_end == 0 && line.at > 0) return refuse(Refusal::ERR_HTTP_EMPTY_LINE, line.at);
    lines.line = lines.scanned = static_cast<uint32_t>(end + 1);
    if (blank && lines.method_end > 0) return complete();
  }
}

}  // namespace gatewire
