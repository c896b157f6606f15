// See encoding.h.
#include "encoding.h"

namespace gatewire {

bool read_parts(Environment& environment, size_t size, uint8_t* to, TextParts& parts) {
  uint32_t* slab = environment.slab;
  uint32_t at = slab[WORD_PARTS_AT];
  uint32_t count = slab[WORD_PART_COUNT];
  bool usable = at <= kPartsWords && count <= kPartsWords - at && size <= kMaxBlockBytes + 1;
  bool latin1 = usable && (slab[WORD_TEXT_IS_LATIN1] != 0 || narrow_text(environment.units, size, to));
  slab[WORD_FAULT] = !usable ? kFaultUnusable : latin1 ? 0 : kFaultNotLatin1;
  parts = {{to, size}, slab + kPartsStart + at, count};
  return latin1;
}

bool read_form_names(Environment& environment, size_t size, FormNames& names) {
  uint32_t keep = environment.slab[WORD_KEEP_FORM];
  if (keep == kForgetForms) forget_forms(environment.forms);
  names.keep = keep != 0;
  return read_parts(environment, size, environment.text, names.parts);
}

void write_form(uint32_t* slab, uint32_t fault, uint32_t fault_part, const MadeForm& made) {
  slab[WORD_FAULT] = fault;
  slab[WORD_FAULT_PART] = fault_part;
  slab[WORD_FORM] = made.number;
  slab[WORD_KEEP_FORM] = made.kept;
}

}  // namespace gatewire
