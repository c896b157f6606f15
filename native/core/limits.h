// Every limit of the core, with its default and the reason for it. Knows no input.
#pragma once
#include <stdint.h>

namespace gatewire {

/// Largest block that datasize can announce: it has 16 bits (uwsgi docs, Protocol).
constexpr uint32_t kMaxBlockBytes = 65535;
/// Most variables that fit into a block: each costs at least two lengths and one byte of key.
constexpr uint32_t kMaxBlockVars = kMaxBlockBytes / 5;
/// Largest integer that a JavaScript number holds exactly; content lengths are handed out as numbers.
constexpr uint64_t kMaxContentLength = (1ull << 53) - 1;

/// Longest head that maxHeadBytes can allow: offsets in its text have 16 bits.
constexpr uint32_t kMaxHeadBytes = 65535;
/// Most field lines that maxFieldLines can allow.
constexpr uint32_t kMaxFieldLines = 1000;

struct Limits {
  uint32_t max_packet_bytes = kMaxBlockBytes;       // what the format can carry
  uint32_t max_vars = 1000;                         // ten times what a browser sends, and it bounds the work for one head
  uint64_t max_content_bytes = kMaxContentLength;   // an application's choice, so unbounded here

  // A request head is bounded as gunicorn and nginx do it, four lines of the largest size; browsers send some 1 KiB (RFC 9112 section 3
  // asks for 8 000 bytes of request line at least). A line is counted without its CR LF.
  uint32_t max_request_line_bytes = 8190;
  uint32_t max_field_line_bytes = 8190;
  uint32_t max_field_lines = 100;
  uint32_t max_head_bytes = 32768;
};

/// Bounds of chunked content (RFC 9112 section 7.1.1 asks for a bound on extensions).
struct ChunkLimits {
  uint32_t max_line_bytes = 256;              // chunk size and extensions; nobody sends more than a signature
  uint32_t max_overhead_bytes = 16384;        // lines beyond the bytes of content, so that one-byte chunks end somewhere
  uint32_t max_trailer_bytes = 8192;
  uint32_t max_trailer_lines = 32;
  uint64_t max_content_bytes = kMaxContentLength;
};

/// A response head is bounded as uWSGI bounds its own (response-headers-limit).
constexpr uint32_t kMaxResponseHeadBytes = 65536;
constexpr uint32_t kMaxResponseFields = 1000;
/// Interim responses are skipped, but not for ever.
constexpr uint32_t kMaxInterimResponses = 16;

}  // namespace gatewire
