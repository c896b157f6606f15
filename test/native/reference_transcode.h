// The packet of a request head, put together a second time from names and values, to compare the core with. Shares no code with it.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reference_environ.h"

namespace gatewire::test {

/// Variables to replace, each name once; no value: the variable is left out.
using Replacing = std::vector<std::pair<std::string, std::optional<std::string>>>;

inline Pairs reference_vars_of(const ReferenceEnviron& environ, const Pairs& constants, const Replacing& replacing) {
  Pairs all = environ.request_line;
  all.insert(all.end(), constants.begin(), constants.end());
  all.insert(all.end(), environ.fields.begin(), environ.fields.end());
  Pairs vars;
  for (const auto& [name, value] : all) {
    auto replaced = std::find_if(replacing.begin(), replacing.end(), [&, &name = name](const auto& pair) { return pair.first == name; });
    if (replaced == replacing.end()) vars.emplace_back(name, value);
    else if (replaced->second) vars.emplace_back(name, *replaced->second);
  }
  for (const auto& [name, value] : replacing) {
    bool there = std::any_of(all.begin(), all.end(), [&, &name = name](const auto& pair) { return pair.first == name; });
    if (!there && value) vars.emplace_back(name, *value);
  }
  return vars;
}

}  // namespace gatewire::test
