// See response_head.h. Encoding makes two passes over the values: the first checks, the second, which cannot fail, writes.
// Decoding looks for the end of a line first and then reads the line: a fault is found when its line is complete, however it was cut.
#include "response_head.h"

#include "field_line.h"
#include "grammar.h"
#include "limits.h"

namespace gatewire {
namespace {

constexpr size_t kVersionBytes = 9;    // "HTTP/d.d "
constexpr size_t kCodeBytes = 3;

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

HeadFormResult form_fault(HeadFault what, size_t part) { return {what, static_cast<uint32_t>(part), {}}; }

/// Which bytes of a block are not for field values: controls other than HTAB, and DEL.
GATEWIRE_INLINE Block16 no_field_bytes(Block16 block) {
  return reinterpret_cast<Block16>(((block < ' ') & (block != '\t')) | (block == 0x7F));
}

/// Whether all bytes are kFieldByte, sixteen at a time; the last sixteen may be looked at twice.
bool is_field_text(Bytes text) {
  if (text.size < sizeof(Block16)) return span_of(text, kFieldByte) == text.size;
  size_t last = text.size - sizeof(Block16);
  Block16 found = no_field_bytes(load_block(text.data + last));
  for (size_t at = 0; at < last; at += sizeof(Block16)) found |= no_field_bytes(load_block(text.data + at));
  return is_zero(found);
}

/// Status, names and values of a form. `mark`: the number of the blank for Content-Length, 0 when there is none.
HeadFormResult check_form(Bytes text, const uint32_t* lengths, size_t count, uint32_t& mark) {
  Cutter parts = {text};
  Bytes part;
  uint32_t blanks = 0;
  bool has_length = false;
  mark = 0;
  if (count == 0 || !parts.cut(lengths[0], part)) return form_fault(HeadFault::lengths_disagree, 0);
  if (!is_status(part)) return form_fault(HeadFault::bad_status, 0);
  size_t field = 0;
  for (size_t i = 1; i < count; i++) {
    field++;
    if (!parts.cut(lengths[i], part)) return form_fault(HeadFault::lengths_disagree, i);
    if (part.size == 0 || span_of(part, kTokenByte) < part.size) return form_fault(HeadFault::bad_name, field);
    bool is_length = is_name(part, "content-length");
    if (is_length && has_length) return form_fault(HeadFault::content_length_repeated, field);
    has_length |= is_length;
    if (i + 1 == count || !is_value_of_form(lengths[i + 1])) {
      blanks++;
      if (is_length) mark = blanks;
      continue;
    }
    i++;
    if (!parts.cut(lengths[i] - kValueOfForm, part)) return form_fault(HeadFault::lengths_disagree, i);
    if (!is_field_text(part)) return form_fault(HeadFault::bad_value, field);
    uint64_t length;
    if (is_length && !read_decimal(trim_ows(part), kMaxContentLength, length)) return form_fault(HeadFault::bad_content_length, field);
  }
  return form_fault(parts.rest.size == 0 ? HeadFault::none : HeadFault::lengths_disagree, 0);
}

HeadEncodeResult fault(HeadFault what, size_t part) { return {what, static_cast<uint32_t>(part), 0}; }

/// The first value that has a byte which is not for field values. It may stand behind all of them, where a length was found to be wrong before
/// it was known whether they use up the text.
HeadEncodeResult find_bad_value(Bytes text, const uint32_t* lengths, size_t count) {
  size_t at = span_of(text, kFieldByte);
  size_t end = 0;
  for (size_t i = 0; i < count; i++) {
    end += lengths[i];
    if (at < end) return fault(HeadFault::bad_value, i + 1);
  }
  return fault(HeadFault::lengths_disagree, count);
}

/// Whether nothing is at fault: the lengths use up the text, and the values are what they have to be.
bool are_values(const Form& form, Bytes text, const uint32_t* lengths, size_t count) {
  uint64_t used = 0;  // lengths of 32 bits cannot make it wrap
  uint64_t content_length_at = 0;
  for (size_t i = 0; i < count; i++) {
    if (form.mark == i + 1) content_length_at = used;
    used += lengths[i];
  }
  if (used != text.size || !is_field_text(text)) return false;
  uint64_t length;
  return form.mark == 0 || read_decimal(trim_ows({text.data + content_length_at, lengths[form.mark - 1]}), kMaxContentLength, length);
}

/// What is at fault.
HeadEncodeResult find_fault(const Form& form, Bytes text, const uint32_t* lengths, size_t count) {
  Cutter parts = {text};
  Bytes value;
  uint64_t length;
  for (size_t i = 0; i < count; i++) {
    if (!parts.cut(lengths[i], value)) return fault(HeadFault::lengths_disagree, i + 1);
    if (form.mark == i + 1 && !read_decimal(trim_ows(value), kMaxContentLength, length)) {
      // A control character is the graver fault, wherever it stands.
      return is_field_text(text) ? fault(HeadFault::bad_content_length, i + 1) : find_bad_value(text, lengths, count);
    }
  }
  return parts.rest.size == 0 ? find_bad_value(text, lengths, count) : fault(HeadFault::lengths_disagree, count);
}

/// The bytes of values without the white space around them.
size_t size_of_values(Bytes text, const uint32_t* lengths, size_t count) {
  size_t size = 0;
  for (size_t i = 0; i < count; i++) {
    size += trim_ows({text.data, lengths[i]}).size;
    text.data += lengths[i];
  }
  return size;
}

}  // namespace

HeadFormResult make_head_form(FormTable& table, Bytes text, const uint32_t* lengths, size_t count, bool keep) {
  uint32_t mark = 0;
  HeadFormResult result = check_form(text, lengths, count, mark);
  if (result.fault != HeadFault::none) return result;
  FormMaker maker(table);
  Bytes rest = text;
  maker.add("HTTP/1.1 ");
  for (size_t i = 0; i < count; i++) {
    size_t length = lengths[i] & ~kValueOfForm;
    Bytes part = {rest.data, length};
    rest = {rest.data + length, rest.size - length};
    if (is_value_of_form(lengths[i])) part = trim_ows(part);
    maker.add(part, static_cast<size_t>(text.data + text.size - part.data));
    if (i == 0) {
      if (length == kCodeBytes) maker.add(" ");  // a bare status code is given the SP that has to follow it
    } else if (!is_value_of_form(lengths[i])) {
      maker.add(": ");
      if (i + 1 < count && is_value_of_form(lengths[i + 1])) continue;
      maker.end_piece();
    }
    maker.add("\r\n");
  }
  maker.add("\r\n");
  result.form = maker.finish(mark, keep);
  return result;
}

HeadEncodeResult encode_response_head(const FormTable& table, uint32_t form_number, Bytes text, const uint32_t* lengths, size_t count,
                                      uint8_t* out, size_t room) {
  const Form* form = form_of(table, form_number);
  if (form == nullptr || form->blanks != count) return fault(HeadFault::lengths_disagree, 0);
  if (!are_values(*form, text, lengths, count)) return find_fault(*form, text, lengths, count);
  // Room for values as they are given is usual, and then nobody has to know how many bytes of white space there are.
  if (room < form->bytes + text.size && room < form->bytes + size_of_values(text, lengths, count)) return fault(HeadFault::room, 0);
  FormFiller filler(table, *form, out, room);
  Bytes rest = text;
  for (size_t i = 0; i < count; i++) {
    filler.add_piece();
    Bytes value = trim_ows({rest.data, lengths[i]});
    filler.add_value(value, static_cast<size_t>(text.data + text.size - value.data));
    rest = {rest.data + lengths[i], rest.size - lengths[i]};
  }
  filler.add_piece();
  return {HeadFault::none, 0, static_cast<size_t>(filler.to - out)};
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
