// The inputs of one run, from the file that bench/native/corpus.mjs has written of bench/inputs: there is one corpus for all benchmarks.
// Knows nothing of what is measured.
#pragma once
#include <string>
#include <vector>

namespace gatewire::bench {

struct Input {
  std::string kind;  // "head", "packet", "chunked", "response"
  std::string name;
  std::vector<std::string> items;
};

/// Ends the program when the file cannot be read, or is not of the format.
std::vector<Input> read_corpus(const char* path);

}  // namespace gatewire::bench
