// core_counts CORPUS KERNEL | --compiler | --kernels: calls each entry point of the core with each input where callgrind can count it.
// `npm run bench:instructions` builds it, runs it under valgrind and reads what that writes: one profile for each line `ENTRY / INPUT` that is
// printed here, with that line as its name. What is counted is count_pass and everything that it calls: one pass over the input.
#include <stdio.h>
#include <valgrind/callgrind.h>

#include "core/kernel.h"
#include "works.h"

using namespace gatewire;
using namespace gatewire::bench;

namespace {

// What this was built by, as in the names of the records.
#if defined(__clang__)
constexpr const char* kCompiler = "clang";
constexpr int kVersion[] = {__clang_major__, __clang_minor__, __clang_patchlevel__};
#else
constexpr const char* kCompiler = "gcc";
constexpr int kVersion[] = {__GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__};
#endif
#if defined(__x86_64__)
constexpr const char* kMachine = "x86_64";
#elif defined(__aarch64__)
constexpr const char* kMachine = "aarch64";
#else
constexpr const char* kMachine = "other";
#endif

/// Shapes are known, and entered their table, after so many.
constexpr int kWarmPasses = 3;

}  // namespace

/// Named to callgrind, which counts from its first instruction to its last one.
extern "C" __attribute__((noinline)) void count_pass(Work* work) {
  work->pass();
  escape(work);  // and so there is something behind the call, which has to return here
}

namespace {

void count(Work& work, const Input& input) {
  verify(work, input);
  for (int i = 0; i < kWarmPasses; i++) work.pass();
  count_pass(&work);
  std::string name = work.name() + " / " + input.name;
  printf("%s\n", name.c_str());
  CALLGRIND_DUMP_STATS_AT(name.c_str());
}

}  // namespace

int main(int argument_count, char** arguments) {
  std::string first = argument_count > 1 ? arguments[1] : "";
  if (first == "--compiler") {
    printf("%s-%d.%d.%d-%s\n", kCompiler, kVersion[0], kVersion[1], kVersion[2], kMachine);
    return 0;
  }
  if (first == "--kernels") {
    for (uint32_t i = 0; kernel_name(i) != nullptr; i++) printf("%s\n", kernel_name(i));
    return 0;
  }
  if (argument_count != 3 || !choose_kernel(arguments[2])) {
    fprintf(stderr, "core_counts CORPUS KERNEL: npm run bench:instructions knows both\n");
    return 2;
  }
  for (const Input& input : read_corpus(arguments[1])) {
    for (const std::unique_ptr<Work>& work : works_of(input)) {
      if (work->of_core()) count(*work, input);
    }
  }
  Input one = {"", "one item", {""}};
  count(*nothing(one), one);  // the loop, which is part of every count
  return 0;
}
