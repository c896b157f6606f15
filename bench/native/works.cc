// See works.h.
#include "works.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/bytes.h"
#include "own_copies.h"

namespace gatewire::bench {
namespace {

struct Nothing : OwnCopies {
  using OwnCopies::OwnCopies;
  int64_t operator()(const Item& item) { return static_cast<int64_t>(item.size); }
  static bool is_right(const Item&, int64_t) { return true; }
};

[[noreturn]] void give_up(const std::string& what) {
  fprintf(stderr, "%s\n", what.c_str());
  exit(2);
}

}  // namespace

std::vector<std::unique_ptr<Work>> works_of(const Input& input) {
  if (input.kind == "head") return head_works(input);
  if (input.kind == "packet") return packet_works(input);
  if (input.kind == "chunked") return chunked_works(input);
  if (input.kind == "response") return response_works(input);
  give_up("nothing takes inputs of the kind " + input.kind);
}

std::unique_ptr<Work> nothing(const Input& input) { return work_of("nothing", Nothing(input.items)); }

void verify(Work& work, const Input& input) {
  size_t failure = work.first_failure();
  if (failure == work.count()) return;
  give_up(work.name() + " does not take item " + std::to_string(failure) + " of '" + input.name + "' as it should");
}

std::vector<std::string> parts_of(const std::string& bytes, size_t at) {
  std::vector<std::string> parts;
  while (bytes.size() - at >= 2) {
    size_t length = load16(reinterpret_cast<const uint8_t*>(bytes.data()) + at);
    parts.push_back(bytes.substr(at + 2, length));
    at += 2 + length;
  }
  return parts;
}

}  // namespace gatewire::bench
