// The functions of the codec, as Node-API calls them: each reads its arguments for the call of its name in boundary/calls.h.
#pragma once
#include <node_api.h>

namespace gatewire {

struct Function {
  const char* name;
  napi_callback callback;
};

/// Behind the last one stands one without a name.
extern const Function kCodecFunctions[];

}  // namespace gatewire
