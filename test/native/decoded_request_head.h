// What a request head becomes, in one call or in many, as a value that can be compared and shown. Shared by the unit tests and the fuzz
// target.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/request_head.h"
#include "exact_block.h"
#include "read_lines.h"
#include "verdicts.h"

namespace gatewire::test {

struct DecodedField {
  NameId id;
  std::string key;
  std::string value;
  bool operator==(const DecodedField&) const = default;
};

/// All but the verdict is zero unless the head is complete. The shape's slot is not part of it: it depends on what came before.
struct DecodedRequestHead {
  Verdict verdict = incomplete();
  uint32_t byte_length = 0;
  FramingKind framing = FramingKind::none;
  uint64_t content_length = 0;
  bool keep_alive = false;
  bool expect_continue = false;
  bool upgrade = false;
  std::vector<DecodedField> records;

  bool operator==(const DecodedRequestHead&) const = default;
};

/// One caller's memory: an index and a text of exactly what the core asks for, and a shape table.
class RequestHeadDecoder {
 public:
  explicit RequestHeadDecoder(const RequestOptions& options)
      : options_(options),
        room_(max_request_records(options.limits.max_field_lines)),
        words_(new uint32_t[head_index_words(room_)]),
        wanted_(new uint32_t[kMaxWanted]),
        text_(new uint8_t[kRequestTextBytes]),
        shapes_(std::make_unique<ShapeTable>()) {}

  DecodedRequestHead decode(Bytes input) {
    HeadIndex index = new_index();
    RequestLines lines = {};
    Verdict verdict = decode_request_head(input, options_, lines, *shapes_, index, text_.get());
    return result(input, verdict, index);
  }

  /// As a connection does it: the first call sees `first` bytes, each later one `step` more, each in a heap block of just what has come. The
  /// lines that have been read are kept, and the head is interpreted when they are complete.
  DecodedRequestHead decode_in_steps(std::string_view input, size_t first, size_t step) {
    FieldRecords kept(options_.limits.max_field_lines);
    RequestLines lines = {};
    size_t come = first < input.size() ? first : input.size();
    {
      HeadIndex index = new_index();
      ExactBlock block(input.substr(0, come));
      Verdict verdict = decode_request_head(block.bytes(), options_, lines, *shapes_, index, text_.get());
      if (verdict.outcome != Outcome::incomplete || come == input.size()) return result(block.bytes(), verdict, index);
      copy_bytes(kept.data(), index.vars + kRequestVars, lines.field_count * sizeof(VarRecord));
    }
    for (;;) {
      come = input.size() - come > step ? come + step : input.size();
      ExactBlock block(input.substr(0, come));
      Verdict verdict = read_head_lines(block.bytes(), options_.limits, lines, kept.data());
      HeadIndex index = new_index();
      if (verdict.outcome == Outcome::complete) {
        copy_bytes(index.vars + kRequestVars, kept.data(), lines.field_count * sizeof(VarRecord));
        verdict = interpret_request_head(block.bytes(), options_, lines, *shapes_, index, text_.get());
      }
      if (verdict.outcome != Outcome::incomplete || come == input.size()) return result(block.bytes(), verdict, index);
    }
  }

  /// The lines of the last complete head, as records of the index.
  const HeadIndex& last_index() const { return last_; }

 private:
  HeadIndex new_index() {
    HeadIndex index = {};
    index.wanted = wanted_.get();
    index.vars = reinterpret_cast<VarRecord*>(words_.get());
    index.var_room = room_;
    return index;
  }

  DecodedRequestHead result(Bytes input, const Verdict& verdict, const HeadIndex& index) {
    DecodedRequestHead seen;
    seen.verdict = verdict;
    if (verdict.outcome != Outcome::complete) return seen;
    last_ = index;
    seen.byte_length = index.byte_length;
    seen.framing = index.framing;
    seen.content_length = index.content_length;
    seen.keep_alive = index.keep_alive;
    seen.expect_continue = index.expect_continue;
    seen.upgrade = index.upgrade;
    for (uint32_t i = 0; i < index.var_count; i++) {
      const VarRecord& record = index.vars[i];
      const uint8_t* from = record.value_end > index.byte_length ? text_.get() : input.data;
      seen.records.push_back({index.ids()[i], cut(input.data, record.key, record.key + record.key_length), cut(from, record.value, record.value_end)});
    }
    return seen;
  }

  static std::string cut(const uint8_t* data, uint32_t from, uint32_t to) {
    return std::string(reinterpret_cast<const char*>(data) + from, to - from);
  }

  RequestOptions options_;
  uint32_t room_;
  std::unique_ptr<uint32_t[]> words_;
  std::unique_ptr<uint32_t[]> wanted_;
  std::unique_ptr<uint8_t[]> text_;
  std::unique_ptr<ShapeTable> shapes_;
  HeadIndex last_ = {};
};

inline std::string shown(const DecodedRequestHead& head) {
  std::string text = shown(head.verdict) + " size=" + std::to_string(head.byte_length) + " framing=" +
                     std::to_string(static_cast<uint32_t>(head.framing)) + " content=" + std::to_string(head.content_length) +
                     (head.keep_alive ? " keep-alive" : "") + (head.expect_continue ? " expect" : "") + (head.upgrade ? " upgrade" : "");
  for (const DecodedField& record : head.records) {
    text += " [" + std::to_string(static_cast<uint32_t>(record.id)) + " " + record.key + ": " + record.value + "]";
  }
  return text;
}

}  // namespace gatewire::test
