// See report.h.
#include "report.h"

#include <stdio.h>

#include <algorithm>

namespace gatewire::bench {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return out + "\"";
}

}  // namespace

void print_table(const Table& table) {
  std::string title = table.kind + ": " + table.input;
  size_t width = std::max<size_t>(title.size(), 36);
  for (const Row& row : table.rows) width = std::max(width, row.name.size());
  printf("\n%-*s  %9s  %9s  %9s  %9s\n", static_cast<int>(width), title.c_str(), "minimum", "10th perc", "median", "of first");
  for (const Row& row : table.rows) {
    const Times& times = row.times;
    printf("%-*s  %9.1f  %9.1f  %9.1f  %8.2fx\n", static_cast<int>(width), row.name.c_str(), times.minimum, times.tenth, times.median,
           times.against_first);
  }
  for (const std::string& name : table.refused) printf("%s does not accept it\n", name.c_str());
  fflush(stdout);
}

void print_json(const std::vector<Table>& tables) {
  const char* separator = "[";
  for (const Table& table : tables) {
    for (const Row& row : table.rows) {
      printf("%s\n  {\"kind\": %s, \"input\": %s, \"items\": %zu, \"bytes\": %.1f, \"name\": %s, \"minimumNs\": %.2f, \"tenthNs\": %.2f, "
             "\"medianNs\": %.2f, \"againstFirst\": %.4g}",
             separator, quoted(table.kind).c_str(), quoted(table.input).c_str(), table.items, table.bytes, quoted(row.name).c_str(),
             row.times.minimum, row.times.tenth, row.times.median, row.times.against_first);
      separator = ",";
    }
  }
  printf("%s\n]\n", tables.empty() ? "[" : "");
}

}  // namespace gatewire::bench
