// HTTP/1.x request heads across the boundary: bytes in, integers and at most one text out.
#include "core/request_head.h"
#include "core/transcode.h"

#include "calls.h"
#include "head_result.h"

namespace gatewire {
namespace {

RequestOptions read_options(const uint32_t* slab) {
  RequestOptions options = {};
  options.limits = read_limits(slab);
  options.limits.max_field_lines = slab[WORD_MAX_FIELD_LINES] < kMaxFieldLines ? slab[WORD_MAX_FIELD_LINES] : kMaxFieldLines;
  options.limits.max_head_bytes = slab[WORD_MAX_HEAD_BYTES] < kMaxHeadBytes ? slab[WORD_MAX_HEAD_BYTES] : kMaxHeadBytes;
  uint32_t mount_length = slab[WORD_MOUNT_LENGTH] < kMountBytes ? slab[WORD_MOUNT_LENGTH] : kMountBytes;
  options.mount = {reinterpret_cast<const uint8_t*>(slab + kMountStart), mount_length};
  options.traits = slab[WORD_REQUEST_TRAITS] % kRequestTraits;
  options.refuse_underscores = slab[WORD_REFUSE_UNDERSCORES] != 0;
  return options;
}

uint32_t facts_of(const HeadIndex& index) {
  return static_cast<uint32_t>(index.framing) | (index.keep_alive ? kFactKeepAlive : 0u) | (index.expect_continue ? kFactExpectContinue : 0u) |
         (index.upgrade ? kFactUpgrade : 0u) | index.minor * kFactMinor | index.method * kFactMethod | index.key_count * kFactFieldLines;
}

/// The lines of a head that JavaScript has kept since the last call: RequestLines and the field records.
struct KeptLines {
  uint32_t* words;
  size_t count;

  RequestLines* lines() const { return reinterpret_cast<RequestLines*>(words); }
  VarRecord* fields() const { return reinterpret_cast<VarRecord*>(words + kLinesWords); }
};

/// " HTTP/1.x" and the line end, which close a request line; and a line end.
constexpr size_t kVersionPartBytes = 11;
constexpr size_t kLineEndBytes = 2;

/// Lines that no earlier call for these bytes can have left would lead beyond them.
bool are_possible(const RequestLines& lines, size_t input_size, uint32_t max_field_lines) {
  if (lines.line > lines.scanned || lines.scanned > input_size || lines.field_count > max_field_lines) return false;
  if (lines.method_end == 0) return lines.method == 0 && lines.field_count == 0 && (lines.line == 0 || lines.line == kLineEndBytes);
  return lines.method < lines.method_end && lines.method_end < lines.target_end && lines.target_end + kVersionPartBytes <= lines.line &&
         lines.minor <= 1;
}

/// The same for the field lines of a head that is complete: each stands behind the one before, so what is made of them has room.
bool are_possible(const RequestLines& lines, const VarRecord* fields) {
  size_t at = lines.target_end + kVersionPartBytes;
  for (uint32_t i = 0; i < lines.field_count; i++) {
    const VarRecord& field = fields[i];
    size_t name_end = size_t{field.key} + field.key_length;
    if (field.key < at || field.key_length == 0 || name_end >= field.value || field.value > field.value_end) return false;
    at = size_t{field.value_end} + kLineEndBytes;
  }
  return at + kLineEndBytes <= lines.line;
}

bool read_kept_lines(uint32_t* words, size_t count, size_t input_size, uint32_t max_field_lines, KeptLines& kept) {
  kept = {words, count};
  return count >= kLinesWords + max_field_lines * (sizeof(VarRecord) / sizeof(uint32_t)) &&
         are_possible(*kept.lines(), input_size, max_field_lines);
}

/// Decodes a whole head into the slab. The index is good when the verdict, which is in the slab as well, says complete.
Outcome decode_whole(Environment& environment, Bytes input, HeadIndex& index) {
  RequestOptions options = read_options(environment.slab);
  reserve_index(environment, max_request_records(options.limits.max_field_lines), index);
  RequestLines& lines = *lines_of(index);
  lines = {};
  Verdict verdict = decode_request_head(input, options, lines, environment.shapes, index, environment.text);
  write_verdict(environment.slab, verdict);
  environment.slab[WORD_LINES_AT] = static_cast<uint32_t>(reinterpret_cast<uint32_t*>(&lines) - environment.slab);
  return verdict.outcome;
}

/// What a packet needs beside the head.
bool read_packet_options(Environment& environment, size_t text_size, PacketOptions& options) {
  const uint32_t* slab = environment.slab;
  uint32_t constants = slab[WORD_CONSTANTS_LENGTH];
  TextParts replaced = {};
  if (constants > kConstantsBytes) return false;
  if (slab[WORD_PART_COUNT] > 0 && !read_parts(environment, text_size, environment.replaced_text, replaced)) return false;
  options.constants = {reinterpret_cast<const uint8_t*>(slab + kConstantsStart), constants};
  options.replaced = {replaced.text, replaced.lengths, replaced.count / 2};
  options.modifier1 = static_cast<uint8_t>(slab[WORD_PACKET_MODIFIERS]);
  options.modifier2 = static_cast<uint8_t>(slab[WORD_PACKET_MODIFIERS] >> 8);
  return true;
}

}  // namespace

Bytes decode_request_head_call(Environment& environment, Bytes input) {
  HeadIndex index;
  if (decode_whole(environment, input, index) != Outcome::complete) return {};
  return write_head(environment, input, index, facts_of(index));
}

Bytes transcode_request_head_call(Environment& environment, Bytes input, size_t text_size, Output out) {
  uint32_t* slab = environment.slab;
  PacketOptions options = {};
  slab[WORD_FAULT] = 0;
  slab[WORD_OUTCOME] = kOutcomeUnusable;
  if (!read_packet_options(environment, text_size, options)) return {};
  HeadIndex index;
  if (decode_whole(environment, input, index) != Outcome::complete) return {};
  EncodeResult result = write_request_packet(input, environment.text, index, options, out.data, out.room);
  slab[WORD_FAULT] = static_cast<uint32_t>(result.fault);
  slab[WORD_FAULT_PART] = result.part;
  slab[WORD_WRITTEN] = static_cast<uint32_t>(result.written);
  return write_head(environment, input, index, facts_of(index), TextPolicy::least);  // it was asked for a packet
}

Bytes continue_request_head_call(Environment& environment, Bytes input, uint32_t* words, size_t word_count) {
  RequestOptions options = read_options(environment.slab);
  KeptLines kept = {};
  if (!read_kept_lines(words, word_count, input.size, options.limits.max_field_lines, kept)) {
    environment.slab[WORD_OUTCOME] = kOutcomeUnusable;
    return {};
  }
  Verdict verdict = read_head_lines(input, options.limits, *kept.lines(), kept.fields());
  if (verdict.outcome == Outcome::complete) {
    if (!are_possible(*kept.lines(), kept.fields())) {
      environment.slab[WORD_OUTCOME] = kOutcomeUnusable;
      return {};
    }
    HeadIndex index;
    reserve_index(environment, max_request_records(options.limits.max_field_lines), index);
    copy_bytes(index.vars + kRequestVars, kept.fields(), kept.lines()->field_count * sizeof(VarRecord));
    verdict = interpret_request_head(input, options, *kept.lines(), environment.shapes, index, environment.text);
    if (verdict.outcome == Outcome::complete) {
      write_verdict(environment.slab, verdict);
      return write_head(environment, input, index, facts_of(index));
    }
  }
  write_verdict(environment.slab, verdict);
  return {};
}

}  // namespace gatewire
