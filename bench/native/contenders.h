// Parsers of others, from shared objects. See contender.h for what these export.
#pragma once
#include <memory>
#include <string>

#include "contender.h"
#include "corpus.h"
#include "work.h"

namespace gatewire::bench {

typedef int ParseHead(char* bytes, size_t length);

struct Contender {
  std::string name;
  ParseHead* parse;
};

/// Ends the program when the object cannot be loaded, or does not export what it has to. It stays loaded.
Contender load_contender(const std::string& name, const std::string& path);

/// Its work with an input of heads. It need not accept all of them.
std::unique_ptr<Work> contender_work(const Contender& contender, const Input& input);

}  // namespace gatewire::bench
