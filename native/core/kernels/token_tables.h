// How vector code tells a tchar: by a table for each half of the byte. Knows grammar.h and no instruction set.
#pragma once
#include "../grammar.h"

namespace gatewire {

/// A byte is a tchar when the bit of its high nibble is set in the entry of its low nibble. What is beyond ASCII has no bit. There are two
/// copies of each table, for registers of 32 bytes, whose halves look up each in its own.
struct TokenTables {
  uint8_t low[32];
  uint8_t high[32];
};

constexpr TokenTables make_token_tables() {
  TokenTables tables = {};
  for (uint32_t byte = 0; byte < 0x80; byte++) {
    if ((kByteClasses.of[byte] & kTokenByte) == 0) continue;
    for (uint32_t copy = 0; copy < 32; copy += 16) tables.low[copy + (byte & 0xF)] |= static_cast<uint8_t>(1u << (byte >> 4));
  }
  for (uint32_t i = 0; i < 32; i++) tables.high[i] = static_cast<uint8_t>((i & 0xF) < 8 ? 1u << (i & 0xF) : 0);
  return tables;
}

alignas(32) inline constexpr TokenTables kTokenTables = make_token_tables();

}  // namespace gatewire
