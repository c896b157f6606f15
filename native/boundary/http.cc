// HTTP/1.x request heads across the boundary: bytes in, integers and at most one string out.
#include "core/request_head.h"
#include "core/transcode.h"

#include "node/arguments.h"
#include "calls.h"
#include "head_result.h"

namespace gatewire {
namespace {

RequestOptions read_options(const uint32_t* slab) {
  RequestOptions options = {};
  options.limits = read_limits(slab);
  options.limits.max_field_lines = slab[WORD_MAX_FIELD_LINES] < kMaxFieldLines ? slab[WORD_MAX_FIELD_LINES] : kMaxFieldLines;
  options.limits.max_head_bytes = slab[WORD_MAX_HEAD_BYTES] < kMaxHeadBytes ? slab[WORD_MAX_HEAD_BYTES] : kMaxHeadBytes;
  uint32_t mount_length = slab[WORD_MOUNT_LENGTH] < kMountBytes ? slab[WORD_MOUNT_LENGTH] : kMountBytes;
  options.mount = {reinterpret_cast<const uint8_t*>(slab + kMountStart), mount_length};
  options.traits = slab[WORD_REQUEST_TRAITS] % kRequestTraits;
  options.refuse_underscores = slab[WORD_REFUSE_UNDERSCORES] != 0;
  return options;
}

uint32_t facts_of(const HeadIndex& index) {
  return static_cast<uint32_t>(index.framing) | (index.keep_alive ? kFactKeepAlive : 0u) | (index.expect_continue ? kFactExpectContinue : 0u) |
         (index.upgrade ? kFactUpgrade : 0u) | index.minor * kFactMinor | index.method * kFactMethod | index.key_count * kFactFieldLines;
}

/// The lines of a head that JavaScript has kept since the last call: RequestLines and the field records. Null: none, or not for `input`.
struct KeptLines {
  uint32_t* words;
  size_t count;

  RequestLines* lines() const { return reinterpret_cast<RequestLines*>(words); }
  VarRecord* fields() const { return reinterpret_cast<VarRecord*>(words + kLinesWords); }
};

bool read_kept_lines(napi_env env, napi_value value, size_t input_size, uint32_t max_field_lines, KeptLines& kept) {
  napi_typedarray_type type;
  void* words = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &kept.count, &words, nullptr, nullptr) != napi_ok || type != napi_uint32_array) return false;
  kept.words = static_cast<uint32_t*>(words);
  if (kept.count < kLinesWords + max_field_lines * (sizeof(VarRecord) / sizeof(uint32_t))) return false;
  const RequestLines& lines = *kept.lines();
  return lines.line <= lines.scanned && lines.scanned <= input_size && lines.field_count <= max_field_lines;
}

/// Decodes a whole head into the slab. The index is good when the verdict, which is in the slab as well, says complete.
Outcome decode_whole(Environment& environment, Bytes input, HeadIndex& index) {
  RequestOptions options = read_options(environment.slab);
  reserve_index(environment, max_request_records(options.limits.max_field_lines), index);
  RequestLines& lines = *lines_of(index);
  lines = {};
  Verdict verdict = decode_request_head(input, options, lines, environment.shapes, index, environment.text);
  write_verdict(environment.slab, verdict);
  environment.slab[WORD_LINES_AT] = static_cast<uint32_t>(reinterpret_cast<uint32_t*>(&lines) - environment.slab);
  return verdict.outcome;
}

/// What a packet needs beside the head: the lengths in the parts cut `replaced_text`.
bool read_packet_options(napi_env env, Environment& environment, napi_value replaced_text, PacketOptions& options) {
  uint32_t* slab = environment.slab;
  size_t text_size = 0;
  uint32_t at = slab[WORD_PARTS_AT];
  uint32_t count = slab[WORD_PART_COUNT];
  uint32_t constants = slab[WORD_CONSTANTS_LENGTH];
  if (at > kPartsWords || count > kPartsWords - at || constants > kConstantsBytes) return false;
  if (count > 0 && !read_text(env, environment, replaced_text, environment.replaced_text, text_size)) return false;
  options.constants = {reinterpret_cast<const uint8_t*>(slab + kConstantsStart), constants};
  options.replaced = {{environment.replaced_text, text_size}, slab + kPartsStart + at, count / 2};
  options.modifier1 = static_cast<uint8_t>(slab[WORD_PACKET_MODIFIERS]);
  options.modifier2 = static_cast<uint8_t>(slab[WORD_PACKET_MODIFIERS] >> 8);
  return true;
}

}  // namespace

napi_value decode_request_head_call(napi_env env, napi_callback_info info) {
  DecoderCall call = read_decoder_call(env, info);
  if (!call.usable) return nullptr;
  HeadIndex index;
  if (decode_whole(call.environment, call.input, index) != Outcome::complete) return nullptr;
  return write_head(env, call.environment, call.input, index, facts_of(index));
}

napi_value transcode_request_head_call(napi_env env, napi_callback_info info) {
  napi_value values[3];
  Environment& environment = *read_arguments(env, info, values);
  uint32_t* slab = environment.slab;
  uint8_t* data = nullptr;
  size_t size = 0;
  uint8_t* out = nullptr;
  size_t room = 0;
  PacketOptions options = {};
  uint32_t at = slab[WORD_OUT_AT];
  slab[WORD_FAULT] = 0;
  bool usable = read_bytes(env, values[0], data, size) && read_bytes(env, values[1], out, room) && at <= room &&
                read_packet_options(env, environment, values[2], options);
  slab[WORD_OUTCOME] = kOutcomeUnusable;
  if (!usable) return nullptr;
  HeadIndex index;
  if (decode_whole(environment, {data, size}, index) != Outcome::complete) return nullptr;
  EncodeResult result = write_request_packet({data, size}, environment.text, index, options, out + at, room - at);
  slab[WORD_FAULT] = static_cast<uint32_t>(result.fault);
  slab[WORD_FAULT_PART] = result.part;
  slab[WORD_WRITTEN] = static_cast<uint32_t>(result.written);
  return write_head(env, environment, {data, size}, index, facts_of(index), TextPolicy::least);  // it was asked for a packet
}

napi_value continue_request_head_call(napi_env env, napi_callback_info info) {
  napi_value values[2];
  Environment& environment = *read_arguments(env, info, values);
  RequestOptions options = read_options(environment.slab);
  uint8_t* data = nullptr;
  size_t size = 0;
  KeptLines kept = {};
  if (!read_bytes(env, values[0], data, size) || !read_kept_lines(env, values[1], size, options.limits.max_field_lines, kept)) {
    environment.slab[WORD_OUTCOME] = kOutcomeUnusable;
    return nullptr;
  }
  Bytes input = {data, size};
  Verdict verdict = read_request_lines(input, options.limits, *kept.lines(), kept.fields());
  if (verdict.outcome == Outcome::complete) {
    HeadIndex index;
    reserve_index(environment, max_request_records(options.limits.max_field_lines), index);
    copy_bytes(index.vars + kRequestVars, kept.fields(), kept.lines()->field_count * sizeof(VarRecord));
    verdict = interpret_request_head(input, options, *kept.lines(), environment.shapes, index, environment.text);
    if (verdict.outcome == Outcome::complete) {
      write_verdict(environment.slab, verdict);
      return write_head(env, environment, input, index, facts_of(index));
    }
  }
  write_verdict(environment.slab, verdict);
  return nullptr;
}

}  // namespace gatewire
