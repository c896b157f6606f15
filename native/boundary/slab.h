// The slab: the one block of 32-bit words that native code and JavaScript share. Calls pass bytes in and write integers here; they
// create at most one string. scripts/generate-layout.mjs copies the words to src/layout.ts.
//
//   control words │ mount,    │ text heads          │ index ring                          │ parts
//   settings,     │ constants │ for each shape: how │ the heads decoded last, one behind  │ lengths of an encoder's parts, in;
//   results       │ bytes, in │ many get their text │ the other; the oldest are written   │ offsets of a response head or array, out
//                 │           │                     │ over                                │
#pragma once
#include <stdint.h>

#include "core/head_index.h"
#include "core/limits.h"
#include "core/request_head.h"
#include "core/response_head.h"
#include "core/shape_table.h"
#include "core/status.h"

namespace gatewire {

// X(word): settings first (JavaScript writes, native reads), then results (native writes, JavaScript reads), then the states of a
// response head and of chunked content, which go both ways: JavaScript keeps them between the calls for one head or content.
#define GATEWIRE_SLAB_WORDS(X) \
  X(MAX_PACKET_BYTES) X(MAX_VARS) X(MAX_CONTENT_LOW) X(MAX_CONTENT_HIGH) \
  X(MAX_REQUEST_LINE_BYTES) X(MAX_FIELD_LINE_BYTES) X(MAX_FIELD_LINES) X(MAX_HEAD_BYTES) \
  X(REQUEST_TRAITS) X(REFUSE_UNDERSCORES) X(MOUNT_LENGTH) X(CONSTANTS_LENGTH) \
  X(MAX_CHUNK_LINE_BYTES) X(MAX_CHUNK_OVERHEAD_BYTES) X(MAX_TRAILER_BYTES) X(MAX_TRAILER_LINES) \
  X(PARTS_AT) X(PART_COUNT) X(PACKET_MODIFIERS) X(OUT_AT) X(TEXT_IS_LATIN1) X(FORM) X(KEEP_FORM) X(RESPONSE_ENDED) \
  X(OUTCOME) X(REFUSAL) X(REFUSAL_OFFSET) X(FAULT) X(FAULT_PART) X(WRITTEN) \
  X(TEXT_IS_WHOLE) X(BYTE_LENGTH) X(VAR_COUNT) X(VARS_AT) X(RING_LAP) X(FACTS) X(CONTENT_LOW) X(CONTENT_HIGH) X(SHAPE_SLOT) X(SHAPE_SERIAL) \
  X(LINES_AT) \
  X(RESPONSE_LINE) X(RESPONSE_SCANNED) X(RESPONSE_FIELD_LINES) X(RESPONSE_STATUS) X(RESPONSE_REASON) X(RESPONSE_REASON_END) \
  X(RESPONSE_HAS_LENGTH) X(RESPONSE_LENGTH_LOW) X(RESPONSE_LENGTH_HIGH) \
  X(CHUNKED_USED) X(CHUNKED_CONTENT) X(CHUNKED_TRAILERS) X(CHUNKED_REFUSAL_OFFSET_HIGH) \
  X(CHUNKED_PHASE) X(CHUNKED_LINE_BYTES) X(CHUNKED_SIZE_LOW) X(CHUNKED_SIZE_HIGH) X(CHUNKED_RECEIVED_LOW) X(CHUNKED_RECEIVED_HIGH) \
  X(CHUNKED_OVERHEAD_LOW) X(CHUNKED_OVERHEAD_HIGH) X(CHUNKED_TRAILER_LINE) X(CHUNKED_TRAILER_SCANNED) X(CHUNKED_TRAILER_COUNT)

enum SlabWord : uint32_t {
#define GATEWIRE_WORD(word) WORD_##word,
  GATEWIRE_SLAB_WORDS(GATEWIRE_WORD)
#undef GATEWIRE_WORD
  WORD_END
};

/// The word FACTS of a packet: modifier1 in the lowest byte, modifier2 in the next. Of an HTTP head: the framing in the lowest two bits,
/// these bits, and the number of field lines in the upper half.
constexpr uint32_t kFactKeepAlive = 4;
constexpr uint32_t kFactExpectContinue = 8;
constexpr uint32_t kFactUpgrade = 16;
constexpr uint32_t kFactMinor = 32;
constexpr uint32_t kFactMethod = 256;  // the number of the method, below 256, times this
constexpr uint32_t kFactFieldLines = 65536;

constexpr uint32_t kMountStart = 80;
constexpr uint32_t kMountBytes = 1024;
/// The variables that do not depend on a head, as a vars block.
constexpr uint32_t kConstantsStart = 336;
constexpr uint32_t kConstantsBytes = 4096;

/// One word for each shape: JavaScript sets it when it needed the text of a whole head, and so many of the next heads get theirs from the
/// decoding call, where it costs less than afterwards.
constexpr uint32_t kTextHeadsStart = 1360;
constexpr uint32_t kRingStart = kTextHeadsStart + kShapeSlots;
constexpr uint32_t kRingWords = 65536;
constexpr uint32_t kPartsStart = kRingStart + kRingWords;
constexpr uint32_t kPartsWords = 131072;
constexpr uint32_t kSlabWords = kPartsStart + kPartsWords;
static_assert(WORD_END <= kMountStart && kMountStart + kMountBytes / sizeof(uint32_t) <= kConstantsStart &&
              kConstantsStart + kConstantsBytes / sizeof(uint32_t) <= kTextHeadsStart);

/// The words of RequestLines, which JavaScript keeps, with the field records behind them, while a head is not complete.
constexpr uint32_t kLinesWords = 7;
static_assert(sizeof(RequestLines) == kLinesWords * sizeof(uint32_t));
/// What the index of a head with so many records takes of the ring.
constexpr uint32_t ring_words(uint32_t vars) { return kLinesWords + kMaxWanted + head_index_words(vars); }
static_assert(ring_words(kMaxBlockVars) <= kRingWords && ring_words(max_request_records(kMaxFieldLines)) <= kRingWords,
              "the largest head has to fit into the ring");
/// Offset and end of each item of the largest array.
constexpr uint32_t kMaxArrayWords = kMaxBlockBytes / 2 * 2;
static_assert(kMaxArrayWords <= kPartsWords, "the largest array has to fit into the parts");

/// The records of the longest response head.
constexpr uint32_t kMaxFieldWords = kMaxResponseFields * (sizeof(FieldRecord) / sizeof(uint32_t));
static_assert(kMaxFieldWords <= kPartsWords, "the largest response head has to fit into the parts");

/// The records of the longest trailer section.
constexpr uint32_t kMaxTrailerWords = kMaxFieldLines * (sizeof(VarRecord) / sizeof(uint32_t));
static_assert(kMaxTrailerWords <= kPartsWords, "the longest trailer section has to fit into the parts");

/// Larger heads get their text only when somebody asks.
constexpr uint32_t kMaxTextHead = 8192;

/// Beside the outcomes of the core: the argument was no Uint8Array that may be read.
constexpr uint32_t kOutcomeUnusable = 3;
/// Beside the faults that the encoders of the core find: a character above U+00FF, and arguments that are none.
constexpr uint32_t kFaultNotLatin1 = 255;
constexpr uint32_t kFaultUnusable = 254;

/// The word KEEP_FORM, in: 0 or 1, or forget all forms and then keep the one that is made; out: whether it is kept.
constexpr uint32_t kForgetForms = 2;

inline Limits read_limits(const uint32_t* slab) {
  Limits limits;
  limits.max_packet_bytes = slab[WORD_MAX_PACKET_BYTES];
  limits.max_vars = slab[WORD_MAX_VARS];
  limits.max_content_bytes = static_cast<uint64_t>(slab[WORD_MAX_CONTENT_HIGH]) << 32 | slab[WORD_MAX_CONTENT_LOW];
  limits.max_request_line_bytes = slab[WORD_MAX_REQUEST_LINE_BYTES];
  limits.max_field_line_bytes = slab[WORD_MAX_FIELD_LINE_BYTES];
  limits.max_field_lines = slab[WORD_MAX_FIELD_LINES];
  limits.max_head_bytes = slab[WORD_MAX_HEAD_BYTES];
  return limits;
}

/// What a decoder says of its input, for JavaScript.
inline void write_verdict(uint32_t* slab, const Verdict& verdict) {
  slab[WORD_OUTCOME] = static_cast<uint32_t>(verdict.outcome);
  slab[WORD_REFUSAL] = static_cast<uint32_t>(verdict.refusal);
  slab[WORD_REFUSAL_OFFSET] = static_cast<uint32_t>(verdict.offset);
}

}  // namespace gatewire
