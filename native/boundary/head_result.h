// What every decoding call for a head does with its result: a place for the index in the ring, words in the slab, one text. Knows no
// protocol.
#pragma once
#include "core/head_index.h"
#include "environment.h"

namespace gatewire {

/// Gives an index room for `vars` records; what the decoders set themselves is not cleared. The ring starts over when the rest is too
/// short; a head knows by the lap whether its index still stands. The room is taken by write_head.
void reserve_index(Environment& environment, uint32_t vars, HeadIndex& index);

/// Where the lines of a head that is not complete are noted: in front of the index.
RequestLines* lines_of(const HeadIndex& index);

/// What is put into the one text of a decoding call: what heads of the shape were lately asked for, or only what cannot be had later.
enum class TextPolicy { as_expected, least };

/// Tells JavaScript about a complete head. The result is the one text of a decoding call: the whole head where its shape's heads were
/// lately read as a whole, and where values do not stand in the input; else the values that its shape is asked for, if any. `facts`: what
/// the protocol says of the head besides, in one word.
Bytes write_head(Environment& environment, Bytes input, const HeadIndex& index, uint32_t facts, TextPolicy policy = TextPolicy::as_expected);

}  // namespace gatewire
