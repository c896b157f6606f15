// See request_target.h for the grammar.
#include "request_target.h"

#include "grammar.h"

namespace gatewire {
namespace {

Verdict refuse_target(size_t at) { return refuse(Refusal::ERR_HTTP_BAD_TARGET, at); }

bool is_method(Bytes method, const char* name, size_t size) { return method.size == size && equal_bytes(method.data, name, size); }

/// Bytes of "http://" or "https://" in any case (RFC 3986 section 3.1); 0: another beginning.
size_t scheme_size(Bytes target) {
  constexpr char kHttp[] = "http";
  size_t at = 0;
  for (; at < 4; at++) {
    if (at == target.size || lower(target.data[at]) != static_cast<uint8_t>(kHttp[at])) return 0;
  }
  if (at < target.size && lower(target.data[at]) == 's') at++;
  return target.size - at >= 3 && equal_bytes(target.data + at, "://", 3) ? at + 3 : 0;
}

/// Offset of the first `a` or `b` from `at` on; the end when there is none.
size_t find_either(Bytes bytes, size_t at, uint8_t a, uint8_t b) {
  while (at < bytes.size && bytes.data[at] != a && bytes.data[at] != b) at++;
  return at;
}

void split_query(Bytes target, size_t path, RequestTarget& parts) {
  size_t mark = find_byte(target.data, path, target.size, '?');
  parts.path = static_cast<uint32_t>(path);
  parts.path_end = static_cast<uint32_t>(mark);
  parts.query = static_cast<uint32_t>(mark < target.size ? mark + 1 : mark);
  parts.query_end = static_cast<uint32_t>(target.size);
}

Verdict split_absolute(Bytes target, RequestTarget& parts) {
  size_t authority = scheme_size(target);
  if (authority == 0) return refuse_target(0);
  size_t end = find_either(target, authority, '/', '?');
  size_t user = find_byte(target.data, authority, end, '@');
  if (user < end) return refuse_target(user);
  size_t fault = check_host({target.data + authority, end - authority});
  if (fault < end - authority || end == authority) return refuse(Refusal::ERR_HTTP_BAD_HOST, authority + fault);
  parts.form = TargetForm::absolute;
  parts.authority = static_cast<uint32_t>(authority);
  parts.authority_end = static_cast<uint32_t>(end);
  split_query(target, end, parts);
  return complete();
}

/// CONNECT needs a port (RFC 9110 section 9.3.6).
Verdict split_authority(Bytes target, RequestTarget& parts) {
  size_t fault = check_host(target);
  if (fault < target.size) return refuse_target(fault);
  size_t digits = target.size;
  while (digits > 0 && is_in(target.data[digits - 1], kDigitByte)) digits--;
  if (digits == target.size || digits == 0 || target.data[digits - 1] != ':') return refuse_target(target.size);
  parts.form = TargetForm::authority;
  return complete();
}

/// IPv4address: four numbers of at most 255, without zeros before them (RFC 3986 section 3.2.2).
bool is_ipv4_address(Bytes text) {
  for (uint32_t octets = 1;; octets++) {
    size_t digits = span_of(text, kDigitByte);
    uint64_t octet;
    if (digits > 3 || !read_decimal({text.data, digits}, 255, octet) || (digits > 1 && text.data[0] == '0')) return false;
    if (digits == text.size) return octets == 4;
    if (octets == 4 || text.data[digits] != '.') return false;
    text = {text.data + digits + 1, text.size - digits - 1};
  }
}

/// IPv6address: eight groups of up to four digits, the last two of them perhaps an IPv4 address; "::" once in place of one group or more.
bool is_ipv6_address(Bytes text) {
  bool gap = text.size >= 2 && text.data[0] == ':' && text.data[1] == ':';
  uint32_t groups = 0;
  for (size_t at = gap ? 2 : 0; at < text.size;) {
    Bytes rest = {text.data + at, text.size - at};
    if (is_ipv4_address(rest)) {
      groups += 2;
      break;
    }
    size_t digits = span_of(rest, kHexByte);
    if (digits == 0 || digits > 4) return false;
    groups++;
    at += digits;
    if (at == text.size) break;
    if (text.data[at++] != ':' || at == text.size) return false;
    if (text.data[at] != ':') continue;
    if (gap) return false;
    gap = true;
    at++;
  }
  return gap ? groups <= 7 : groups == 8;
}

/// Bytes of "[" IPv6address "]"; 0: something else. IPvFuture has no use yet, so nobody sends it.
size_t literal_size(Bytes host) {
  size_t end = find_byte(host.data, 1, host.size, ']');
  return end < host.size && is_ipv6_address({host.data + 1, end - 1}) ? end + 1 : 0;
}

/// Bytes of a reg-name; what follows it is a port or a fault.
size_t name_size(Bytes host) {
  size_t end = 0;
  bool escapes = false;
  for (; end < host.size && is_in(host.data[end], kHostByte); end++) escapes |= host.data[end] == '%';
  for (size_t at = 0; escapes && at < end; at++) {
    if (host.data[at] != '%') continue;
    bool escape = host.size - at > 2 && is_in(host.data[at + 1], kHexByte) && is_in(host.data[at + 2], kHexByte);
    if (!escape) return at;
  }
  return end;
}

}  // namespace

size_t check_host(Bytes host) {
  if (host.size == 0) return 0;
  size_t at = host.data[0] == '[' ? literal_size(host) : name_size(host);
  if (at == 0 || at == host.size || host.data[at] != ':') return at;
  at++;
  return at + span_of({host.data + at, host.size - at}, kDigitByte);
}

Verdict split_target(Bytes method, Bytes target, RequestTarget& parts) {
  parts = {};
  if (is_method(method, "CONNECT", 7)) return split_authority(target, parts);
  if (target.data[0] == '/') {
    split_query(target, 0, parts);
    return complete();
  }
  if (target.size == 1 && target.data[0] == '*') {
    parts.form = TargetForm::asterisk;
    return is_method(method, "OPTIONS", 7) ? complete() : refuse_target(0);
  }
  return split_absolute(target, parts);
}

size_t percent_decode(Bytes path, uint8_t* out) {
  size_t written = 0;
  for (size_t at = 0; at < path.size; written++) {
    uint8_t byte = path.data[at++];
    bool escape = byte == '%' && path.size - at >= 2 && is_in(path.data[at], kHexByte) && is_in(path.data[at + 1], kHexByte);
    if (escape) {
      byte = static_cast<uint8_t>(hex_value(path.data[at]) << 4 | hex_value(path.data[at + 1]));
      at += 2;
    }
    out[written] = byte;
  }
  return written;
}

}  // namespace gatewire
