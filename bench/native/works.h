// What there is to measure, by the kind of input, and how items are written down that consist of parts.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "corpus.h"
#include "work.h"

namespace gatewire::bench {

/// Those of one kind; what the others are compared with first.
std::vector<std::unique_ptr<Work>> head_works(const Input& input);
std::vector<std::unique_ptr<Work>> packet_works(const Input& input);
std::vector<std::unique_ptr<Work>> chunked_works(const Input& input);
std::vector<std::unique_ptr<Work>> response_works(const Input& input);

/// Those of the input's kind. An unknown kind ends the program.
std::vector<std::unique_ptr<Work>> works_of(const Input& input);

/// A call of nothing for each item: what the loop costs.
std::unique_ptr<Work> nothing(const Input& input);

/// Ends the program when one of them does not give what it has to.
void verify(Work& work, const Input& input);

/// What stands behind each length of 16 bits, from `at` on.
std::vector<std::string> parts_of(const std::string& bytes, size_t at);

}  // namespace gatewire::bench
