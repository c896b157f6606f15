// What one copy of the package's JavaScript, in one thread, owns. There is no other mutable state but the choice of the kernel. Knows neither
// Node nor WebAssembly.
#pragma once
#include "core/forms.h"
#include "core/shape_table.h"
#include "slab.h"

namespace gatewire {

/// Zero-filled but for the slab: an empty ring, no shapes, no forms.
struct Environment {
  uint32_t* slab;
  uint32_t ring_at;                       // first free word of the index ring
  uint8_t text[kRequestTextBytes + 8];    // text on its way to or from JavaScript, with the terminator of Node-API
  uint8_t replaced_text[kMaxBlockBytes + 1 + kNarrowRoom];  // variables to replace while a packet is written
  uint16_t units[kMaxBlockBytes + 1 + kNarrowRoom];         // text of an encoder as it comes from JavaScript
  ShapeTable shapes;
  FormTable forms;
};

static_assert(sizeof(Environment::text) >= kMaxBlockBytes + kNarrowRoom);

}  // namespace gatewire
