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

struct Limits {
  uint32_t max_packet_bytes = kMaxBlockBytes;       // what the format can carry
  uint32_t max_vars = 1000;                         // ten times what a browser sends, and it bounds the work for one head
  uint64_t max_content_bytes = kMaxContentLength;   // an application's choice, so unbounded here
};

/// A response head is bounded as uWSGI bounds its own (response-headers-limit).
constexpr uint32_t kMaxResponseHeadBytes = 65536;
constexpr uint32_t kMaxResponseFields = 1000;
/// Interim responses are skipped, but not for ever.
constexpr uint32_t kMaxInterimResponses = 16;

}  // namespace gatewire
