// See contenders.h.
#include "contenders.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "own_copies.h"

namespace gatewire::bench {
namespace {

struct Parse : OwnCopies {
  Parse(const std::vector<std::string>& items, ParseHead* parse_head) : OwnCopies(items), parse(parse_head) {}
  ParseHead* parse;

  int64_t operator()(const Item& item) { return parse(reinterpret_cast<char*>(item.data), item.size); }
  static bool is_right(const Item&, int64_t size) { return size > 0; }
};

}  // namespace

Contender load_contender(const std::string& name, const std::string& path) {
  void* object = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  auto* parse = object == nullptr ? nullptr : reinterpret_cast<ParseHead*>(dlsym(object, "gatewire_bench_parse"));
  if (parse == nullptr) {
    fprintf(stderr, "contender %s: %s\n", name.c_str(), dlerror());
    exit(2);
  }
  return {name, parse};
}

std::unique_ptr<Work> contender_work(const Contender& contender, const Input& input) {
  return work_of(contender.name, Parse(input.items, contender.parse));
}

}  // namespace gatewire::bench
