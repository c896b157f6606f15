// See response_head.h. Two passes over the parts: the first checks and measures, the second, which cannot fail, writes.
#include "response_head.h"

#include "grammar.h"
#include "limits.h"

namespace gatewire {
namespace {

constexpr size_t kVersionBytes = 9;    // "HTTP/1.1 "
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

}  // namespace gatewire
