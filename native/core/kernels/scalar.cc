// The kernel for every machine, and the reference for the others.
#include "../key_blocks.h"
#include "../same_keys.h"

namespace gatewire {
namespace {

struct Slots {
  typedef Block16 Block;

  static Block16 difference(const uint8_t* key, uint32_t length, const uint8_t* slot) { return key_difference(key, length, slot); }
  static bool is_zero(Block16 block) { return gatewire::is_zero(block); }
};

/// The reference reads all heads.
bool read_whole_head(Bytes, const Limits&, RequestLines&, VarRecord*) { return false; }

}  // namespace

constinit const Kernel kScalarKernel = {"scalar", follow_shape_with<Slots>, same_keys_with<Slots>, read_whole_head};

}  // namespace gatewire
