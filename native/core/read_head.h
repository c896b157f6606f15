// The loop of Kernel::read_head, for any instruction set: line ends first. Stage 1 asks one question of each byte, whether it is a
// control character, and notes where runs of them begin: in a valid head those are the line ends, and nothing else is. Stage 2 visits
// lines whose place it knows already, so that none of them waits for the one before; a name is validated and measured by one load.
//
// Nothing is explained here. Whatever is not as it should be, and some of what is unusual, is left to read_request_lines. What is vouched
// for is valid to the last byte, and read as it reads it.
//
// `Ops`, a type of the kernel's own file, works on blocks of 32 bytes:
//   Block load(p), load_halves(p, q)       32 bytes; 16 bytes and 16 bytes
//   uint64_t controls(a, b)                bit i: byte i of the two is a control character (RFC 5234 CTL) other than HTAB
//   uint32_t not_token(block)              bit i: byte i is no tchar
//   uint64_t not_target(a, b)              bit i: byte i is no target byte; control characters may count as such
//   uint32_t lowest_bit(word)              of a word that is not 0; else any number
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
/// What it reads at once.
constexpr uint32_t kTrip = 2 * kStretch;
/// Two loads of half a block. No head is shorter.
constexpr uint32_t kMinSmallHead = kHeadBlock / 2;
constexpr uint32_t kLineEnd = 2;
/// " HTTP/1.x", which ends each request line.
constexpr uint32_t kVersionPart = 9;
/// Where no run has a third byte, they begin three bytes apart or more, so a stretch has 22 at most. Two stretches are read between two looks
/// at the room.
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

/// Line ends, each as the offset of its CR: of the request line, or of the last line that an earlier call has read; then of each field line.
struct LineEnds {
  uint32_t count;
  uint32_t blank;  // the CR of the blank line; the size of the input when there is none
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

/// Judges all of the request line but its bytes: `end` is its line end, `method_end` the first byte that is no tchar, and `target_end` the
/// first one behind the SP there that is no target byte. A target that does not look as most do, or is empty, is left for take_other_form.
GATEWIRE_INLINE bool take_request_line(const uint8_t* data, uint32_t method_end, uint32_t target_end, uint32_t end, RequestLines& lines) {
  uint64_t version = load64(data + end - 8);
  bool valid = method_end > 0 && data[method_end] == ' ' && target_end + kVersionPart == end && data[target_end] == ' ' &&
               (version | kMinorBit) == kHttp11 && load16(data + end) == kCrLf;
  if (__builtin_expect(!valid, 0)) return false;
  lines.method_end = method_end;
  lines.target_end = target_end;
  lines.minor = (version & kMinorBit) != 0;
  return true;
}

GATEWIRE_INLINE bool is_origin_form(const uint8_t* data, const RequestLines& lines) {
  return data[lines.method_end + 1] == '/' && load64(data) != kConnect;
}

template <class Ops>
__attribute__((noinline)) bool take_other_form(const uint8_t* data, const RequestLines& lines) {
  RequestTarget parts;
  uint32_t target = lines.method_end + 1;
  return split_target({data, lines.method_end}, {data + target, lines.target_end - target}, parts).outcome == Outcome::complete;
}

/// What is left when all lines have been judged.
template <class Ops>
GATEWIRE_INLINE bool finish(const uint8_t* data, uint32_t blank, uint32_t fields, RequestLines& lines) {
  lines.field_count = fields;
  lines.line = lines.scanned = blank + kLineEnd;
  return __builtin_expect(is_origin_form(data, lines), 1) || take_other_form<Ops>(data, lines);
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
    auto unfold = [shift](uint64_t mask) { return (mask & 0xFFFFFFFF) | mask >> 32 << shift; };
    return {unfold(ops.controls(first, last)), ops.not_token(first) | uint64_t{ops.not_token(last)} << shift,
            unfold(ops.not_target(first, last))};
  }
  typename Ops::Block both = ops.load_halves(data, data + size - kHeadBlock / 2);
  uint32_t shift = size - kHeadBlock / 2;
  auto unfold = [shift](uint64_t mask) { return (mask & 0xFFFF) | (mask & 0xFFFF0000) >> 16 << shift; };
  return {unfold(ops.controls(both, both)), unfold(ops.not_token(both)), unfold(ops.not_target(both, both))};
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
  if (!take_request_line(data, method_end, target_end, end, lines) || !lines_within(limits, end, blank)) return false;
  uint32_t line = end + 2;
  uint32_t count = 0;
  for (; line < blank; count++) {
    uint32_t colon = Ops::lowest_bit(masks.not_token & from_bit(line));
    end = Ops::lowest_bit(starts & from_bit(line));
    if (count == limits.max_field_lines) return false;
    if (!take_field<Ops>(data, line, colon, end, fields[count])) return false;
    line = end + 2;
  }
  return line == blank && finish<Ops>(data, blank, count, lines);
}

// --- longer heads ------------------------------------------------------------------------------------------------------------------------

template <class Ops>
GATEWIRE_INLINE uint64_t stretch_controls(const Ops& ops, const uint8_t* p) {
  return ops.controls(ops.load(p), ops.load(p + kHeadBlock));
}

