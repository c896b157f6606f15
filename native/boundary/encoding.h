// What encoding calls have in common: text from JavaScript, the lengths in the parts that cut it, and where to write. Knows no protocol.
//
// Text is read as UTF-16, into environment.units, which is exact: no character can pass for another one. Long text, for which two bytes a
// character would cost more than the question, has been looked through in JavaScript, which says so by TEXT_IS_LATIN1; it is read as bytes
// to where they are wanted.
#pragma once
#include "core/bytes.h"
#include "environment.h"

namespace gatewire {

/// Where an encoder writes: the memory of setOutput, from OUT_AT on.
struct Output {
  uint8_t* data;
  size_t room;
};

/// Text, and the lengths in the parts that cut it.
struct TextParts {
  Bytes text;
  const uint32_t* lengths;
  uint32_t count;
};

/// Makes bytes of the text of `size` characters that was read, at `to`, where there is room for kMaxBlockBytes and kNarrowRoom of them,
/// unless they stand there. False: the reason is in the word FAULT.
bool read_parts(Environment& environment, size_t size, uint8_t* to, TextParts& parts);

/// The names of a form that is to be made, and whether it is to be kept.
struct FormNames {
  TextParts parts;
  bool keep;
};

/// As read_parts, to environment.text. All forms are forgotten when KEEP_FORM says so.
bool read_form_names(Environment& environment, size_t size, FormNames& names);

/// What came of it.
void write_form(uint32_t* slab, uint32_t fault, uint32_t fault_part, const MadeForm& made);

}  // namespace gatewire
