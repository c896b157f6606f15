// Choosing a kernel.
#include "kernel.h"

namespace gatewire {
namespace {

struct Kernels {
  const Kernel* best_first[3];
  uint32_t count;
};

Kernels usable_kernels() {
  Kernels kernels = {};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")) kernels.best_first[kernels.count++] = &kAvx2Kernel;
  if (__builtin_cpu_supports("ssse3") && __builtin_cpu_supports("popcnt")) kernels.best_first[kernels.count++] = &kSsse3Kernel;
#elif defined(__aarch64__)
  kernels.best_first[kernels.count++] = &kNeonKernel;  // which all of these processors have
#elif defined(__wasm_simd128__)
  kernels.best_first[kernels.count++] = &kSimd128Kernel;  // or the module would not have been loaded
#endif
  kernels.best_first[kernels.count++] = &kScalarKernel;
  return kernels;
}

bool equal_text(const char* a, const char* b) {
  while (*a != 0 && *a == *b) {
    a++;
    b++;
  }
  return *a == *b;
}

}  // namespace

const Kernel* kernel_in_use = nullptr;

const Kernel& choose_best_kernel() { return *(kernel_in_use = usable_kernels().best_first[0]); }

bool choose_kernel(const char* name) {
  Kernels kernels = usable_kernels();
  for (uint32_t i = 0; i < kernels.count; i++) {
    if (!equal_text(kernels.best_first[i]->name, name)) continue;
    kernel_in_use = kernels.best_first[i];
    return true;
  }
  return false;
}

const char* kernel_name(uint32_t i) {
  Kernels kernels = usable_kernels();
  return i < kernels.count ? kernels.best_first[i]->name : nullptr;
}

}  // namespace gatewire
