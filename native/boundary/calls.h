// The calls across the boundary: what each takes and returns; its results are left in the slab. Whoever makes them, the addon or the
// WebAssembly twin, reads the arguments, and makes a string of the text that a decoder gives: bytes of the input or of the environment,
// none when the size is 0. Text for an encoder is read to where encoding.h says, and given as its size. Where encoders write was told by
// setOutput(memory), once for many calls: whoever gives the memory sees to it that it is not detached when they are called. Arguments that
// cannot be read: no call, and OUTCOME or FAULT `unusable`.
#pragma once
#include "core/bytes.h"
#include "encoding.h"
#include "environment.h"

namespace gatewire {

/// decodePacket(bytes): the text of the head, or the values that heads of its shape are asked for, as one string, or undefined. Outcome,
/// index, framing and shape in the slab.
Bytes decode_packet_call(Environment& environment, Bytes input);
/// decodeRequestHead(bytes): as decodePacket, for an HTTP/1.x request head. Incomplete: LINES_AT tells where the lines so far are noted,
/// kLinesWords words and, where the records of an index would stand, those of the field lines.
Bytes decode_request_head_call(Environment& environment, Bytes input);
/// continueRequestHead(bytes, kept): the same for a head that was incomplete. `kept`: a Uint32Array with the lines so far and the records
/// of field lines behind them, with room for all that there may be; what was read is not read again, and what is read is noted there.
Bytes continue_request_head_call(Environment& environment, Bytes input, uint32_t* kept, size_t kept_words);
/// transcodeRequestHead(bytes, text): decodeRequestHead, and the packet of the head in the output from OUT_AT on. PART_COUNT lengths in
/// the parts cut `text`, whose bytes go to environment.replaced_text, to the variables to replace; undefined when there are none. WRITTEN or
/// FAULT tell the result, when the outcome is complete.
Bytes transcode_request_head_call(Environment& environment, Bytes input, size_t text_size, Output out);
/// decodeArray(bytes): undefined. Offset and end of each item in the parts.
void decode_array_call(Environment& environment, Bytes input);
/// makePacketForm(text): undefined. PART_COUNT lengths in the parts cut `text` to the keys of a form and the values that are part of it, whose
/// lengths have kValueOfForm added. The number of the form goes to FORM; KEEP_FORM says whether it is to be kept, and then whether it is. FAULT
/// tells when there is none.
void make_packet_form_call(Environment& environment, size_t text_size);
/// encodeVars(text): undefined. Fills in the form FORM and writes to the output from OUT_AT on. PART_COUNT lengths in the parts cut `text` to
/// the values; WRITTEN or FAULT tell the result.
void encode_vars_call(Environment& environment, size_t text_size, Output out);
/// makeHeadForm(text): as makePacketForm, for a status and field names.
void make_head_form_call(Environment& environment, size_t text_size);
/// encodeResponseHead(text): undefined. Fills in the form FORM and writes to the output from OUT_AT on. PART_COUNT lengths in the parts cut
/// `text` to the values; WRITTEN or FAULT and FAULT_PART tell the result.
void encode_response_head_call(Environment& environment, size_t text_size, Output out);
/// decodeResponseHead(bytes): undefined. RESPONSE_* words say how far the head is read, in and out; RESPONSE_ENDED that nothing follows.
/// Four offsets for each new field line in the parts, PART_COUNT of them.
void decode_response_head_call(Environment& environment, Bytes input);
/// decodeChunked(bytes): undefined. CHUNKED_* words from CHUNKED_PHASE on say how far the content is read, in and out. CHUNKED_USED bytes
/// need not be given again, of which the last CHUNKED_CONTENT are content; a trailer section begins at CHUNKED_TRAILERS and is given whole.
/// Four words for each new trailer in the parts, PART_COUNT of them. `more`: so many bytes follow `input`, of which only content is taken.
void decode_chunked_call(Environment& environment, Bytes input, size_t more);

}  // namespace gatewire
