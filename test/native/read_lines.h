// What is read of the lines of a request head, by the reference and by the kernel in use, as values that can be compared and shown. Shared
// by the unit tests and the fuzz target.
#pragma once
#include <string.h>

#include <memory>
#include <string>
#include <vector>

#include "core/kernel.h"
#include "core/request_lines.h"
#include "verdicts.h"

namespace gatewire {

inline bool operator==(const RequestLines& a, const RequestLines& b) { return memcmp(&a, &b, sizeof a) == 0; }
inline bool operator==(const VarRecord& a, const VarRecord& b) { return memcmp(&a, &b, sizeof a) == 0; }

}  // namespace gatewire

namespace gatewire::test {

/// Lines and fields are those of complete heads only: before, a kernel says nothing of them.
struct ReadLines {
  Verdict verdict = incomplete();
  RequestLines lines = {};
  std::vector<VarRecord> fields;

  bool operator==(const ReadLines&) const = default;
};

/// Heap blocks of just as many records as may be written, so that a sanitizer sees one more.
class FieldRecords {
 public:
  explicit FieldRecords(uint32_t count) : records_(new VarRecord[count]) {}
  VarRecord* data() { return records_.get(); }
  std::vector<VarRecord> first(uint32_t count) const { return {records_.get(), records_.get() + count}; }

 private:
  std::unique_ptr<VarRecord[]> records_;
};

inline ReadLines read_by_reference(Bytes input, const Limits& limits) {
  FieldRecords records(limits.max_field_lines);
  RequestLines lines = {};
  Verdict verdict = read_request_lines(input, limits, lines, records.data());
  if (verdict.outcome != Outcome::complete) return {verdict, {}, {}};
  return {verdict, lines, records.first(lines.field_count)};
}

/// Incomplete: not vouched for as a whole, whatever the reason.
inline ReadLines read_by_kernel(Bytes input, const Limits& limits) {
  FieldRecords records(limits.max_field_lines);
  RequestLines lines = {};
  if (!kernel().read_head(input, limits, lines, records.data())) return {};
  return {complete(), lines, records.first(lines.field_count)};
}

/// A head of which more and more comes, as those see it who read on in it. Knows all that has been read, complete or not.
class GrowingHead {
 public:
  explicit GrowingHead(const Limits& limits) : limits_(limits), records_(limits.max_field_lines) {}

  ReadLines by_reference(Bytes input) {
    Verdict verdict = read_request_lines(input, limits_, lines_, records_.data());
    return {verdict, lines_, records_.first(lines_.field_count)};
  }
  /// As far as the kernel vouches for lines.
  ReadLines by_kernel(Bytes input) {
    bool whole = kernel().read_head(input, limits_, lines_, records_.data());
    return {whole ? complete() : incomplete(), lines_, records_.first(lines_.field_count)};
  }
  ReadLines by_both(Bytes input) {
    ReadLines read = by_kernel(input);
    return read.verdict.outcome == Outcome::complete ? read : by_reference(input);
  }

 private:
  Limits limits_;
  FieldRecords records_;
  RequestLines lines_ = {};
};

inline std::string shown(const ReadLines& read) {
  const RequestLines& lines = read.lines;
  std::string text = shown(read.verdict);
  for (uint32_t word : {lines.line, lines.scanned, lines.field_count, lines.method, lines.method_end, lines.target_end, lines.minor}) {
    text += " " + std::to_string(word);
  }
  for (const VarRecord& field : read.fields) {
    text += " [" + std::to_string(field.key) + "+" + std::to_string(field.key_length) + ": " + std::to_string(field.value) + "-" +
            std::to_string(field.value_end) + "]";
  }
  return text;
}

}  // namespace gatewire::test
