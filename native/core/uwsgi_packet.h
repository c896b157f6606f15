// uwsgi packets: header, vars block and array, both ways. Knows the wire format (uwsgi docs, Protocol) and nothing of sockets, WSGI
// or JavaScript.
//
//   packet  = modifier1 datasize modifier2 payload      ; 1 byte, 16 bits little-endian, 1 byte, datasize bytes
//   payload = *( length key length value )              ; vars block; lengths are 16 bits little-endian, a key is not empty
//           | *( length item )                          ; array
#pragma once
#include "bytes.h"
#include "forms.h"
#include "head_index.h"
#include "limits.h"
#include "shape_table.h"
#include "status.h"

namespace gatewire {

constexpr size_t kPacketHeaderBytes = 4;
/// Shapes of packets, apart from those of HTTP heads.
constexpr uint32_t kPacketVariant = 0;

/// Whether `modifier1` announces a request: a vars block, CONTENT_LENGTH bytes of content, an HTTP response (uwsgi docs, Protocol).
bool is_request_modifier(uint8_t modifier1);

/// Decodes the packet at the start of `input` as a vars block, whatever its modifier, into `index`. Framing by CONTENT_LENGTH is
/// decided for request modifiers; every other packet has no content. Bytes behind the packet have no say, and nothing beyond `input`
/// is read. Time and space are linear in the packet. Nothing is skipped: a block that does not end exactly with a value is refused.
Verdict decode_packet(Bytes input, const Limits& limits, ShapeTable& shapes, HeadIndex& index);

/// Decodes the packet at the start of `input` as an array: `items` gets offset and end of each item, empty items kept.
/// `items` has room for 2 * (kMaxBlockBytes / 2) words.
Verdict decode_array(Bytes input, const Limits& limits, uint32_t* items, uint32_t& item_count, uint32_t& byte_length);

/// Why an encoder wrote nothing. The caller's mistake, not the peer's.
enum class EncodeFault : uint32_t { none = 0, empty_key = 1, too_large = 2, lengths_disagree = 3, room = 4 };

struct EncodeResult {
  EncodeFault fault;
  uint32_t part;   // which length was at fault
  size_t written;  // bytes written; 0 with a fault
};

/// Makes the form of packets with these keys, and some of their values (kValueOfForm), cut from `text` by `count` lengths. Faults: empty_key,
/// too_large for any packet, lengths_disagree.
EncodeFault make_packet_form(FormTable& table, Bytes text, const uint32_t* lengths, size_t count, bool keep, MadeForm& made);

/// Writes a packet: a form, and for each of its blanks a value cut from `text` by its length. Everything is checked before the first byte is
/// written: no block over 65 535 bytes, lengths that use up `text`, as many of them as there are blanks.
EncodeResult encode_vars(const FormTable& table, uint32_t form, Bytes text, const uint32_t* lengths, size_t count, uint8_t modifier1,
                         uint8_t modifier2, uint8_t* out, size_t room);

/// Writes a packet whose payload is an array, its items cut from `text` by `count` lengths. Checked like the values of vars.
EncodeResult encode_array(Bytes text, const uint32_t* lengths, size_t count, uint8_t modifier1, uint8_t modifier2, uint8_t* out,
                          size_t room);

}  // namespace gatewire
