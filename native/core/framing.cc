// See framing.h for the rules.
#include "framing.h"

#include "grammar.h"

namespace gatewire {
namespace {

// 19 digits always fit into 64 bits; a 20th could overflow, and no content needs it.
constexpr size_t kMaxPacketDigits = 19;
// Leading zeros are legal, so numbers of 20 digits exist that are small.
constexpr size_t kMaxFieldDigits = 20;

Bytes value_of(Bytes input, const VarRecord& field) { return {input.data + field.value, field.value_end - field.value}; }

/// Calls `take` with the value of each field line of one role, in order, until it returns false. There may be other fields between.
template <size_t N, typename Take>
void each_value(Bytes input, const HeadIndex& index, KeyRole role, const char (&lower_name)[N], Take take) {
  const KeyPositions& positions = index.facts.of(role);
  if (positions.count == 0) return;
  bool others_between = positions.last - positions.first >= positions.count;
  for (uint32_t i = positions.first; i <= positions.last; i++) {
    const VarRecord& field = index.keys[i];
    if (others_between && !is_name({input.data + field.key, field.key_length}, lower_name)) continue;
    if (!take(value_of(input, field), field.value)) return;
  }
}

/// Calls `take` with each element of a list, empty ones included, until it returns false (RFC 9110 section 5.6.1).
template <typename Take>
bool each_element(Bytes list, Take take) {
  for (size_t at = 0;;) {
    size_t comma = find_byte(list.data, at, list.size, ',');
    if (!take(trim_ows({list.data + at, comma - at}))) return false;
    if (comma == list.size) return true;
    at = comma + 1;
  }
}

bool is_registered_coding(Bytes name) {
  return is_name(name, "gzip") || is_name(name, "x-gzip") || is_name(name, "deflate") || is_name(name, "compress") || is_name(name, "x-compress");
}

/// The codings of all Transfer-Encoding lines, as far as they have been read.
struct Codings {
  uint32_t count;
  uint32_t chunked;
  bool malformed;
  bool unknown;
  bool ends_chunked;

  /// One element; parameters are for no coding that is known (RFC 9112 section 7).
  bool take(Bytes coding) {
    count++;
    malformed = coding.size == 0 || span_of(coding, kTokenByte) < coding.size;
    ends_chunked = is_name(coding, "chunked");
    if (ends_chunked) chunked++;
    else if (!is_registered_coding(coding)) unknown = true;
    return !malformed;
  }
};

/// Transfer-Encoding has to be one chunked. More codings with chunked last are legal, but this does not decode them: 501.
Verdict judge_codings(Bytes input, const HeadIndex& index) {
  Codings codings = {};
  size_t at = 0;
  each_value(input, index, KeyRole::transfer_encoding, "transfer-encoding", [&](Bytes value, size_t value_at) {
    at = value_at;
    return each_element(value, [&](Bytes coding) { return codings.take(coding); });
  });
  if (codings.malformed || codings.chunked > 1) return refuse(Refusal::ERR_HTTP_BAD_TRANSFER_ENCODING, at);
  if (codings.chunked == 1 && !codings.ends_chunked) return refuse(Refusal::ERR_HTTP_BAD_TRANSFER_ENCODING, at);
  if (codings.unknown) return refuse(Refusal::ERR_HTTP_UNKNOWN_CODING, at);
  if (codings.chunked == 0) return refuse(Refusal::ERR_HTTP_BAD_TRANSFER_ENCODING, at);
  return codings.count == 1 ? complete() : refuse(Refusal::ERR_HTTP_UNKNOWN_CODING, at);
}

Verdict read_length(Bytes input, const Limits& limits, HeadIndex& index, Bytes& length) {
  const KeyPositions& positions = index.facts.of(KeyRole::content_length);
  if (positions.count > 1) return refuse(Refusal::ERR_HTTP_CONTENT_LENGTH_REPEATED, index.keys[positions.last].key);
  const VarRecord& field = index.keys[positions.first];
  Bytes value = value_of(input, field);
  size_t digits = span_of(value, kDigitByte);
  if (digits < value.size || digits == 0) return refuse(Refusal::ERR_HTTP_BAD_CONTENT_LENGTH, field.value + digits);
  bool fits = digits <= kMaxFieldDigits && read_decimal(value, kMaxContentLength, index.content_length);
  if (!fits) return refuse(Refusal::ERR_HTTP_BAD_CONTENT_LENGTH, field.value);
  if (index.content_length > limits.max_content_bytes) return refuse(Refusal::ERR_HTTP_CONTENT_TOO_LARGE, field.value);
  index.framing = index.content_length > 0 ? FramingKind::length : FramingKind::none;
  while (value.size > 1 && value.data[0] == '0') value = {value.data + 1, value.size - 1};
  length = value;
  return complete();
}

/// What Connection names, on all of its lines (RFC 9110 section 7.6.1).
struct ConnectionOptions {
  bool close;
  bool keep_alive;
  bool upgrade;

