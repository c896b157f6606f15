// The variables of an HTTP request head that is accepted, written a second time as plainly as possible, to compare the core with: the text
// is cut at its line ends, and everything is a string. Shares no code with the core. Judges nothing.
#pragma once
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "packet_builder.h"

namespace gatewire::test {

struct ReferenceEnviron {
  Pairs request_line;  // REQUEST_METHOD to SERVER_PROTOCOL
  Pairs fields;        // HTTP_HOST, CONTENT_LENGTH, then fields as on the wire, then joined ones
};

inline std::string upper_case(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return text;
}

inline std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.pop_back();
  while (!text.empty() && (text[0] == ' ' || text[0] == '\t')) text.erase(0, 1);
  return text;
}

inline std::string percent_decoded(std::string_view text) {
  std::string decoded;
  auto digit = [&](size_t at) { return at < text.size() ? std::string_view("0123456789ABCDEF").find(upper_case(std::string(1, text[at]))[0]) : text.npos; };
  for (size_t i = 0; i < text.size(); i++) {
    bool escape = text[i] == '%' && digit(i + 1) != text.npos && digit(i + 2) != text.npos;
    decoded += escape ? static_cast<char>(digit(i + 1) * 16 + digit(i + 2)) : text[i];
    if (escape) i += 2;
  }
  return decoded;
}

/// `head`: all of an accepted head, and no more.
inline ReferenceEnviron reference_environ(std::string_view head, std::string_view mount, bool keep_underscores) {
  std::vector<std::string> lines;
  if (head.substr(0, 2) == "\r\n") head.remove_prefix(2);
  for (size_t end; (end = head.find("\r\n")) != head.npos; head.remove_prefix(end + 2)) lines.emplace_back(head.substr(0, end));

  std::string method = lines[0].substr(0, lines[0].find(' '));
  std::string version = lines[0].substr(lines[0].rfind(' ') + 1);
  std::string target = lines[0].substr(method.size() + 1, lines[0].size() - method.size() - version.size() - 2);
  std::optional<std::string> host;
  std::string rest = target;
  if (target[0] != '/' && target != "*") {
    size_t authority = target.find("://") + 3;
    size_t end = std::min(target.find_first_of("/?", authority), target.size());
    host = target.substr(authority, end - authority);
    rest = target.substr(end);
    if (rest.empty() || rest[0] == '?') rest = (method == "OPTIONS" ? "*" : "/") + rest;
  }
  size_t mark = rest.find('?');
  std::string query = mark == rest.npos ? "" : rest.substr(mark + 1);
  std::string path = percent_decoded(rest.substr(0, mark));
  path = path == "*" ? "" : path.substr(mount.size());

  std::optional<std::string> length;
  Pairs fields;
  std::vector<std::string> joined;  // names, in the order of their second lines
  std::map<std::string, std::vector<std::string>> values;
  for (size_t i = 1; i + 1 < lines.size(); i++) {
    std::string name = upper_case(lines[i].substr(0, lines[i].find(':')));
    std::string value = trimmed(lines[i].substr(name.size() + 1));
    bool underscore = name.find('_') != name.npos;
    if (name == "HOST" && !host) host = value;
    if (name == "CONTENT-LENGTH") length = value.substr(std::min(value.find_first_not_of('0'), value.size() - 1));
    if (name == "HOST" || name == "CONTENT-LENGTH" || name == "TRANSFER-ENCODING" || name == "PROXY" || (underscore && !keep_underscores)) continue;
    std::string variable = name == "CONTENT-TYPE" ? "CONTENT_TYPE" : "HTTP_" + name;
    std::replace(variable.begin(), variable.end(), '-', '_');
    if (variable == "HTTP_CONTENT_LENGTH" || variable == "HTTP_CONTENT_TYPE" || variable == "HTTP_TRANSFER_ENCODING") continue;
    fields.emplace_back(variable, value);
    values[variable].push_back(value);
    if (values[variable].size() == 2) joined.push_back(variable);
  }

  ReferenceEnviron environ;
  environ.request_line = {{"REQUEST_METHOD", method}, {"PATH_INFO", path}, {"QUERY_STRING", query}, {"REQUEST_URI", target}, {"RAW_URI", target},
                          {"SERVER_PROTOCOL", version}};
  if (host) environ.fields.emplace_back("HTTP_HOST", *host);
  if (length) environ.fields.emplace_back("CONTENT_LENGTH", *length);
  for (const auto& [name, value] : fields) {
    if (values[name].size() == 1) environ.fields.emplace_back(name, value);
  }
  for (const std::string& name : joined) {
    std::string all;
    for (const std::string& value : values[name]) all += (all.empty() && &value == &values[name][0] ? "" : name == "HTTP_COOKIE" ? "; " : ", ") + value;
    environ.fields.emplace_back(name, all);
  }
  return environ;
}

}  // namespace gatewire::test
