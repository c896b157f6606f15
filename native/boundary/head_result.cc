// See head_result.h.
#include "head_result.h"

namespace gatewire {
namespace {

void write_words(Environment& environment, const HeadIndex& index, uint32_t facts) {
  uint32_t* slab = environment.slab;
  environment.ring_at += ring_words(index.var_count);
  slab[WORD_BYTE_LENGTH] = index.byte_length;
  slab[WORD_VAR_COUNT] = index.var_count;
  slab[WORD_VARS_AT] = static_cast<uint32_t>(index.wanted - slab) + kMaxWanted;
  slab[WORD_FACTS] = facts;
  slab[WORD_CONTENT_LOW] = static_cast<uint32_t>(index.content_length);
  slab[WORD_CONTENT_HIGH] = static_cast<uint32_t>(index.content_length >> 32);
  slab[WORD_SHAPE_SLOT] = index.shape_slot;
  slab[WORD_SHAPE_SERIAL] = index.shape_serial;
}

/// The head with what was derived from it, which the core has written behind its place already.
Bytes whole_text(Environment& environment, Bytes input, const HeadIndex& index) {
  if (index.derived_size == 0) return {input.data, index.byte_length};
  copy_bytes(environment.text, input.data, index.byte_length);
  return {environment.text, size_t{index.byte_length} + index.derived_size};
}

Bytes make_text(Environment& environment, Bytes input, const HeadIndex& index, TextPolicy policy) {
  uint32_t* slab = environment.slab;
  bool shaped = policy == TextPolicy::as_expected && index.shape_slot != kNoShape;
  uint32_t* text_heads = shaped ? slab + kTextHeadsStart + index.shape_slot : nullptr;
  bool expected = text_heads != nullptr && *text_heads > 0 && index.byte_length <= kMaxTextHead;
  if (expected) --*text_heads;
  bool whole = expected || index.derived_size > 0;
  Bytes text = {environment.text, 0};
  if (whole) {
    text = whole_text(environment, input, index);
  } else if (policy == TextPolicy::as_expected) {
    text.size = cut_wanted(environment.shapes, input, index, environment.text);
  }
  slab[WORD_TEXT_IS_WHOLE] = whole;
  return text;
}

}  // namespace

void reserve_index(Environment& environment, uint32_t vars, HeadIndex& index) {
  index.var_room = vars;
  index.derived_size = 0;
  if (kRingWords - environment.ring_at < ring_words(vars)) {
    environment.ring_at = 0;
    environment.slab[WORD_RING_LAP]++;
  }
  index.wanted = environment.slab + kRingStart + environment.ring_at + kLinesWords;
  index.vars = reinterpret_cast<VarRecord*>(index.wanted + kMaxWanted);
}

RequestLines* lines_of(const HeadIndex& index) { return reinterpret_cast<RequestLines*>(index.wanted - kLinesWords); }

Bytes write_head(Environment& environment, Bytes input, const HeadIndex& index, uint32_t facts, TextPolicy policy) {
  write_words(environment, index, facts);
  return make_text(environment, input, index, policy);
}

}  // namespace gatewire
