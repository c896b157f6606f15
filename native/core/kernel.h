// What instruction sets make faster, behind function pointers. Every kernel gives the same results; the scalar one is the reference, and
// compilers make of its 16-byte blocks what the machine has at least (SSE2, NEON). One kernel is chosen for the process.
#pragma once
#include "bytes.h"
#include "head_index.h"
#include "limits.h"
#include "request_lines.h"
#include "shape_table.h"

namespace gatewire {

/// Bytes of a length in a block or an array.
constexpr size_t kLengthBytes = 2;

/// Where a walk over a block has come to, and how many variables it has found.
struct Walk {
  size_t at;
  uint32_t count;
};

struct Kernel {
  const char* name;
  /// Walks on as long as the block goes the way of `shape`, up to `max_vars` variables, and stops before the first variable that needs a
  /// closer look: another key, the end of shape or block, a length that does not fit, less than a slot to read. Refuses nothing.
  Walk (*follow_shape)(Bytes input, size_t end, const Shape& shape, uint32_t max_vars, VarRecord* vars, Walk walk);
  /// Whether the `count` keys are those of `shape`, each and no more.
  bool (*same_keys)(Bytes input, const VarRecord* keys, uint32_t count, const Shape& shape);
  /// find_name of each key.
  void (*find_names)(Bytes input, const VarRecord* keys, uint32_t count, NameId* ids);
  /// find_field_name of each name, all of them tokens. False: one of them has a "_".
  bool (*find_field_names)(Bytes input, const VarRecord* names, uint32_t count, NameId* ids);
  /// Reads on in a head as read_request_lines would, from what `lines` says on, as long as it can vouch for lines. True: the head is complete.
  /// False: the rest is for read_request_lines, and nothing is said of the reason; `fields` may have been written behind what `lines` says.
  bool (*read_head)(Bytes input, const Limits& limits, RequestLines& lines, VarRecord* fields);
};

/// Null until the kernel is asked for. All threads share it, and each would choose the same.
extern const Kernel* kernel_in_use;
const Kernel& choose_best_kernel();

/// The kernel in use: the best one that this processor runs, unless another was chosen.
GATEWIRE_INLINE const Kernel& kernel() { return __builtin_expect(kernel_in_use != nullptr, 1) ? *kernel_in_use : choose_best_kernel(); }

/// Chooses a kernel by name. False, and nothing changes, when this build has none of that name or this processor does not run it.
bool choose_kernel(const char* name);

/// Name of kernel number `i` of those that can be chosen, best first; null behind the last one.
const char* kernel_name(uint32_t i);

extern const Kernel kScalarKernel;
#if defined(__x86_64__)
extern const Kernel kAvx2Kernel;
extern const Kernel kSsse3Kernel;
#elif defined(__aarch64__)
extern const Kernel kNeonKernel;
#elif defined(__wasm_simd128__)
extern const Kernel kSimd128Kernel;
#endif

}  // namespace gatewire
