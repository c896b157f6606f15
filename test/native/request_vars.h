// What decode_request_head makes of a head, as names and values: for the tests of what heads mean and of the packets made from them. Memory
// of exactly what the core asks for. Shared by the unit tests and the fuzz target.
#pragma once
#include <memory>
#include <string>

#include "core/request_head.h"
#include "guarded_pages.h"
#include "packet_builder.h"
#include "verdicts.h"

namespace gatewire::test {

struct RequestVars {
  Verdict verdict = incomplete();
  uint32_t byte_length = 0;
  Pairs vars;
  bool operator==(const RequestVars&) const = default;
};

inline std::string shown(const RequestVars& seen) {
  std::string text = shown(seen.verdict) + " of " + std::to_string(seen.byte_length) + " bytes";
  for (const auto& [name, value] : seen.vars) {
    if (text.size() < 1000) text += " [" + name + "=" + value + "]";
  }
  return text + " of " + std::to_string(seen.vars.size());
}

/// Limits that nothing but the largest sizes passes.
inline Limits open_limits() {
  Limits limits;
  limits.max_request_line_bytes = limits.max_field_line_bytes = limits.max_head_bytes = kMaxHeadBytes;
  limits.max_field_lines = kMaxFieldLines;
  return limits;
}

class RequestReader {
 public:
  explicit RequestReader(uint32_t max_field_lines = kMaxFieldLines)
      : words_(new uint32_t[head_index_words(max_request_records(max_field_lines))]), wanted_(new uint32_t[kMaxWanted]), text_pages_(kRequestTextBytes) {
    static_assert(kRequestTextBytes % 4096 == 0);  // the first byte behind the text is on an unmapped page
    text_ = const_cast<uint8_t*>(text_pages_.beginning({}).data);
    index.wanted = wanted_.get();
    index.vars = reinterpret_cast<VarRecord*>(words_.get());
    index.var_room = max_request_records(max_field_lines);
  }

  Verdict decode(Bytes input, const RequestOptions& options, ShapeTable& shapes) {
    RequestLines lines = {};
    return decode_request_head(input, options, lines, shapes, index, text_);
  }

  /// Decodes, and reads the records: names by their ids, or made from the bytes of the field.
  RequestVars read(Bytes input, const RequestOptions& options, ShapeTable& shapes) {
    RequestVars seen;
    seen.verdict = decode(input, options, shapes);
    if (seen.verdict.outcome != Outcome::complete) return seen;
    seen.byte_length = index.byte_length;
    for (uint32_t i = 0; i < index.var_count; i++) {
      NameId id = index.ids()[i];
      if (id == kNoVariable || id == kJoined) continue;
      seen.vars.emplace_back(id == NameId::none ? made_name(input, index.vars[i]) : std::string(listed(id)), value_of(input, index.vars[i]));
      if (id == NameId::REQUEST_URI) seen.vars.emplace_back("RAW_URI", seen.vars.back().second);
    }
    return seen;
  }

  const uint8_t* text() const { return text_; }
  uint8_t* text() { return text_; }

  HeadIndex index = {};

 private:
  static std::string_view listed(NameId id) {
    constexpr std::string_view kAll[] = {"",
#define GATEWIRE_NAME(name) #name,
                                         GATEWIRE_NAMES(GATEWIRE_NAME)
#undef GATEWIRE_NAME
    };
    return kAll[static_cast<size_t>(id)];
  }

  static std::string made_name(Bytes input, const VarRecord& record) {
    std::string name = "HTTP_" + std::string(reinterpret_cast<const char*>(input.data) + record.key, record.key_length);
    for (char& c : name) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c == '-' ? '_' : c);
    return name;
  }

  /// Offsets of what does not stand in the head count on from its end, in the text.
  std::string value_of(Bytes input, const VarRecord& record) const {
    const uint8_t* from = record.value_end > index.byte_length ? text_ : input.data;
    return std::string(reinterpret_cast<const char*>(from) + record.value, record.value_end - record.value);
  }

  std::unique_ptr<uint32_t[]> words_;
  std::unique_ptr<uint32_t[]> wanted_;
  GuardedPages text_pages_;
  uint8_t* text_;
};

}  // namespace gatewire::test
