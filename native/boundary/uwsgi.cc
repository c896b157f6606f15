// uwsgi packets across the boundary: bytes in, integers and at most one short text out.
#include "core/uwsgi_packet.h"

#include "calls.h"
#include "head_result.h"

namespace gatewire {
namespace {

/// The most variables that the block of the packet at `data` can have.
uint32_t vars_announced(Bytes input) { return input.size < kPacketHeaderBytes ? 0 : load16(input.data + 1) / 5; }

}  // namespace

Bytes decode_packet_call(Environment& environment, Bytes input) {
  HeadIndex index;
  reserve_index(environment, vars_announced(input), index);
  Verdict verdict = decode_packet(input, read_limits(environment.slab), environment.shapes, index);
  write_verdict(environment.slab, verdict);
  if (verdict.outcome != Outcome::complete) return {};
  return write_head(environment, input, index, static_cast<uint32_t>(index.modifier1) | static_cast<uint32_t>(index.modifier2) << 8);
}

void decode_array_call(Environment& environment, Bytes input) {
  uint32_t* slab = environment.slab;
  if (slab[WORD_PARTS_AT] > kPartsWords - kMaxArrayWords) {
    slab[WORD_OUTCOME] = kOutcomeUnusable;
    return;
  }
  uint32_t* items = slab + kPartsStart + slab[WORD_PARTS_AT];
  write_verdict(slab, decode_array(input, read_limits(slab), items, slab[WORD_PART_COUNT], slab[WORD_BYTE_LENGTH]));
}

void make_packet_form_call(Environment& environment, size_t text_size) {
  FormNames keys = {};
  if (!read_form_names(environment, text_size, keys)) return;
  MadeForm made = {};
  const TextParts& parts = keys.parts;
  EncodeFault fault = make_packet_form(environment.forms, parts.text, parts.lengths, parts.count, keys.keep, made);
  write_form(environment.slab, static_cast<uint32_t>(fault), 0, made);
}

void encode_vars_call(Environment& environment, size_t text_size, Output out) {
  uint32_t* slab = environment.slab;
  uint32_t modifiers = slab[WORD_PACKET_MODIFIERS];
  TextParts values = {};
  if (!read_parts(environment, text_size, environment.text, values)) return;
  EncodeResult result = encode_vars(environment.forms, slab[WORD_FORM], values.text, values.lengths, values.count,
                                    static_cast<uint8_t>(modifiers), static_cast<uint8_t>(modifiers >> 8), out.data, out.room);
  slab[WORD_FAULT] = static_cast<uint32_t>(result.fault);
  slab[WORD_FAULT_PART] = result.part;
  slab[WORD_WRITTEN] = static_cast<uint32_t>(result.written);
}

}  // namespace gatewire
