// Grammar pieces that every HTTP head is made of, both ways: byte classes, trimming, numbers, case-insensitive names. Each is the
// scalar reference of its piece; it knows no head, no limit and no reason to refuse.
#pragma once
#include "bytes.h"

namespace gatewire {

enum ByteClass : uint8_t {
  kTokenByte = 1,
  kFieldByte = 2,
  kDigitByte = 4,
  kTargetByte = 8,
  kHostByte = 16,
  kHexByte = 32,
};

struct ByteClasses {
  uint8_t of[256];
};

consteval void add_range(ByteClasses& classes, uint8_t byte_class, uint32_t first, uint32_t last) {
  for (uint32_t byte = first; byte <= last; byte++) classes.of[byte] |= byte_class;
}

// token         = 1*tchar                                              ; RFC 9110 section 5.6.2
// tchar         = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~" / DIGIT / ALPHA
// field-value   = *field-content                                       ; RFC 9110 section 5.5: HTAB / SP / VCHAR / obs-text
// reason-phrase = 1*( HTAB / SP / VCHAR / obs-text )                   ; RFC 9112 section 4
// VCHAR         = %x21-7E
// obs-text      = %x80-FF
// target byte   : VCHAR but "#", which ends a URI reference and is part of no form of request-target (RFC 9112 section 3.2). Browsers send
//                 some of the bytes that RFC 3986 wants percent-encoded, such as "|" and "{", so those are taken as they are.
// host byte     = unreserved / sub-delims / "%"                        ; reg-name of RFC 3986 section 3.2.2
consteval ByteClasses make_byte_classes() {
  ByteClasses classes = {};
  for (const char* mark = "!#$%&'*+-.^_`|~"; *mark != 0; mark++) classes.of[static_cast<uint8_t>(*mark)] |= kTokenByte;
  add_range(classes, kTokenByte | kDigitByte, '0', '9');
  add_range(classes, kTokenByte, 'A', 'Z');
  add_range(classes, kTokenByte, 'a', 'z');
  add_range(classes, kFieldByte, '\t', '\t');
  add_range(classes, kFieldByte, ' ', ' ');
  add_range(classes, kFieldByte, 0x21, 0x7E);
  add_range(classes, kFieldByte, 0x80, 0xFF);
  add_range(classes, kTargetByte, 0x21, 0x22);
  add_range(classes, kTargetByte, 0x24, 0x7E);
  for (const char* mark = "-._~!$&'()*+,;=%"; *mark != 0; mark++) classes.of[static_cast<uint8_t>(*mark)] |= kHostByte;
  add_range(classes, kHostByte | kHexByte, '0', '9');
  add_range(classes, kHostByte, 'A', 'Z');
  add_range(classes, kHostByte, 'a', 'z');
  add_range(classes, kHexByte, 'A', 'F');
  add_range(classes, kHexByte, 'a', 'f');
  return classes;
}

constexpr ByteClasses kByteClasses = make_byte_classes();

GATEWIRE_INLINE bool is_in(uint8_t byte, ByteClass byte_class) { return (kByteClasses.of[byte] & byte_class) != 0; }

/// How many bytes at the start of `bytes` are of the class: bytes.size when all of them are.
GATEWIRE_INLINE size_t span_of(Bytes bytes, ByteClass byte_class) {
  size_t i = 0;
  while (i < bytes.size && is_in(bytes.data[i], byte_class)) i++;
  return i;
}

/// OWS = *( SP / HTAB )   (RFC 9110 section 5.6.3). No other byte is white space around a field value.
GATEWIRE_INLINE bool is_ows(uint8_t byte) { return byte == ' ' || byte == '\t'; }

GATEWIRE_INLINE Bytes trim_ows(Bytes bytes) {
  while (bytes.size > 0 && is_ows(bytes.data[bytes.size - 1])) bytes.size--;
  while (bytes.size > 0 && is_ows(bytes.data[0])) bytes = {bytes.data + 1, bytes.size - 1};
  return bytes;
}

/// A letter in lower case, any other byte as it is.
GATEWIRE_INLINE uint8_t lower(uint8_t byte) { return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte; }

/// The value of a hexadecimal digit.
GATEWIRE_INLINE uint32_t hex_value(uint8_t digit) {
  return is_in(digit, kDigitByte) ? digit - uint32_t{'0'} : (digit | uint32_t{0x20}) - uint32_t{'a'} + 10;
}

/// Whether a field name is `lower_name`, which is in lower case: names are compared without regard to case (RFC 9110 section 5.1).
template <size_t N>
GATEWIRE_INLINE bool is_name(Bytes name, const char (&lower_name)[N]) {
  if (name.size != N - 1) return false;
  for (size_t i = 0; i < N - 1; i++) {
    if (lower(name.data[i]) != static_cast<uint8_t>(lower_name[i])) return false;
  }
  return true;
}

/// 1*DIGIT, any number of leading zeros, as a number of at most `max`. False: something else, or larger.
GATEWIRE_INLINE bool read_decimal(Bytes digits, uint64_t max, uint64_t& value) {
  uint64_t sum = 0;
  for (size_t i = 0; i < digits.size; i++) {
    if (!is_in(digits.data[i], kDigitByte)) return false;
    uint64_t digit = digits.data[i] - uint32_t{'0'};
    if (digit > max || sum > (max - digit) / 10) return false;
    sum = sum * 10 + digit;
  }
  value = sum;
  return digits.size > 0;
}

/// status-code = 3DIGIT, the first of them not 0 (RFC 9110 section 15). `code` has three bytes; 0: something else.
GATEWIRE_INLINE uint32_t read_status_code(const uint8_t* code) {
  if (code[0] == '0' || span_of({code, 3}, kDigitByte) < 3) return 0;
  return (code[0] - uint32_t{'0'}) * 100 + (code[1] - uint32_t{'0'}) * 10 + (code[2] - uint32_t{'0'});
}

}  // namespace gatewire