/// Where runs begin, and the third byte of each: in a valid head the CR of its blank line. `before`: the stretch before this one.
GATEWIRE_INLINE uint64_t starts_of(uint64_t controls, uint64_t before) { return controls & ~(controls << 1 | before >> 63); }
GATEWIRE_INLINE uint64_t thirds_of(uint64_t controls, uint64_t before) { return controls & (controls << 2 | before >> 62); }

/// Writes down where bits stand, without a branch for up to three, as most stretches have.
template <class Ops>
GATEWIRE_INLINE uint32_t* put(uint64_t starts, size_t at, uint32_t* out) {
  uint32_t offset = static_cast<uint32_t>(at);
  uint32_t count = static_cast<uint32_t>(__builtin_popcountll(starts));
  // What is written too much is written over.
  for (uint32_t i = 0; i < 3; i++, starts &= starts - 1) out[i] = offset + Ops::lowest_bit(starts);
  for (uint32_t i = 3; __builtin_expect(i < count, 0); i++, starts &= starts - 1) out[i] = offset + Ops::lowest_bit(starts);
  return out + count;
}

template <class Ops>
GATEWIRE_INLINE bool is_plain(const Ops& ops, const uint8_t* p) {
  return ops.plain(ops.load(p), ops.load(p + kHeadBlock), ops.load(p + 2 * kHeadBlock), ops.load(p + 3 * kHeadBlock));
}

