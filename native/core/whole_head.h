// The loop of Kernel::read_whole_head, for any instruction set: line ends first. Stage 1 asks one question of each byte, whether it is a
// control character, and notes where runs of them begin: in a valid head those are the line ends, and nothing else is. Stage 2 visits
// lines whose place it knows already, so that none of them waits for the one before; a name is validated and measured by one load.
//
// Nothing is explained here. Whatever is not as it should be, and some of what is unusual, is left to read_request_lines. What is vouched
// for is valid to the last byte, and read as it reads it.
//
// `Ops`, a type of the kernel's own file, works on blocks of 32 bytes:
//   Block load(p), load_halves(p, q)       32 bytes; 16 bytes and 16 bytes
//   uint32_t controls(block)               bit i: byte i is a control character (RFC 5234 CTL) other than HTAB
//   uint32_t not_token(block)              bit i: byte i is no tchar
//   uint32_t not_target(block)             bit i: byte i is no target byte; DEL may count as one, being a control character
//   uint32_t lowest_bit(word)              64 when there is none
//   bool plain(a, b, c, d)                 no control character, no HTAB, nothing beyond ASCII; a quick look that stage 1 skips bytes by
#pragma once
#include "grammar.h"
#include "kernel.h"
#include "request_lines.h"
#include "request_target.h"

