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

#include "names.h"

namespace gatewire {

/// One variable: four words, so that JavaScript finds it at `4 * position` of the index.
struct VarRecord {
  uint32_t key;         // offset of the first byte of the key
  uint32_t key_length;
  uint32_t value;       // offset of the first byte of the value
  uint32_t value_end;   // offset behind the last byte of the value
};
static_assert(sizeof(VarRecord) == 16);

/// Where content ends. A sum type in JavaScript; length 0 is `none`.
enum class FramingKind : uint32_t { none = 0, length = 1, chunked = 2 };

/// Fields, and uwsgi variables, that say something about the request as a whole.
enum class KeyRole : uint8_t { content_length, transfer_encoding, content_type, host, connection, expect, upgrade, count };

/// Positions of the keys with one role, counted among the keys of the head.
struct KeyPositions {
  uint16_t count;
  uint16_t first;
  uint16_t last;

  /// Called with rising positions.
  GATEWIRE_INLINE void add(uint32_t position) {
    last = static_cast<uint16_t>(position);
    first = count == 0 ? last : first;
    count++;
  }
};

/// What follows from the keys of a head alone, so that heads of one shape share it.
struct KeyFacts {
  KeyPositions roles[static_cast<uint32_t>(KeyRole::count)];
  uint16_t underscores;       // how many field names have one
  uint16_t first_underscore;
  uint16_t repeated;          // field lines whose values have to be joined with those of others

  const KeyPositions& of(KeyRole role) const { return roles[static_cast<uint32_t>(role)]; }
  void add(KeyRole role, uint32_t position) { roles[static_cast<uint32_t>(role)].add(position); }
};

struct HeadIndex {
  uint32_t* wanted;          // in: room for kMaxWanted spans; out: see cut_wanted
  VarRecord* vars;           // in: room for the records and the ids of `var_room` variables, see head_index_words
  uint32_t var_room;         // in; datasize / 5 is always enough
  uint32_t var_count;        // out, like all below
  VarRecord* keys;           // the records whose keys stand on the wire one behind the other: all, or those of the field lines
  uint32_t key_count;
  KeyFacts facts;
  uint32_t byte_length;      // bytes of input that the head took
  uint32_t derived_size;     // bytes of values that do not stand in the input; their offsets count on from byte_length
  uint8_t modifier1;
  uint8_t modifier2;
  uint8_t minor;             // of HTTP/1.x, 0 or 1
  uint8_t method;            // number of a usual HTTP method, see request_head.h; 0: another one
  bool keep_alive;
  bool expect_continue;
  bool upgrade;
  FramingKind framing;
  uint64_t content_length;
  uint32_t shape_slot;       // kNoShape when the shape is not in the table
  uint32_t shape_serial;     // differs whenever another shape takes the slot

  /// The ids stand behind the last record, one byte each.
  NameId* ids() const { return reinterpret_cast<NameId*>(vars + var_count); }
};

constexpr uint32_t kNoShape = 0xFFFFFFFF;

/// Ids are copied this many at a time.
constexpr uint32_t kIdBlock = 64;

/// Most variables of a shape whose values are cut in advance.
constexpr uint32_t kMaxWanted = 8;

/// 32-bit words that records and ids of a head with at most `vars` variables need.
constexpr uint32_t head_index_words(uint32_t vars) { return vars * 4 + vars / 4 + kIdBlock / 4; }

}  // namespace gatewire
