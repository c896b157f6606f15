// A request head as a uwsgi packet: the variables of an HTTP head, straight from its index to the wire. Knows both formats and decides
// nothing: what the variables are has been decided in request_head.h.
#pragma once
#include "bytes.h"
#include "head_index.h"
#include "uwsgi_packet.h"

namespace gatewire {

/// Variables to write that are not those of the head: `count` pairs of lengths cut names and values from `text`, one behind the other.
/// Those whose name the head has replace that variable; the others follow at the end. A value of kNoValue bytes: leave the variable out.
struct ReplacedVars {
  Bytes text;
  const uint32_t* lengths;
  uint32_t count;
};
constexpr uint32_t kNoValue = 0xFFFFFFFF;
constexpr uint32_t kMaxReplacedVars = 1000;

/// What a packet needs beside the head.
struct PacketOptions {
  Bytes constants;  // a vars block: the variables that do not depend on the head
  ReplacedVars replaced;
  uint8_t modifier1;
  uint8_t modifier2;
};

/// Writes the packet of the request head that `index` describes. `input` and `text` are those it was decoded from. The order is that of
/// the environ. Faults: too_large (over 65 535 bytes of variables), room, lengths_disagree, empty_key.
EncodeResult write_request_packet(Bytes input, const uint8_t* text, const HeadIndex& index, const PacketOptions& options, uint8_t* out,
                                  size_t room);

}  // namespace gatewire
