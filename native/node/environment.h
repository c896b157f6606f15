// What one copy of the package's JavaScript owns in Node: its slab is the memory of an ArrayBuffer.
#pragma once
#include <node_api.h>

#include "boundary/encoding.h"
#include "boundary/environment.h"

namespace gatewire {

struct Sockets;

struct NodeEnvironment : Environment {
  napi_ref slab_reference;  // keeps the ArrayBuffer alive
  Output output;            // where encoders write; nowhere before setOutput
  napi_ref output_reference;
  Sockets* sockets;         // nothing until the server asks for them
  uint32_t functions;       // that work on it: it lives as long as one of them
};

}  // namespace gatewire
