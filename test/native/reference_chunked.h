// Chunked content read a second time, whole, with nothing but string functions and the grammar as RFC 9112 section 7.1 writes it: what is
// accepted, and what is found in it. Knows no reason to refuse.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/limits.h"

namespace gatewire::test {

struct ReferenceChunked {
  std::string content;
  std::vector<std::pair<std::string, std::string>> trailers;
  size_t size = 0;
};

class ReferenceChunkedReader {
 public:
  ReferenceChunkedReader(std::string_view input, const ChunkLimits& limits) : input_(input), rest_(input), limits_(limits) {}

  /// Nothing: not accepted, or not complete.
  std::optional<ReferenceChunked> read() {
    for (;;) {
      uint64_t size = 0;
      std::string_view line;
      if (!take_line(line) || line.size() > limits_.max_line_bytes || !read_chunk_line(line, size)) return {};
      overhead_ += line.size() + 2;
      if (overhead_ > seen_.content.size() + limits_.max_overhead_bytes) return {};
      if (size > limits_.max_content_bytes - seen_.content.size()) return {};
      if (size == 0) return read_trailers() ? std::optional(seen_) : std::nullopt;
      if (rest_.size() < 2 || rest_.size() - 2 < size || rest_.substr(size, 2) != "\r\n") return {};
      seen_.content += rest_.substr(0, size);
      rest_.remove_prefix(size + 2);
      overhead_ += 2;
      if (overhead_ > seen_.content.size() + limits_.max_overhead_bytes) return {};
    }
  }

 private:
  static constexpr const char* kTokenMarks = "!#$%&'*+-.^_`|~";
  static bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
  static bool is_token_char(char c) { return is_digit(c) || is_letter(c) || is_one_of(c, kTokenMarks); }
  static bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F); }
  static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
  static std::string_view trimmed(std::string_view text) {
    size_t first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
  }

  bool take_line(std::string_view& line) {
    size_t end = rest_.find("\r\n");
    if (end == std::string_view::npos) return false;
    line = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return true;
  }

  static size_t take_token(std::string_view& text) {
    size_t size = 0;
    while (size < text.size() && is_token_char(text[size])) size++;
    text.remove_prefix(size);
    return size;
  }
  static void skip_white_space(std::string_view& text) {
    while (!text.empty() && is_one_of(text[0], " \t")) text.remove_prefix(1);
  }
  static bool take_mark(std::string_view& text, char mark) {
    std::string_view after = text;
    skip_white_space(after);
    if (after.empty() || after[0] != mark) return false;
    after.remove_prefix(1);
    skip_white_space(after);
    text = after;
    return true;
  }
  static bool take_quoted(std::string_view& text) {
    if (text.empty() || text[0] != '"') return false;
    for (size_t i = 1; i < text.size(); i++) {
      if (text[i] == '"') {
        text.remove_prefix(i + 1);
        return true;
      }
      if (text[i] == '\\') i++;
      if (i == text.size() || !is_text(text[i])) return false;
    }
    return false;
  }

  static bool read_chunk_line(std::string_view line, uint64_t& size) {
    size_t digits = 0;
    for (; digits < line.size(); digits++) {
      char c = lower(line[digits]);
      if (!is_digit(c) && !(c >= 'a' && c <= 'f')) break;
    }
    if (digits == 0 || digits > 16) return false;
    size = std::stoull(std::string(line.substr(0, digits)), nullptr, 16);
    if (size > kMaxContentLength) return false;
    line.remove_prefix(digits);
    while (!line.empty()) {
      if (!take_mark(line, ';') || take_token(line) == 0) return false;
      if (take_mark(line, '=') && take_token(line) == 0 && !take_quoted(line)) return false;
    }
    return true;
  }

  static bool is_forbidden(std::string_view name) {
    static const std::vector<std::string> all = {
        "content-length", "transfer-encoding", "host",         "trailer", "te",    "content-encoding", "content-type", "content-range", "authorization",
        "cookie",         "set-cookie",        "cache-control", "max-forwards", "expect", "range",      "connection",   "upgrade"};
    std::string low;
    for (char c : name) low += lower(c);
    for (const std::string& forbidden : all) {
      if (low == forbidden) return true;
    }
    return low.substr(0, 3) == "if-";
  }

  bool read_trailers() {
    size_t start = rest_.size();
    for (std::string_view line; take_line(line);) {
      if (line.empty()) {
        seen_.size = input_.size() - rest_.size();
        return true;
      }
      if (start - rest_.size() > limits_.max_trailer_bytes || seen_.trailers.size() == limits_.max_trailer_lines) return false;
      size_t colon = line.find(':');
      std::string_view name = line.substr(0, colon);
      if (colon == std::string_view::npos || name.empty() || is_forbidden(name) || take_token(name) != colon) return false;
      std::string_view value = trimmed(line.substr(colon + 1));
      for (char c : value) {
        if (!is_text(c)) return false;
      }
      seen_.trailers.emplace_back(line.substr(0, colon), value);
    }
    return false;
  }

  std::string_view input_;
  std::string_view rest_;
  ChunkLimits limits_;
  size_t overhead_ = 0;
  ReferenceChunked seen_;
};

inline std::optional<ReferenceChunked> reference_chunked(std::string_view input, const ChunkLimits& limits = {}) {
  return ReferenceChunkedReader(input, limits).read();
}

}  // namespace gatewire::test
