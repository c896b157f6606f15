// Chunked content (RFC 9112 section 7.1): where the pieces of content stand, and the fields behind them. Knows no head and copies nothing;
// input may be cut at every byte, and neither what is found nor what is refused depends on where.
//
//   chunked-body = *( chunk-size [ chunk-ext ] CRLF chunk-data CRLF ) 1*"0" [ chunk-ext ] CRLF *( field-line CRLF ) CRLF
//   chunk-size   = 1*16HEXDIG                                                    ; of at most 2^53-1
//   chunk-ext    = *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ) ; checked and ignored
#pragma once
#include "bytes.h"
#include "head_index.h"
#include "limits.h"
#include "status.h"

namespace gatewire {

/// What the next byte is part of. The phases of a chunk line come first, up to `line_feed`.
enum class ChunkedPhase : uint32_t {
  line = 0,            // first byte of a chunk line
  size,
  before_semicolon,    // white space was there: an extension has to follow
  before_name,
  name,
  behind_name,         // white space was there: "=" or another extension has to follow
  before_value,
  token,
  quoted_string,
  quoted_pair,
  behind_quoted_string,
  line_feed,
  content,
  content_return,      // CR behind the bytes of a chunk
  content_feed,        // LF behind that
  trailers,
  end,
};

/// How far chunked content is read. All zero is the state before its first byte.
struct ChunkedContent {
  ChunkedPhase phase;
  uint32_t line_bytes;       // of the chunk line that is being read
  uint64_t size;             // of the chunk: as far as its line is read, then what is left of it
  uint64_t received;         // bytes of content in all chunks so far
  uint64_t overhead;         // all other bytes before the trailer section
  uint32_t trailer_line;     // offsets in the trailer section: where the first line begins that is not read yet, behind the blank line once
  uint32_t trailer_scanned;  // it has come; and no line ends between that and here
  uint32_t trailer_count;
};

/// What one call has found in its input.
struct ChunkedStep {
  size_t used;             // bytes that need not be given again
  size_t content;          // so many of them, the last ones, are a piece of content
  size_t trailers;         // where the trailer section begins, in phase `trailers` and at the end
  uint32_t trailer_count;  // records that were written; their offsets count from the first byte of the trailer section
};

/// Reads on. `input` holds what has come behind the bytes that were used; a trailer section is given from its first byte on, as much of it
/// as has come, and what was read of it is not looked at again. `trailers` has room for limits.max_trailer_lines records.
///
/// Incomplete: there is a piece of content, or else more bytes are needed. Complete: the trailer section has ended. The offset of a refusal
/// counts from the first byte of the chunked content, for the byte at fault may have come with an earlier input.
Verdict decode_chunked(Bytes input, const ChunkLimits& limits, ChunkedContent& state, VarRecord* trailers, ChunkedStep& step);

/// When the input of an incomplete step has ended where content begins or goes on: adds up to `more` bytes that follow it, and that nobody
/// has to look at, to the step.
void take_more_content(size_t more, ChunkedContent& state, ChunkedStep& step);

}  // namespace gatewire
