// The slab: the one block of 32-bit words that native code and JavaScript share. Calls pass bytes in and write integers here; they
// create at most one string. scripts/generate-layout.mjs copies the words to src/layout.ts.
//
//   control words │ text heads          │ index ring                                    │ parts
//   settings,     │ for each shape: how │ the heads decoded last, one behind the other; │ lengths of an encoder's parts, in;
//   results       │ many get their text │ the oldest are written over                   │ offsets of a response head or array, out
#pragma once
#include <stdint.h>

#include "core/head_index.h"
#include "core/limits.h"
#include "core/response_head.h"
#include "core/shape_table.h"
#include "core/status.h"

namespace gatewire {

// X(word): settings first (JavaScript writes, native reads), then results (native writes, JavaScript reads), then the state of a response
// head, which goes both ways: JavaScript keeps it between the calls for one head.
#define GATEWIRE_SLAB_WORDS(X) \
  X(MAX_PACKET_BYTES) X(MAX_VARS) X(MAX_CONTENT_LOW) X(MAX_CONTENT_HIGH) \
  X(PARTS_AT) X(PART_COUNT) X(PACKET_MODIFIERS) X(RESPONSE_ENDED) \
  X(OUTCOME) X(REFUSAL) X(REFUSAL_OFFSET) X(FAULT) X(FAULT_PART) X(WRITTEN) \
  X(TEXT_IS_WHOLE) X(BYTE_LENGTH) X(VAR_COUNT) X(VARS_AT) X(RING_LAP) X(MODIFIERS) X(CONTENT_LOW) X(CONTENT_HIGH) X(SHAPE_SLOT) X(SHAPE_SERIAL) \
  X(RESPONSE_LINE) X(RESPONSE_SCANNED) X(RESPONSE_FIELD_LINES) X(RESPONSE_STATUS) X(RESPONSE_REASON) X(RESPONSE_REASON_END) \
  X(RESPONSE_HAS_LENGTH) X(RESPONSE_LENGTH_LOW) X(RESPONSE_LENGTH_HIGH)

enum SlabWord : uint32_t {
#define GATEWIRE_WORD(word) WORD_##word,
  GATEWIRE_SLAB_WORDS(GATEWIRE_WORD)
#undef GATEWIRE_WORD
  WORD_END
};

/// One word for each shape: JavaScript sets it when it needed the text of a whole head, and so many of the next heads get theirs from the
/// decoding call, where it costs less than afterwards.
constexpr uint32_t kTextHeadsStart = 64;
constexpr uint32_t kRingStart = kTextHeadsStart + kShapeSlots;
constexpr uint32_t kRingWords = 65536;
constexpr uint32_t kPartsStart = kRingStart + kRingWords;
constexpr uint32_t kPartsWords = 131072;
constexpr uint32_t kSlabWords = kPartsStart + kPartsWords;
static_assert(WORD_END <= kTextHeadsStart);
static_assert(kMaxWanted + head_index_words(kMaxBlockVars) <= kRingWords, "the largest head has to fit into the ring");
/// Offset and end of each item of the largest array.
constexpr uint32_t kMaxArrayWords = kMaxBlockBytes / 2 * 2;
static_assert(kMaxArrayWords <= kPartsWords, "the largest array has to fit into the parts");

/// The records of the longest response head.
constexpr uint32_t kMaxFieldWords = kMaxResponseFields * (sizeof(FieldRecord) / sizeof(uint32_t));
static_assert(kMaxFieldWords <= kPartsWords, "the largest response head has to fit into the parts");

/// Larger heads get their text only when somebody asks.
constexpr uint32_t kMaxTextHead = 8192;

/// Beside the outcomes of the core: the argument was no Uint8Array that may be read.
constexpr uint32_t kOutcomeUnusable = 3;

/// What a decoder says of its input, for JavaScript.
inline void write_verdict(uint32_t* slab, const Verdict& verdict) {
  slab[WORD_OUTCOME] = static_cast<uint32_t>(verdict.outcome);
  slab[WORD_REFUSAL] = static_cast<uint32_t>(verdict.refusal);
  slab[WORD_REFUSAL_OFFSET] = static_cast<uint32_t>(verdict.offset);
}

}  // namespace gatewire
