// What one JavaScript environment (main thread or worker) owns. There is no other mutable state in the addon.
#pragma once
#include <node_api.h>

#include "core/shape_table.h"
#include "slab.h"

namespace gatewire {

struct Environment {
  uint32_t* slab;                         // memory of an ArrayBuffer that slab_reference keeps alive
  napi_ref slab_reference;
  uint32_t ring_at;                       // first free word of the index ring
  uint8_t text[kMaxBlockBytes + 1 + 8];   // the string of an encoder, with the terminator that Node-API writes
  ShapeTable shapes;
};

}  // namespace gatewire
