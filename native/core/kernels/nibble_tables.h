// How vector code tells kinds of bytes: by tables of 16, looked up by half a byte. There are two copies of each, for registers of 32 bytes,
// whose halves look up each in its own. Knows grammar.h and no instruction set.
#pragma once
#include "../grammar.h"

namespace gatewire {

/// A byte is a tchar when the bit of its high nibble is set in the entry of its low nibble. What is beyond ASCII has no bit.
struct TokenTables {
  uint8_t low[32];
  uint8_t high[32];
};

consteval TokenTables make_token_tables() {
  TokenTables tables = {};
  for (uint32_t byte = 0; byte < 0x80; byte++) {
    if ((kByteClasses.of[byte] & kTokenByte) == 0) continue;
    for (uint32_t copy = 0; copy < 32; copy += 16) tables.low[copy + (byte & 0xF)] |= static_cast<uint8_t>(1u << (byte >> 4));
  }
  for (uint32_t i = 0; i < 32; i++) tables.high[i] = static_cast<uint8_t>((i & 0xF) < 8 ? 1u << (i & 0xF) : 0);
  return tables;
}

alignas(32) inline constexpr TokenTables kTokenTables = make_token_tables();

/// A byte is of a set of up to one byte for each low nibble when it is the entry of its low nibble.
struct ByteSet {
  uint8_t of[32];
};

template <size_t N>
consteval ByteSet make_byte_set(const char (&bytes)[N]) {
  ByteSet set = {};
  for (uint32_t copy = 0; copy < 32; copy += 16) {
    set.of[copy] = 1;  // no byte of that nibble: without it, NUL would be of each set
    for (size_t i = 0; i < N - 1; i++) set.of[copy + (bytes[i] & 0xF)] = static_cast<uint8_t>(bytes[i]);
  }
  return set;
}

/// Bytes below SP are control characters, but HTAB; and DEL is one.
alignas(32) inline constexpr ByteSet kControlExceptions = make_byte_set("\t\x7F");

/// No target bytes, with what is beyond ASCII. Other control characters end a line, or make it invalid.
alignas(32) inline constexpr ByteSet kNoTargetBytes = make_byte_set(" \t#");

/// The byte that tables and comparisons need everywhere.
struct Bytes32 {
  uint8_t of[32];
};

consteval Bytes32 all_of(uint8_t byte) {
  Bytes32 all = {};
  for (uint8_t& each : all.of) each = byte;
  return all;
}

alignas(32) inline constexpr Bytes32 kLowNibble = all_of(0x0F);
alignas(32) inline constexpr Bytes32 kLastControl = all_of(0x1F);

}  // namespace gatewire
