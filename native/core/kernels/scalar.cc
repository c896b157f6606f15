// The kernel for every machine, and the reference for the others.
#include "../key_blocks.h"
#include "../same_keys.h"

namespace gatewire {
namespace {

struct Slots {
  typedef Block16 Block;

  static Block16 difference(const uint8_t* key, size_t length, const uint8_t* slot) { return key_difference(key, length, slot); }
  static bool is_zero(Block16 block) { return gatewire::is_zero(block); }
  static bool is_same(const uint8_t* key, size_t length, const uint8_t* slot) { return is_zero(difference(key, length, slot)); }
};

void find_names(Bytes input, const VarRecord* keys, uint32_t count, NameId* ids) {
  for (uint32_t i = 0; i < count; i++) ids[i] = find_name({input.data + keys[i].key, keys[i].key_length});
}

bool find_field_names(Bytes input, const VarRecord* names, uint32_t count, NameId* ids) {
  bool underscore = false;
  for (uint32_t i = 0; i < count; i++) {
    Bytes name = {input.data + names[i].key, names[i].key_length};
    underscore |= find_byte(name.data, 0, name.size, '_') < name.size;
    ids[i] = find_field_name(name);
  }
  return !underscore;
}

/// The reference reads all heads.
bool read_head(Bytes, const Limits&, RequestLines&, VarRecord*) { return false; }

}  // namespace

constinit const Kernel kScalarKernel = {"scalar",   follow_shape_with<Slots>, same_keys_with<Slots>,
                                            find_names, find_field_names,         read_head};

}  // namespace gatewire