  void take(Bytes option) {
    switch (option.size) {
      case 5: close |= is_name(option, "close"); break;
      case 7: upgrade |= is_name(option, "upgrade"); break;
      case 10: keep_alive |= is_name(option, "keep-alive"); break;
      default: break;
    }
  }
};

ConnectionOptions connection_options(Bytes input, const HeadIndex& index) {
  ConnectionOptions options = {};
  each_value(input, index, KeyRole::connection, "connection", [&](Bytes value, size_t) {
    return each_element(value, [&](Bytes option) {
      options.take(option);
      return true;
    });
  });
  return options;
}

Verdict judge_expectations(Bytes input, HeadIndex& index) {
  Verdict verdict = complete();
  each_value(input, index, KeyRole::expect, "expect", [&](Bytes value, size_t at) {
    bool known = each_element(value, [&](Bytes expectation) {
      if (expectation.size == 0) return true;  // an empty element means nothing (RFC 9110 section 5.6.1.2)
      index.expect_continue = is_name(expectation, "100-continue");
      return index.expect_continue;
    });
    if (!known) verdict = refuse(Refusal::ERR_HTTP_EXPECTATION_FAILED, at);
    return known;
  });
  return verdict;
}

/// Upgrade matters only where Connection names it. With content it is ignored, as RFC 9110 section 7.8 allows, except for WebSocket,
/// whose handshake is a GET without content (RFC 6455 section 4.1): there the client and this side would differ on where the frames begin.
Verdict judge_upgrade(Bytes input, HeadIndex& index) {
  index.upgrade = index.framing == FramingKind::none;
  if (index.upgrade) return complete();
  Verdict verdict = complete();
  each_value(input, index, KeyRole::upgrade, "upgrade", [&](Bytes value, size_t at) {
    bool other = each_element(value, [](Bytes protocol) { return !is_name(protocol, "websocket"); });
    if (!other) verdict = refuse(Refusal::ERR_HTTP_UPGRADE_WITH_CONTENT, at);
    return other;
  });
  return verdict;
}

}  // namespace

Verdict parse_content_length(Bytes value, uint64_t& length) {
  length = 0;
  for (size_t i = 0; i < value.size; i++) {
    uint32_t digit = value.data[i] - uint32_t{'0'};
    if (digit > 9 || i == kMaxPacketDigits) return refuse(Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, i);
    length = length * 10 + digit;
  }
  if (length > kMaxContentLength) return refuse(Refusal::ERR_UWSGI_BAD_CONTENT_LENGTH, 0);
  return complete();
}

Verdict decide_framing(Bytes input, uint32_t minor, const Limits& limits, HeadIndex& index, Bytes& length) {
  index.framing = FramingKind::none;
  index.content_length = 0;
  bool has_length = index.facts.of(KeyRole::content_length).count > 0;
  const KeyPositions& codings = index.facts.of(KeyRole::transfer_encoding);
  if (codings.count == 0) return has_length ? read_length(input, limits, index, length) : complete();
  size_t at = index.keys[codings.first].key;
  if (minor == 0) return refuse(Refusal::ERR_HTTP_TRANSFER_ENCODING_VERSION, at);
  if (has_length) return refuse(Refusal::ERR_HTTP_TRANSFER_ENCODING_WITH_LENGTH, at);
  Verdict verdict = judge_codings(input, index);
  if (verdict.outcome == Outcome::complete) index.framing = FramingKind::chunked;
  return verdict;
}

Verdict decide_connection(Bytes input, uint32_t minor, HeadIndex& index) {
  ConnectionOptions options = connection_options(input, index);
  index.keep_alive = !options.close && (minor == 1 || options.keep_alive);
  index.expect_continue = false;
  index.upgrade = false;
  if (minor == 0) return complete();  // HTTP/1.0 knows neither Expect nor Upgrade
  if (index.facts.of(KeyRole::expect).count > 0) {
    Verdict verdict = judge_expectations(input, index);
    if (verdict.outcome != Outcome::complete) return verdict;
  }
  return options.upgrade && index.facts.of(KeyRole::upgrade).count > 0 ? judge_upgrade(input, index) : complete();
}

}  // namespace gatewire
