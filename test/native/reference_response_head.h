// The lines of a complete response head, cut a second time with nothing but string functions: for comparing what was accepted. It takes
// for granted that the head is well-formed and judges nothing.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatewire::test {

struct ReferenceHead {
  std::string status;  // "200"
  std::string reason;
  std::vector<std::pair<std::string, std::string>> fields;  // without Status
  size_t size = 0;     // with the blank line
};

inline std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  return lower;
}

inline std::string without_ows(std::string_view text) {
  size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

inline ReferenceHead reference_response_head(std::string_view input) {
  ReferenceHead head;
  auto take_status = [&](std::string_view text) {
    if (!head.status.empty()) return;  // said twice; the first one counts
    head.status = text.substr(0, 3);
    head.reason = text.size() > 4 ? text.substr(4) : "";
  };
  std::string_view rest = input;
  for (;;) {
    size_t end = rest.find("\r\n");
    std::string_view line = rest.substr(0, end);
    bool first = rest.size() == input.size();
    rest.remove_prefix(end + 2);
    if (line.empty()) break;
    size_t colon = line.find(':');
    if (first && line.substr(0, 5) == "HTTP/") {
      take_status(line.substr(9));
    } else if (lower_case(line.substr(0, colon)) == "status") {
      take_status(without_ows(line.substr(colon + 1)));
    } else {
      head.fields.emplace_back(line.substr(0, colon), without_ows(line.substr(colon + 1)));
    }
  }
  head.size = input.size() - rest.size();
  return head;
}

}  // namespace gatewire::test