/// Stage 1: line ends from `start` on, behind those that `ends` has: up to the blank line, or all of them. From `start` on, a stretch has to
/// be there. False: too many lines.
template <class Ops>
GATEWIRE_INLINE bool find_line_ends(const Ops& ops, const uint8_t* data, size_t size, size_t start, uint32_t max_lines, LineEnds& ends) {
  uint32_t* out = ends.at + ends.count;
  const uint32_t* last = ends.at + max_lines;
  uint64_t before = start == 0 ? 0 : from_bit(62);           // the CR LF of the line before
  uint64_t first, second;                                    // the controls of two stretches,
  uint64_t first_starts, second_starts, first_thirds, second_thirds;
  size_t from = start;                                       // which begin here
  size_t at = start;
  if (size - at < kTrip) {
    first = stretch_controls(ops, data + at);
    second = stretch_controls(ops, data + size - kStretch) >> (kTrip - (size - at));
  } else {
    while (size - at >= kTrip) {
      first = stretch_controls(ops, data + at);
      second = stretch_controls(ops, data + at + kStretch);
      from = at;
      at += kTrip;
      if (__builtin_expect((first | second) == 0, 0)) {
        // In the middle of a long value.
        while (size - at >= kTrip && is_plain(ops, data + at)) at += kTrip;
        before = 0;
        continue;
      }
      first_starts = starts_of(first, before);
      second_starts = starts_of(second, first);
      first_thirds = thirds_of(first, before);
      second_thirds = thirds_of(second, first);
      if ((first_thirds | second_thirds) != 0) goto found;
      out = put<Ops>(first_starts, from, out);
      out = put<Ops>(second_starts, from + kStretch, out);
      if (__builtin_expect(out > last, 0)) return false;
      before = second;
    }
    // The last bytes, some of them for the second time, so that nothing behind them is read.
    from = size - kTrip;
    first = stretch_controls(ops, data + from);
    second = stretch_controls(ops, data + from + kStretch);
  }
  {
    uint32_t again = static_cast<uint32_t>(at - from);
    uint64_t before_first = again < kStretch ? before << again : 0;
    uint64_t first_new = again < kStretch ? from_bit(again) : 0;
    uint64_t second_new = again < kStretch ? from_bit(0) : again < kTrip ? from_bit(again - kStretch) : 0;
    first_starts = starts_of(first, before_first) & first_new;
    second_starts = starts_of(second, first) & second_new;
    first_thirds = thirds_of(first, before_first) & first_new;
    second_thirds = thirds_of(second, first) & second_new;
  }
  if ((first_thirds | second_thirds) == 0) {
    out = put<Ops>(first_starts, from, out);
    out = put<Ops>(second_starts, from + kStretch, out);
    ends.blank = static_cast<uint32_t>(size);
    ends.count = static_cast<uint32_t>(out - ends.at);
    return out <= last;
  }
found:
  // What is below the first third; everything when there is none.
  uint64_t first_head = (first_thirds & -first_thirds) - 1;
  uint64_t second_head = first_thirds != 0 ? 0 : (second_thirds & -second_thirds) - 1;
  out = put<Ops>(first_starts & first_head, from, out);
  out = put<Ops>(second_starts & second_head, from + kStretch, out);
  size_t blank = first_thirds != 0 ? Ops::lowest_bit(first_thirds) : kStretch + Ops::lowest_bit(second_thirds);
  ends.blank = static_cast<uint32_t>(from + blank);
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

/// The same for target bytes, of which there may be many: most targets end in the first stretch.
template <class Ops>
GATEWIRE_INLINE size_t target_end(const Ops& ops, const uint8_t* data, size_t size, size_t at) {
  for (; size - at >= kStretch; at += kStretch) {
    uint64_t mask = ops.not_target(ops.load(data + at), ops.load(data + at + kHeadBlock));
    if (__builtin_expect(mask != 0, 1)) return at + Ops::lowest_bit(mask);
  }
  while (at < size && is_in(data[at], kTargetByte)) at++;
  return at;
}

template <class Ops>
__attribute__((noinline)) bool each_line_within(const Limits& limits, bool first, const LineEnds& ends) {
  if (first && ends.at[0] > limits.max_request_line_bytes) return false;
  for (uint32_t i = 1; i < ends.count; i++) {
    if (ends.at[i] - ends.at[i - 1] - 2 > limits.max_field_line_bytes) return false;
  }
  return true;
}

/// Stage 2: the field lines, between the line ends that are known. A function of its own, so that all it needs stays in registers.
template <class Ops>
__attribute__((noinline)) bool read_fields(const uint8_t* data, size_t size, const LineEnds& ends, VarRecord* fields) {
  Ops ops;
  const uint32_t* last = ends.at + ends.count - 1;
  for (const uint32_t* end = ends.at; end != last; end++, fields++) {
    size_t line = size_t{end[0]} + 2;
    if (!take_field<Ops>(data, line, token_end(ops, data, size, line), end[1], *fields)) return false;
  }
  return true;
}

/// From the first line on, or from another one. Apart from the rest, which needs neither its room nor its registers.
template <class Ops, bool first>
__attribute__((noinline)) bool read_long_head(const uint8_t* data, uint32_t size, const Limits& limits, RequestLines& lines, VarRecord* fields) {
  Ops ops;
  LineEnds ends;
  RequestLines read = first ? RequestLines{} : lines;
  constexpr uint32_t known = first ? 0 : 1;
  ends.count = known;
  ends.at[0] = read.line - kLineEnd;
  uint32_t max_fields = (limits.max_field_lines < kMaxFieldLines ? limits.max_field_lines : kMaxFieldLines) - read.field_count;
  if (!find_line_ends(ops, data, size, first ? 0 : read.line, max_fields + 1, ends)) return false;
  uint32_t blank = ends.blank;
  bool whole = size - blank >= kLineEnd;
  // In the middle of a head, the last line end may be half of one; and take_field reads the byte behind it.
  if (!whole && ends.count > known && size - ends.at[ends.count - 1] <= kLineEnd) ends.count--;
  if (ends.count == 0 || (!whole && ends.count == known)) return false;
  uint32_t last = ends.at[ends.count - 1];
  if (whole && (last != blank - kLineEnd || load32(data + last) != kCrLfCrLf)) return false;
  uint32_t end = ends.at[0];
  if (first) {
    if (end < kVersionPart) return false;
    uint32_t method_end = static_cast<uint32_t>(token_end(ops, data, size, 0));
    if (method_end >= end) return false;
    if (!take_request_line(data, method_end, static_cast<uint32_t>(target_end(ops, data, size, method_end + 1)), end, read)) return false;
  }
  if (!lines_within(limits, first ? end : 0, last) && !each_line_within<Ops>(limits, first, ends)) return false;
  if (!read_fields<Ops>(data, size, ends, fields + read.field_count)) return false;
  if (__builtin_expect(first && !is_origin_form(data, read), 0) && !take_other_form<Ops>(data, read)) return false;
  read.field_count += ends.count - 1;
  read.line = read.scanned = (whole ? blank : last) + kLineEnd;
  lines = read;
  return whole;
}

/// Whether it pays to look at the bytes behind the lines that have been read: most of them are new. So each byte is looked at twice at most,
/// in however many pieces a head comes.
GATEWIRE_INLINE bool are_mostly_new(const RequestLines& lines, uint32_t size) {
  return size > lines.scanned && size - lines.line > kStretch && size - lines.scanned >= lines.scanned - lines.line;
}

template <class Ops>
__attribute__((noinline)) bool read_on(const uint8_t* data, uint32_t size, const Limits& limits, RequestLines& lines, VarRecord* fields) {
  if (!are_mostly_new(lines, size)) return false;
  if (lines.line == 0) return read_long_head<Ops, true>(data, size, limits, lines, fields);
  bool behind_empty_line = lines.method_end == 0;
  return !behind_empty_line && read_long_head<Ops, false>(data, size, limits, lines, fields);
}

template <class Ops>
GATEWIRE_INLINE bool read_head_with(Bytes input, const Limits& limits, RequestLines& lines, VarRecord* fields) {
  uint32_t size = input.size < limits.max_head_bytes ? static_cast<uint32_t>(input.size) : limits.max_head_bytes;
  if (__builtin_expect(lines.scanned > 0, 0)) return read_on<Ops>(input.data, size, limits, lines, fields);
  if (size > kStretch) return read_long_head<Ops, true>(input.data, size, limits, lines, fields);
  if (size < kMinSmallHead) return false;
  bool whole = read_small_head(Ops(), input.data, size, limits, lines, fields);
  if (__builtin_expect(!whole, 0)) lines = {};
  return whole;
}

}  // namespace gatewire
