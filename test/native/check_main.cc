// Runs the tests of one program, or those whose name contains the first argument, once with each kernel that this processor runs. Fails
// when a check does, or when a test checks nothing.
#include "check.h"
#include "core/kernel.h"

#include <string.h>

int main(int argc, char** argv) {
  using namespace gatewire::test;
  using gatewire::choose_kernel;
  using gatewire::kernel_name;
  uint64_t run = 0;
  for (uint32_t i = 0; const char* kernel = kernel_name(i); i++) {
    choose_kernel(kernel);
    for (const Test& test : tests()) {
      if (argc > 1 && strstr(test.name, argv[1]) == nullptr) continue;
      Doing doing(test.name);
      Counters before = counters;
      test.run();
      run++;
      if (counters.checks == before.checks) fail(__FILE__, __LINE__, "the test checks nothing");
      if (counters.failures > before.failures) fprintf(stderr, "FAILED with kernel %s: %s\n", kernel, test.name);
    }
  }
  printf("%llu tests, %llu checks, %llu failures\n", static_cast<unsigned long long>(run),
         static_cast<unsigned long long>(counters.checks), static_cast<unsigned long long>(counters.failures));
  return run > 0 && counters.failures == 0 ? 0 : 1;
}
