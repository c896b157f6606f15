// Choosing a kernel.
#include "kernel.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace gatewire {
namespace {

#if defined(__x86_64__)
struct Processor {
  bool avx2_and_bmi;
  bool ssse3_and_popcnt;
};

/// Asked here and not by __builtin_cpu_supports: that needs a library of the compiler's, which is not linked to on every platform.
Processor this_processor() {
  Processor processor = {};
  uint32_t a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return processor;
  processor.ssse3_and_popcnt = (c & bit_SSSE3) != 0 && (c & bit_POPCNT) != 0;
  if ((c & bit_OSXSAVE) == 0 || (c & bit_AVX) == 0) return processor;
  constexpr uint32_t kXmmAndYmm = 6;
  uint32_t kept_by_the_system, upper;
  __asm__("xgetbv" : "=a"(kept_by_the_system), "=d"(upper) : "c"(0));
  if ((kept_by_the_system & kXmmAndYmm) != kXmmAndYmm || __get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return processor;
  processor.avx2_and_bmi = (b & bit_AVX2) != 0 && (b & bit_BMI) != 0;
  return processor;
}
#endif

struct Kernels {
  const Kernel* best_first[3];
  uint32_t count;
};

Kernels usable_kernels() {
  Kernels kernels = {};
#if defined(__x86_64__)
  Processor processor = this_processor();
  if (processor.avx2_and_bmi) kernels.best_first[kernels.count++] = &kAvx2Kernel;
  if (processor.ssse3_and_popcnt) kernels.best_first[kernels.count++] = &kSsse3Kernel;
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