namespace gatewire {

constexpr uint32_t kHeadBlock = 32;
/// Stage 1 works on stretches of two blocks, whose answers fit into a word.
constexpr uint32_t kStretch = 2 * kHeadBlock;
constexpr uint32_t kMinSmallHead = 16;
/// CR LF CR LF, and " HTTP/1.x" before it: no request line ends before this.
constexpr uint32_t kVersionPart = 9;
/// A stretch without a run of three has at most 22 of runs; two stretches are read between two looks at the room.
constexpr uint32_t kLineEndSlack = 48;

GATEWIRE_INLINE uint32_t load32(const uint8_t* p) {
  uint32_t word;
  __builtin_memcpy(&word, p, 4);
  return word;
}

/// What load32 and load64 give for text: all platforms of the package are little-endian.
constexpr uint32_t kCrLf = 0x0A0D;
constexpr uint32_t kCrLfCrLf = 0x0A0D0A0D;
constexpr uint32_t kColonSpace = 0x203A;
constexpr uint64_t kHttp11 = 0x312E312F50545448;
constexpr uint64_t kMinorBit = 1ull << 56;  // what tells "HTTP/1.0" from "HTTP/1.1"
constexpr uint64_t kConnect = 0x205443454E4E4F43;

GATEWIRE_INLINE uint64_t from_bit(uint32_t bit) { return ~uint64_t{0} << bit; }

/// The line ends of a head, each as the offset of its CR: of the request line, then of each field line.
struct LineEnds {
  uint32_t count;
  uint32_t blank;  // the CR of the blank line
  uint32_t at[kMaxFieldLines + 1 + kLineEndSlack];
};

// --- a line --------------------------------------------------------------------------------------------------------------------------

/// A field line that does not look as most do: other white space than one SP before the value, or no value.
template <class Ops>
__attribute__((noinline)) bool take_padded_field(const uint8_t* data, size_t line, size_t colon, size_t end, VarRecord& field) {
  if (colon <= line || colon >= end || data[colon] != ':' || load16(data + end) != kCrLf) return false;
  Bytes value = trim_ows({data + colon + 1, end - colon - 1});
  size_t value_at = static_cast<size_t>(value.data - data);
  field = {static_cast<uint32_t>(line), static_cast<uint32_t>(colon - line), static_cast<uint32_t>(value_at),
           static_cast<uint32_t>(value_at + value.size)};
  return true;
}

/// The record of the field line from `line` on, whose first byte that is no tchar stands at `colon`, and its line end at `end`.
template <class Ops>
GATEWIRE_INLINE bool take_field(const uint8_t* data, size_t line, size_t colon, size_t end, VarRecord& field) {
  bool room = colon > line && colon + 2 < end;
  if (__builtin_expect(room, 1)) {
    uint32_t before = load32(data + colon);
    uint32_t behind = load32(data + end - 1);
    bool usual = (before & 0xFFFF) == kColonSpace && (before & 0xFF0000) > 0x200000 && (behind & 0xFFFF00) == kCrLf << 8 && (behind & 0xFF) > 0x20;
    if (__builtin_expect(usual, 1)) {
      field = {static_cast<uint32_t>(line), static_cast<uint32_t>(colon - line), static_cast<uint32_t>(colon + 2), static_cast<uint32_t>(end)};
      return true;
    }
  }
  return take_padded_field<Ops>(data, line, colon, end, field);
}

/// Judges all of the request line but its bytes: `end` is its line end, `method_end` the first byte that is no tchar, and `target_end`
/// the first one behind the SP there that is no target byte.
GATEWIRE_INLINE bool take_request_line(const uint8_t* data, uint32_t method_end, uint32_t target_end, uint32_t end, RequestLines& lines) {
  uint32_t target = method_end + 1;
  uint64_t version = load64(data + end - 8);
  bool valid = method_end > 0 && data[method_end] == ' ' && target < target_end && target_end + kVersionPart == end &&
               data[target_end] == ' ' && (version | kMinorBit) == kHttp11 && load16(data + end) == kCrLf;
  if (!valid) return false;
  bool origin_form = data[target] == '/' && load64(data) != kConnect;
  if (__builtin_expect(!origin_form, 0)) {
    RequestTarget parts;
    if (split_target({data, method_end}, {data + target, target_end - target}, parts).outcome != Outcome::complete) return false;
  }
  lines.method = 0;
  lines.method_end = method_end;
  lines.target_end = target_end;
  lines.minor = (version & kMinorBit) != 0;
  return true;
}

/// Whether lines are short enough. Heads that are no longer than one line may be have no line that is too long.
GATEWIRE_INLINE bool lines_within(const Limits& limits, uint32_t request_line_end, uint32_t head_end) {
  return head_end <= limits.max_field_line_bytes && request_line_end <= limits.max_request_line_bytes;
}

// --- heads of one or two blocks --------------------------------------------------------------------------------------------------------

struct SmallMasks {
  uint64_t controls;
  uint64_t not_token;
  uint64_t not_target;
};

/// The masks of 16 to 64 bytes, from two loads that overlap.
template <class Ops>
GATEWIRE_INLINE SmallMasks small_masks(const Ops& ops, const uint8_t* data, uint32_t size) {
  if (size >= kHeadBlock) {
    typename Ops::Block first = ops.load(data);
    typename Ops::Block last = ops.load(data + size - kHeadBlock);
    uint32_t shift = size - kHeadBlock;
    return {ops.controls(first) | uint64_t{ops.controls(last)} << shift, ops.not_token(first) | uint64_t{ops.not_token(last)} << shift,
            ops.not_target(first) | uint64_t{ops.not_target(last)} << shift};
  }
  typename Ops::Block both = ops.load_halves(data, data + size - kHeadBlock / 2);
  uint32_t shift = size - kHeadBlock / 2;
  auto unfold = [shift](uint32_t mask) { return uint64_t{(mask & 0xFFFF) | mask >> 16 << shift}; };
  return {unfold(ops.controls(both)), unfold(ops.not_token(both)), unfold(ops.not_target(both))};
}

template <class Ops>
GATEWIRE_INLINE bool read_small_head(const Ops& ops, const uint8_t* data, uint32_t size, const Limits& limits, RequestLines& lines,
                                     VarRecord* fields) {
  SmallMasks masks = small_masks(ops, data, size);
  uint64_t starts = masks.controls & ~(masks.controls << 1);
  uint64_t thirds = masks.controls & masks.controls << 2;
  if (thirds == 0) return false;
  uint32_t blank = Ops::lowest_bit(thirds);
  uint32_t end = Ops::lowest_bit(starts);
  if (blank + 2 > size || load32(data + blank - 2) != kCrLfCrLf || end < kVersionPart) return false;
  uint32_t method_end = Ops::lowest_bit(masks.not_token);
  if (method_end >= end) return false;
  uint32_t target_end = Ops::lowest_bit(masks.not_target & from_bit(method_end + 1));
  RequestLines read = {};
  if (!take_request_line(data, method_end, target_end, end, read) || !lines_within(limits, end, blank)) return false;
  uint32_t line = end + 2;
  uint32_t count = 0;
  for (; line < blank; count++) {
    uint32_t colon = Ops::lowest_bit(masks.not_token & from_bit(line));
    end = Ops::lowest_bit(starts & from_bit(line));
    if (count == limits.max_field_lines || !take_field<Ops>(data, line, colon, end, fields[count])) return false;
    line = end + 2;
  }
  if (line != blank) return false;
  read.field_count = count;
  read.line = read.scanned = blank + 2;
  lines = read;
  return true;
}

// --- longer heads ------------------------------------------------------------------------------------------------------------------------

template <class Ops>
GATEWIRE_INLINE uint64_t stretch_controls(const Ops& ops, const uint8_t* p) {
  return ops.controls(ops.load(p)) | uint64_t{ops.controls(ops.load(p + kHeadBlock))} << kHeadBlock;
}

template <class Ops>
GATEWIRE_INLINE uint32_t* put_all(uint64_t starts, uint32_t at, uint32_t* out) {
  for (; starts != 0; starts &= starts - 1) *out++ = at + Ops::lowest_bit(starts);
  return out;
}

/// The same without a branch for up to two, as most stretches have.
template <class Ops>
GATEWIRE_INLINE uint32_t* put_few(uint64_t starts, uint32_t at, uint32_t* out) {
  uint32_t count = static_cast<uint32_t>(__builtin_popcountll(starts));
  uint64_t rest = starts & (starts - 1);
  // What is written too much is written over.
  out[0] = at + Ops::lowest_bit(starts);
  out[1] = at + Ops::lowest_bit(rest);
  rest &= rest - 1;
  out[2] = at + Ops::lowest_bit(rest);
  if (__builtin_expect(count > 3, 0)) put_all<Ops>(rest & (rest - 1), at, out + 3);
  return out + count;
}

/// Stage 1: line ends up to the blank line. False: no blank line, or too many lines.
template <class Ops>
GATEWIRE_INLINE bool find_line_ends(const Ops& ops, const uint8_t* data, size_t size, uint32_t max_lines, LineEnds& ends) {
  uint32_t* out = ends.at;
  const uint32_t* last = ends.at + max_lines;
  uint64_t before = 0;  // the controls of the stretch before this one
  uint64_t starts = 0;
  uint64_t thirds = 0;
  uint32_t at = 0;
  auto take = [&](uint64_t mask) __attribute__((always_inline)) {
    starts = mask & ~(mask << 1 | before >> 63);
    thirds = mask & (mask << 2 | before >> 62);
    before = mask;
    return thirds != 0;
  };
  while (size - at >= 2 * kStretch) {
    const uint8_t* p = data + at;
    if (ops.plain(ops.load(p), ops.load(p + kHeadBlock), ops.load(p + 2 * kHeadBlock), ops.load(p + 3 * kHeadBlock))) {
      before = 0;
      at += 2 * kStretch;
      continue;
    }
    uint64_t first = stretch_controls(ops, p);
    uint64_t second = stretch_controls(ops, p + kStretch);
    if (__builtin_expect(take(first), 0)) goto found;
    out = put_few<Ops>(starts, at, out);
    at += kStretch;
    if (__builtin_expect(take(second), 0)) goto found;
    out = put_few<Ops>(starts, at, out);
    at += kStretch;
    if (__builtin_expect(out > last, 0)) return false;
  }
  for (; at < size; at += kStretch) {
    size_t left = size - at;
    // The last bytes are read as the end of a whole stretch, so that nothing behind them is.
    if (take(left >= kStretch ? stretch_controls(ops, data + at) : stretch_controls(ops, data + size - kStretch) >> (kStretch - left))) goto found;
    out = put_all<Ops>(starts, at, out);
    if (__builtin_expect(out > last, 0)) return false;
  }
  return false;
found:
  out = put_all<Ops>(starts & (thirds - 1) & ~thirds, at, out);
  ends.blank = at + Ops::lowest_bit(thirds);
  ends.count = static_cast<uint32_t>(out - ends.at);
  return out <= last;
}

/// A token that is longer than a block.
template <class Ops>
__attribute__((noinline)) size_t long_token_end(const uint8_t* data, size_t size, size_t at) {
  return at + span_of({data + at, size - at}, kTokenByte);
}

/// Offset of the first byte from `at` on that is no tchar; `size` when there is none.
template <class Ops>
GATEWIRE_INLINE size_t token_end(const Ops& ops, const uint8_t* data, size_t size, size_t at) {
  size_t last_block = size - kHeadBlock;
  if (__builtin_expect(at <= last_block, 1)) {
    uint32_t mask = ops.not_token(ops.load(data + at));
    return __builtin_expect(mask != 0, 1) ? at + Ops::lowest_bit(mask) : long_token_end<Ops>(data, size, at + kHeadBlock);
  }
  uint32_t mask = ops.not_token(ops.load(data + last_block)) >> (at - last_block);
  return mask != 0 ? at + Ops::lowest_bit(mask) : size;
}

/// The same for target bytes, of which there may be many.
template <class Ops>
GATEWIRE_INLINE uint32_t target_end(const Ops& ops, const uint8_t* data, uint32_t size, uint32_t at) {
  for (; size - at >= kHeadBlock; at += kHeadBlock) {
    uint32_t mask = ops.not_target(ops.load(data + at));
    if (mask != 0) return at + Ops::lowest_bit(mask);
  }
  if (at == size) return size;
  uint32_t mask = ops.not_target(ops.load(data + size - kHeadBlock)) >> (kHeadBlock - (size - at));
  return mask != 0 ? at + Ops::lowest_bit(mask) : size;
}

template <class Ops>
__attribute__((noinline)) bool each_line_within(const Limits& limits, const LineEnds& ends) {
  if (ends.at[0] > limits.max_request_line_bytes) return false;
  for (uint32_t i = 1; i < ends.count; i++) {
    if (ends.at[i] - ends.at[i - 1] - 2 > limits.max_field_line_bytes) return false;
  }
  return true;
}

/// Stage 2: the field lines, between the line ends that are known.
template <class Ops>
GATEWIRE_INLINE bool read_fields(const Ops& ops, const uint8_t* data, size_t size, const LineEnds& ends, VarRecord* fields) {
  const uint32_t* last = ends.at + ends.count - 1;
  for (const uint32_t* end = ends.at; end != last; end++, fields++) {
    size_t line = size_t{end[0]} + 2;
    if (!take_field<Ops>(data, line, token_end(ops, data, size, line), end[1], *fields)) return false;
  }
  return true;
}

template <class Ops>
GATEWIRE_INLINE bool read_long_head(const Ops& ops, const uint8_t* data, uint32_t size, const Limits& limits, RequestLines& lines,
                                    VarRecord* fields) {
  LineEnds ends;
  uint32_t max_fields = limits.max_field_lines < kMaxFieldLines ? limits.max_field_lines : kMaxFieldLines;
  if (!find_line_ends(ops, data, size, max_fields + 1, ends) || ends.count == 0) return false;
  uint32_t blank = ends.blank;
  if (size - blank < 2 || ends.at[ends.count - 1] != blank - 2 || load32(data + blank - 2) != kCrLfCrLf) return false;
  uint32_t end = ends.at[0];
  if (end < kVersionPart) return false;
  RequestLines read = {};
  uint32_t method_end = static_cast<uint32_t>(token_end(ops, data, size, 0));
  if (method_end >= end) return false;
  if (!take_request_line(data, method_end, target_end(ops, data, size, method_end + 1), end, read)) return false;
  if (!lines_within(limits, end, blank) && !each_line_within<Ops>(limits, ends)) return false;
  if (!read_fields(ops, data, size, ends, fields)) return false;
  read.field_count = ends.count - 1;
  read.line = read.scanned = blank + 2;
  lines = read;
  return true;
}

template <class Ops>
GATEWIRE_INLINE bool read_whole_head_with(Bytes input, const Limits& limits, RequestLines& lines, VarRecord* fields) {
  uint32_t size = input.size < limits.max_head_bytes ? static_cast<uint32_t>(input.size) : limits.max_head_bytes;
  Ops ops;
  if (size > kStretch) return read_long_head(ops, input.data, size, limits, lines, fields);
  return size >= kMinSmallHead && read_small_head(ops, input.data, size, limits, lines, fields);
}

}  // namespace gatewire
