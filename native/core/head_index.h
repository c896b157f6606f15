// The head index: what every decoder fills and everything after it reads. Offsets into the caller's bytes, ids of well-known names
// and framing facts; no bytes, no strings, no protocol.
//
//     offset   4     6            20    22
//              │0E 00│REQUEST_METHOD│03 00│GET│ ...
//                     ▲ key               ▲ value
//                     └─ key_length ─┘    └ value_end = 25
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace gatewire {

/// One variable: four words, so that JavaScript finds it at `4 * position` of the index.
struct VarRecord {
  uint32_t key_length_and_id;  // length in the low 16 bits, NameId above
  uint32_t key;                // offset of the first byte of the key
  uint32_t value;              // offset of the first byte of the value
  uint32_t value_end;          // offset behind the last byte of the value
};
static_assert(sizeof(VarRecord) == 16);

/// Where content ends. A sum type in JavaScript; length 0 is `none`.
enum class FramingKind : uint32_t { none = 0, length = 1 };

struct HeadIndex {
  VarRecord* vars;           // in: room for at least kMaxBlockVars records
  uint32_t var_count;        // out, like all below
  uint32_t byte_length;      // bytes of input that the head took
  uint8_t modifier1;
  uint8_t modifier2;
  FramingKind framing;
  uint64_t content_length;
  uint32_t shape_slot;       // kNoShape when the shape is not in the table
  uint32_t shape_serial;     // differs whenever another shape takes the slot
};

constexpr uint32_t kNoShape = 0xFFFFFFFF;

}  // namespace gatewire
