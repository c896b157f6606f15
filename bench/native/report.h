// The figures of a run, for people and for programs. Knows nothing of how they came about.
#pragma once
#include <string>
#include <vector>

#include "corpus.h"
#include "rounds.h"

namespace gatewire::bench {

struct Row {
  std::string name;
  Times times;
};

/// The rows of one input. `refused`: contenders that did not take all of it.
struct Table {
  std::string kind;
  std::string input;
  size_t items;
  double bytes;  // of an item, on average
  std::vector<Row> rows;
  std::vector<std::string> refused;
};

void print_table(const Table& table);
/// All of them as one JSON array.
void print_json(const std::vector<Table>& tables);

}  // namespace gatewire::bench
