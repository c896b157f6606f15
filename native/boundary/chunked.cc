// Chunked content across the boundary: bytes in, where content and trailers stand out.
#include "core/chunked.h"

#include "calls.h"

namespace gatewire {
namespace {

uint64_t read_wide(const uint32_t* slab, SlabWord low, SlabWord high) { return static_cast<uint64_t>(slab[high]) << 32 | slab[low]; }

void write_wide(uint32_t* slab, SlabWord low, SlabWord high, uint64_t value) {
  slab[low] = static_cast<uint32_t>(value);
  slab[high] = static_cast<uint32_t>(value >> 32);
}

ChunkLimits read_chunk_limits(const uint32_t* slab) {
  ChunkLimits limits;
  limits.max_line_bytes = slab[WORD_MAX_CHUNK_LINE_BYTES];
  limits.max_overhead_bytes = slab[WORD_MAX_CHUNK_OVERHEAD_BYTES];
  limits.max_trailer_bytes = slab[WORD_MAX_TRAILER_BYTES];
  limits.max_trailer_lines = slab[WORD_MAX_TRAILER_LINES];
  limits.max_content_bytes = read_wide(slab, WORD_MAX_CONTENT_LOW, WORD_MAX_CONTENT_HIGH);
  return limits;
}

ChunkedContent read_state(const uint32_t* slab) {
  ChunkedContent state;
  state.phase = static_cast<ChunkedPhase>(slab[WORD_CHUNKED_PHASE]);
  state.line_bytes = slab[WORD_CHUNKED_LINE_BYTES];
  state.size = read_wide(slab, WORD_CHUNKED_SIZE_LOW, WORD_CHUNKED_SIZE_HIGH);
  state.received = read_wide(slab, WORD_CHUNKED_RECEIVED_LOW, WORD_CHUNKED_RECEIVED_HIGH);
  state.overhead = read_wide(slab, WORD_CHUNKED_OVERHEAD_LOW, WORD_CHUNKED_OVERHEAD_HIGH);
  state.trailer_line = slab[WORD_CHUNKED_TRAILER_LINE];
  state.trailer_scanned = slab[WORD_CHUNKED_TRAILER_SCANNED];
  state.trailer_count = slab[WORD_CHUNKED_TRAILER_COUNT];
  return state;
}

void write_state(uint32_t* slab, const ChunkedContent& state) {
  slab[WORD_CHUNKED_PHASE] = static_cast<uint32_t>(state.phase);
  slab[WORD_CHUNKED_LINE_BYTES] = state.line_bytes;
  write_wide(slab, WORD_CHUNKED_SIZE_LOW, WORD_CHUNKED_SIZE_HIGH, state.size);
  write_wide(slab, WORD_CHUNKED_RECEIVED_LOW, WORD_CHUNKED_RECEIVED_HIGH, state.received);
  write_wide(slab, WORD_CHUNKED_OVERHEAD_LOW, WORD_CHUNKED_OVERHEAD_HIGH, state.overhead);
  slab[WORD_CHUNKED_TRAILER_LINE] = state.trailer_line;
  slab[WORD_CHUNKED_TRAILER_SCANNED] = state.trailer_scanned;
  slab[WORD_CHUNKED_TRAILER_COUNT] = state.trailer_count;
}

/// A state that no earlier call for this content can have left would lead beyond the bytes, or beyond the room for records.
bool is_possible(const ChunkedContent& state, const ChunkLimits& limits, size_t size) {
  if (limits.max_trailer_lines > kMaxFieldLines || state.trailer_count > limits.max_trailer_lines) return false;
  bool in_trailers = state.phase == ChunkedPhase::trailers;
  if (!in_trailers) return state.phase < ChunkedPhase::trailers && state.trailer_scanned == 0 && state.trailer_line == 0;
  return state.trailer_line <= state.trailer_scanned && state.trailer_scanned <= size &&
         state.trailer_scanned <= uint64_t{limits.max_trailer_bytes} + 1;
}

}  // namespace

void decode_chunked_call(Environment& environment, Bytes bytes, size_t more) {
  uint32_t* slab = environment.slab;
  ChunkLimits limits = read_chunk_limits(slab);
  ChunkedContent state = read_state(slab);
  // Offsets in the slab have 32 bits; what is behind them is for the next call.
  Bytes input = {bytes.data, bytes.size < UINT32_MAX ? bytes.size : UINT32_MAX};
  if (!is_possible(state, limits, input.size) || slab[WORD_PARTS_AT] > kPartsWords - kMaxTrailerWords) {
    slab[WORD_OUTCOME] = kOutcomeUnusable;
    return;
  }
  auto* trailers = reinterpret_cast<VarRecord*>(slab + kPartsStart + slab[WORD_PARTS_AT]);
  ChunkedStep step;
  Verdict verdict = decode_chunked(input, limits, state, trailers, step);
  if (verdict.outcome == Outcome::incomplete) take_more_content(more, state, step);
  write_verdict(slab, verdict);
  slab[WORD_CHUNKED_REFUSAL_OFFSET_HIGH] = static_cast<uint32_t>(verdict.offset >> 32);
  slab[WORD_CHUNKED_USED] = static_cast<uint32_t>(step.used);
  slab[WORD_CHUNKED_CONTENT] = static_cast<uint32_t>(step.content);
  slab[WORD_CHUNKED_TRAILERS] = static_cast<uint32_t>(step.trailers);
  slab[WORD_PART_COUNT] = step.trailer_count;
  write_state(slab, state);
}

}  // namespace gatewire
