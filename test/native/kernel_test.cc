// Kernels: which there are, and how one is chosen. That they agree is for all other tests: check_main.cc runs each with every kernel.
#include "core/kernel.h"

#include <string.h>

#include "check.h"

namespace gatewire::test {
namespace {

TEST("scalar is always there, and the last choice") {
  uint32_t count = 0;
  while (kernel_name(count) != nullptr) count++;
  CHECK(count > 0);
  CHECK(strcmp(kernel_name(count - 1), "scalar") == 0);
}

TEST("unknown names change nothing") {
  const Kernel& before = kernel();
  for (const char* name : {"", "scala", "scalars", "Scalar", "mmx"}) CHECK(!choose_kernel(name));
  CHECK(&kernel() == &before);
}

TEST("every name can be chosen") {
  const char* before = kernel().name;
  for (uint32_t i = 0; kernel_name(i) != nullptr; i++) {
    CHECK(choose_kernel(kernel_name(i)));
    CHECK(strcmp(kernel().name, kernel_name(i)) == 0);
  }
  CHECK(choose_kernel(before));
}

}  // namespace
}  // namespace gatewire::test
