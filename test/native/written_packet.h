// Packets as the encoders write them, through a form for the variables: what the tests and fuzz targets of several modules need. Knows no
// expectation.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/uwsgi_packet.h"
#include "exact_block.h"

namespace gatewire::test {

/// Parts one behind the other, and their lengths.
struct JoinedParts {
  std::string text;
  std::vector<uint32_t> lengths;

  void add(std::string_view part) {
    text += part;
    lengths.push_back(static_cast<uint32_t>(part.size()));
  }

  /// The value of the part before, as part of a form.
  void add_value_of_form(std::string_view value) {
    add(value);
    lengths.back() += kValueOfForm;
  }
};

/// Which values of a form to be are part of it, one bit for each: none, all, and every other one.
constexpr uint32_t kValuesOfForms[] = {0, 0xFFFFFFFF, 0x55555555, 0xAAAAAAAA};
inline bool is_of_form(uint32_t values_of_form, size_t i) { return (values_of_form >> (i % 32) & 1) != 0; }

inline std::unique_ptr<FormTable> empty_form_table() { return std::make_unique<FormTable>(); }

/// Exact blocks on the heap for text and lengths, so that a sanitizer sees a read of even one byte more.
inline EncodeFault make_packet_form(FormTable& table, const JoinedParts& keys, bool keep, MadeForm& made) {
  ExactBlock text(keys.text);
  std::vector<uint32_t> lengths(keys.lengths.begin(), keys.lengths.end());
  return make_packet_form(table, text.bytes(), lengths.data(), lengths.size(), keep, made);
}

inline EncodeResult encode_vars(const FormTable& table, uint32_t form, const JoinedParts& values, uint8_t modifier1, uint8_t modifier2,
                                uint8_t* out, size_t room) {
  ExactBlock text(values.text);
  std::vector<uint32_t> lengths(values.lengths.begin(), values.lengths.end());
  return encode_vars(table, form, text.bytes(), lengths.data(), lengths.size(), modifier1, modifier2, out, room);
}

}  // namespace gatewire::test
