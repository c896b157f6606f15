// core_times CORPUS [--quick] [--json] [--kernel NAME]... [--only TEXT] [--contender NAME=PATH]...: what the entry points of the core cost, in
// nanoseconds. `npm run bench:native` builds it, writes the corpus and runs it; see there for the options.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contenders.h"
#include "core/kernel.h"
#include "report.h"
#include "works.h"

using namespace gatewire;
using namespace gatewire::bench;

namespace {

constexpr Effort kThorough = {301, 250e3};
constexpr Effort kQuick = {3, 5e3};

struct Options {
  const char* corpus = nullptr;
  bool quick = false;
  bool json = false;
  std::string only;
  std::vector<std::string> kernels;
  std::vector<Contender> contenders;
};

[[noreturn]] void give_up(const std::string& what) {
  fprintf(stderr, "%s\n", what.c_str());
  exit(2);
}

std::string known_kernels() {
  std::string names;
  for (uint32_t i = 0; kernel_name(i) != nullptr; i++) names += std::string(i == 0 ? "" : ", ") + kernel_name(i);
  return names;
}

Options read_options(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; i++) {
    std::string argument = arguments[i];
    auto value = [&] { return i + 1 < count ? std::string(arguments[++i]) : (give_up(argument + " needs a value"), std::string()); };
    if (argument == "--quick") {
      options.quick = true;
    } else if (argument == "--json") {
      options.json = true;
    } else if (argument == "--only") {
      options.only = value();
    } else if (argument == "--kernel") {
      options.kernels.push_back(value());
      if (!choose_kernel(options.kernels.back().c_str())) give_up("This build on this processor has the kernels " + known_kernels());
    } else if (argument == "--contender") {
      std::string text = value();
      size_t equals = text.find('=');
      if (equals == std::string::npos || equals == 0) give_up("--contender NAME=PATH, not " + text);
      options.contenders.push_back(load_contender(text.substr(0, equals), text.substr(equals + 1)));
    } else if (options.corpus == nullptr) {
      options.corpus = arguments[i];
    } else {
      give_up("what is " + argument + "?");
    }
  }
  if (options.corpus == nullptr) give_up("core_times CORPUS [options]: npm run bench:native knows the corpus");
  if (options.kernels.empty()) options.kernels.push_back(kernel_name(0));
  return options;
}

double average_size(const Input& input) {
  double bytes = 0;
  for (const std::string& item : input.items) bytes += static_cast<double>(item.size());
  return bytes / static_cast<double>(input.items.size());
}

/// All that there is to measure with one input: the core by each kernel, then the contenders that accept it.
Table measure(const Input& input, const Options& options) {
  Table table = {input.kind, input.name, input.items.size(), average_size(input), {}, {}};
  std::vector<std::unique_ptr<Work>> works;
  std::vector<Runner> runners;
  for (const std::string& kernel : options.kernels) {
    auto choose = [kernel] { choose_kernel(kernel.c_str()); };
    choose();
    for (std::unique_ptr<Work>& work : works_of(input)) {
      verify(*work, input);
      runners.push_back({work->name() + (options.kernels.size() > 1 ? ", " + kernel : ""), work.get(), choose});
      works.push_back(std::move(work));
    }
  }
  for (const Contender& contender : options.contenders) {
    if (input.kind != "head") continue;
    works.push_back(contender_work(contender, input));
    if (works.back()->first_failure() < works.back()->count()) {
      table.refused.push_back(contender.name);
    } else {
      runners.push_back({contender.name, works.back().get(), [] {}});
    }
  }
  works.push_back(nothing(input));
  runners.push_back({"nothing", works.back().get(), [] {}});
  std::vector<Times> times = take_times(runners, options.quick ? kQuick : kThorough);
  for (size_t i = 0; i < runners.size(); i++) table.rows.push_back({runners[i].name, times[i]});
  return table;
}

}  // namespace

int main(int count, char** arguments) {
  Options options = read_options(count, arguments);
  std::vector<Table> tables;
  for (const Input& input : read_corpus(options.corpus)) {
    if ((input.kind + ": " + input.name).find(options.only) == std::string::npos) continue;
    tables.push_back(measure(input, options));
    if (!options.json) print_table(tables.back());
  }
  if (tables.empty()) give_up("no input has '" + options.only + "' in its name");
  if (options.json) print_json(tables);
  return 0;
}
