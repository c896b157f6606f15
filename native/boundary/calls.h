// The functions that JavaScript gets. Each takes and returns what its comment says and leaves its results in the slab.
#pragma once
#include <node_api.h>

namespace gatewire {

/// decodePacket(bytes): the text of the head, or the values that heads of its shape are asked for, as one string, or undefined. Outcome,
/// index, framing and shape in the slab.
napi_value decode_packet_call(napi_env env, napi_callback_info info);
/// decodeRequestHead(bytes): as decodePacket, for an HTTP/1.x request head. Incomplete: LINES_AT tells where the lines so far are noted,
/// kLinesWords words and, where the records of an index would stand, those of the field lines.
napi_value decode_request_head_call(napi_env env, napi_callback_info info);
/// continueRequestHead(bytes, kept): the same for a head that was incomplete. `kept`: a Uint32Array with the lines so far and the records
/// of field lines behind them, with room for all that there may be; what was read is not read again, and what is read is noted there.
napi_value continue_request_head_call(napi_env env, napi_callback_info info);
/// transcodeRequestHead(bytes, out, text): decodeRequestHead, and the packet of the head in `out` from OUT_AT on. PART_COUNT lengths in
/// the parts cut `text` to the variables to replace; undefined when there are none. WRITTEN or FAULT tell the result, when the outcome is
/// complete.
napi_value transcode_request_head_call(napi_env env, napi_callback_info info);
/// want(slot, serial, number, position): undefined. Adds a variable to those that heads of a shape are asked for.
napi_value want_call(napi_env env, napi_callback_info info);
/// decodeArray(bytes): undefined. Offset and end of each item in the parts.
napi_value decode_array_call(napi_env env, napi_callback_info info);
/// makePacketForm(text): undefined. PART_COUNT lengths in the parts cut `text` to the keys of a form, whose number goes to FORM; KEEP_FORM
/// says whether it is to be kept, and then whether it is. FAULT tells when there is none.
napi_value make_packet_form_call(napi_env env, napi_callback_info info);
/// encodeVars(text, out): undefined. Fills in the form FORM and writes to `out` from OUT_AT on. PART_COUNT lengths in the parts cut `text` to
/// the values; WRITTEN or FAULT tell the result.
napi_value encode_vars_call(napi_env env, napi_callback_info info);
/// makeHeadForm(text): as makePacketForm, for a status and field names.
napi_value make_head_form_call(napi_env env, napi_callback_info info);
/// encodeResponseHead(text, out): undefined. Fills in the form FORM and writes to `out` from OUT_AT on. PART_COUNT lengths in the parts cut
/// `text` to the values; WRITTEN or FAULT and FAULT_PART tell the result.
napi_value encode_response_head_call(napi_env env, napi_callback_info info);
/// decodeResponseHead(bytes): undefined. RESPONSE_* words say how far the head is read, in and out; RESPONSE_ENDED that nothing follows.
/// Four offsets for each new field line in the parts, PART_COUNT of them.
napi_value decode_response_head_call(napi_env env, napi_callback_info info);
/// decodeChunked(bytes): undefined. CHUNKED_* words from CHUNKED_PHASE on say how far the content is read, in and out. CHUNKED_USED bytes
/// need not be given again, of which the last CHUNKED_CONTENT are content; a trailer section begins at CHUNKED_TRAILERS and is given whole.
/// Four words for each new trailer in the parts, PART_COUNT of them.
napi_value decode_chunked_call(napi_env env, napi_callback_info info);

}  // namespace gatewire
