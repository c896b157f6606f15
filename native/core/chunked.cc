// See chunked.h for the grammar. Chunk lines are judged byte by byte: a line that is refused need not be complete. Lines of the trailer
// section are judged like those of a head, when they are.
#include "chunked.h"

#include "field_line.h"
#include "grammar.h"

namespace gatewire {
namespace {

using Phase = ChunkedPhase;

constexpr uint32_t kMaxSizeDigits = 16;
constexpr size_t kLineEndBytes = 2;

uint64_t position_of(const ChunkedContent& state) { return state.received + state.overhead; }

Verdict refuse_here(Refusal refusal, const ChunkedContent& state) { return refuse(refusal, position_of(state)); }

Verdict go_on(Phase phase, ChunkedContent& state) {
  state.phase = phase;
  return complete();
}

/// The size of the chunk is known, though its line may go on.
Verdict judge_size(Phase next, const ChunkLimits& limits, ChunkedContent& state) {
  bool fits = state.received <= limits.max_content_bytes && state.size <= limits.max_content_bytes - state.received;
  if (!fits) return refuse(Refusal::ERR_HTTP_CONTENT_TOO_LARGE, position_of(state) - state.line_bytes);
  return go_on(next, state);
}

Verdict read_size(uint8_t byte, const ChunkLimits& limits, ChunkedContent& state) {
  if (is_in(byte, kHexByte) && state.line_bytes < kMaxSizeDigits) {
    uint64_t digit = hex_value(byte);
    if (state.size > (kMaxContentLength - digit) / 16) return refuse_here(Refusal::ERR_HTTP_BAD_CHUNK_SIZE, state);
    state.size = state.size * 16 + digit;
    return go_on(Phase::size, state);
  }
  if (state.phase == Phase::size) {
    if (byte == '\r') return judge_size(Phase::line_feed, limits, state);
    if (byte == ';') return judge_size(Phase::before_name, limits, state);
    if (is_ows(byte)) return judge_size(Phase::before_semicolon, limits, state);
  }
  return refuse_here(Refusal::ERR_HTTP_BAD_CHUNK_SIZE, state);
}

/// The phase behind a byte of an extension; `end` when that byte may not stand there.
Phase next_phase(Phase phase, uint8_t byte) {
  bool token = is_in(byte, kTokenByte);
  switch (phase) {
    case Phase::before_name:
      return token ? Phase::name : is_ows(byte) ? phase : Phase::end;
    case Phase::before_value:
      return token ? Phase::token : byte == '"' ? Phase::quoted_string : is_ows(byte) ? phase : Phase::end;
    case Phase::quoted_string:  // qdtext is every byte of a field value but these two (RFC 9110 section 5.6.4)
      return byte == '"' ? Phase::behind_quoted_string : byte == '\\' ? Phase::quoted_pair : is_in(byte, kFieldByte) ? phase : Phase::end;
    case Phase::quoted_pair:
      return is_in(byte, kFieldByte) ? Phase::quoted_string : Phase::end;
    default:
      break;
  }
  // Behind a name, a value, or white space that follows one.
  bool behind_white_space = phase == Phase::before_semicolon || phase == Phase::behind_name;
  bool behind_name = phase == Phase::name || phase == Phase::behind_name;
  if (token && (phase == Phase::name || phase == Phase::token)) return phase;
  if (byte == ';') return Phase::before_name;
  if (byte == '=' && behind_name) return Phase::before_value;
  if (is_ows(byte)) return behind_name ? Phase::behind_name : Phase::before_semicolon;
  return byte == '\r' && !behind_white_space ? Phase::line_feed : Phase::end;
}

Verdict end_line(uint8_t byte, ChunkedContent& state) {
  if (byte != '\n') return refuse(Refusal::ERR_HTTP_BARE_CR, position_of(state) - 1);
  state.line_bytes = 0;
  return go_on(state.size > 0 ? Phase::content : Phase::trailers, state);
}

Verdict read_line_byte(uint8_t byte, const ChunkLimits& limits, ChunkedContent& state) {
  if (byte == '\n') return refuse_here(Refusal::ERR_HTTP_BARE_LF, state);
  Verdict verdict = complete();
  if (state.phase <= Phase::size) {
    verdict = read_size(byte, limits, state);
  } else {
    Phase next = next_phase(state.phase, byte);
    verdict = next == Phase::end ? refuse_here(Refusal::ERR_HTTP_BAD_CHUNK_EXTENSION, state) : go_on(next, state);
  }
  state.line_bytes++;
  return verdict;
}

/// One byte that is no content, before the trailer section.
Verdict read_byte(uint8_t byte, const ChunkLimits& limits, ChunkedContent& state) {
  bool in_line = state.phase < Phase::line_feed;
  if (in_line && state.line_bytes >= limits.max_line_bytes && byte != '\r' && byte != '\n') {
    return refuse_here(Refusal::ERR_HTTP_CHUNK_LINE_TOO_LONG, state);
  }
  if (state.overhead >= state.received + limits.max_overhead_bytes) return refuse_here(Refusal::ERR_HTTP_CHUNK_OVERHEAD, state);
  Verdict verdict = complete();
  if (in_line) {
    verdict = read_line_byte(byte, limits, state);
  } else if (state.phase == Phase::line_feed) {
    verdict = end_line(byte, state);
  } else if (state.phase == Phase::content_return) {
    verdict = byte == '\r' ? go_on(Phase::content_feed, state) : refuse_here(Refusal::ERR_HTTP_BAD_CHUNK_END, state);
  } else {
    verdict = byte == '\n' ? go_on(Phase::line, state) : refuse_here(Refusal::ERR_HTTP_BAD_CHUNK_END, state);
  }
  state.overhead++;
  return verdict;
}

/// What is there of the chunk's bytes.
void take_content(size_t room, ChunkedContent& state, ChunkedStep& step) {
  size_t piece = state.size < room ? static_cast<size_t>(state.size) : room;
  step.content += piece;
  step.used += piece;
  state.received += piece;
  state.size -= piece;
  if (state.size == 0) state.phase = Phase::content_return;
}

/// Complete: the trailer section begins at step.used.
Verdict read_chunks(Bytes input, const ChunkLimits& limits, ChunkedContent& state, ChunkedStep& step) {
  while (step.used < input.size) {
    if (state.phase == Phase::content) {
      take_content(input.size - step.used, state, step);
      return incomplete();
    }
    Verdict verdict = read_byte(input.data[step.used], limits, state);
    if (verdict.outcome == Outcome::refused) return verdict;
    step.used++;
    if (state.phase == Phase::trailers) return complete();
  }
  return incomplete();
}

// Fields that frame, route, authenticate or modify the request, or say what its content is: they are needed before the content, and peers
// that merge trailers into the head would act on them (RFC 9110 section 6.5.1). So would they on every condition: If-*.
constexpr const char* kForbidden[] = {
    "authorization", "cache-control",    "connection", "content-encoding", "content-length", "content-range", "content-type",
    "cookie",        "expect",           "host",       "max-forwards",     "range",          "set-cookie",    "te",
    "trailer",       "transfer-encoding", "upgrade",
};

/// How many bytes of `text`, which is in lower case, the name begins with.
size_t begins_with(Bytes name, const char* text) {
  size_t i = 0;
  while (text[i] != 0 && i < name.size && lower(name.data[i]) == static_cast<uint8_t>(text[i])) i++;
  return text[i] == 0 ? i : 0;
}

bool is_forbidden(Bytes name) {
  if (begins_with(name, "if-") > 0) return true;
  for (const char* forbidden : kForbidden) {
    if (begins_with(name, forbidden) == name.size) return true;
  }
  return false;
}

/// A line of at least one byte; `at` is its offset in the trailer section, and so are the offsets of its record and of a refusal.
Verdict read_trailer(Bytes line, size_t at, VarRecord& record) {
  FieldLine field = read_field_line(line);
  if (field.fault != FieldLineFault::none) return refuse(request_refusal(field.fault), at + field.fault_at);
  if (is_forbidden({line.data, field.name_size})) return refuse(Refusal::ERR_HTTP_FORBIDDEN_TRAILER, at);
  record = {static_cast<uint32_t>(at), static_cast<uint32_t>(field.name_size), static_cast<uint32_t>(at + field.value),
            static_cast<uint32_t>(at + field.value_end)};
  return complete();
}

/// Reads the lines of a trailer section that are complete. The limit counts them with their line ends, and not the blank line.
Verdict read_trailers(Bytes section, const ChunkLimits& limits, ChunkedContent& state, VarRecord* trailers, ChunkedStep& step) {
  const size_t most = limits.max_trailer_bytes;
  size_t visible = section.size < most + kLineEndBytes ? section.size : most + kLineEndBytes;
  for (;;) {
    size_t end = find_byte(section.data, state.trailer_scanned, visible, '\n');
    if (end == visible) break;
    bool crlf = end > state.trailer_line && section.data[end - 1] == '\r';
    Bytes line = {section.data + state.trailer_line, end - state.trailer_line - (crlf ? 1 : 0)};
    if (line.size > 0) {
      if (end >= most) return refuse(Refusal::ERR_HTTP_TRAILERS_TOO_LARGE, most);
      if (state.trailer_count == limits.max_trailer_lines) return refuse(Refusal::ERR_HTTP_TOO_MANY_TRAILERS, state.trailer_line);
      Verdict verdict = read_trailer(line, state.trailer_line, trailers[step.trailer_count]);
      if (verdict.outcome != Outcome::complete) return verdict;
    }
    if (!crlf) return refuse(Refusal::ERR_HTTP_BARE_LF, end);
    state.trailer_line = state.trailer_scanned = static_cast<uint32_t>(end + 1);
    if (line.size == 0) return complete();
    state.trailer_count++;
    step.trailer_count++;
  }
  state.trailer_scanned = static_cast<uint32_t>(visible);
  // One byte more may be the first one of the blank line.
  bool may_be_blank = state.trailer_line == most && visible == most + 1 && section.data[most] == '\r';
  return visible > most && !may_be_blank ? refuse(Refusal::ERR_HTTP_TRAILERS_TOO_LARGE, most) : incomplete();
}

}  // namespace

Verdict decode_chunked(Bytes input, const ChunkLimits& limits, ChunkedContent& state, VarRecord* trailers, ChunkedStep& step) {
  step = {};
  if (state.phase < Phase::trailers) {
    Verdict verdict = read_chunks(input, limits, state, step);
    if (verdict.outcome != Outcome::complete) return verdict;
  }
  step.trailers = step.used;
  Verdict verdict = read_trailers({input.data + step.trailers, input.size - step.trailers}, limits, state, trailers, step);
  if (verdict.outcome == Outcome::refused) return refuse(verdict.refusal, position_of(state) + verdict.offset);
  if (verdict.outcome == Outcome::complete) {
    state.phase = Phase::end;
    step.used = step.trailers + state.trailer_line;
  }
  return verdict;
}

void take_more_content(size_t more, ChunkedContent& state, ChunkedStep& step) {
  if (more > 0 && state.phase == Phase::content) take_content(more, state, step);
}

}  // namespace gatewire
