// Which instruction set is used: the best that both this library and this processor have.
#include <cstring>
#include "kernels.h"

#if defined(CODEX_HAS_PORTABLE)
namespace codex_portable {
extern const codex::Kernels table;
}
#endif
#if defined(CODEX_HAS_NEON)
namespace codex_neon {
extern const codex::Kernels table;
}
#endif
#if defined(CODEX_HAS_AVX2)
namespace codex_avx2 {
extern const codex::Kernels table;
}
#endif
#if defined(CODEX_HAS_AVX512)
namespace codex_avx512 {
extern const codex::Kernels table;
}
#endif

namespace codex {
namespace {

const Kernels* chosen = nullptr;

bool isSupported([[maybe_unused]] const Kernels& kernels) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!std::strcmp(kernels.instructionSet, "avx2")) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }
  if (!std::strcmp(kernels.instructionSet, "avx512")) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  }
#endif
  return true;
}

/** Best first. */
const Kernels* const known[] = {
#if defined(CODEX_HAS_AVX512)
    &codex_avx512::table,
#endif
#if defined(CODEX_HAS_AVX2)
    &codex_avx2::table,
#endif
#if defined(CODEX_HAS_NEON)
    &codex_neon::table,
#endif
#if defined(CODEX_HAS_PORTABLE)
    &codex_portable::table,
#endif
};

}  // namespace

bool chooseKernels(const char* instructionSet) {
  for (const Kernels* kernels : known) {
    if (*instructionSet && std::strcmp(kernels->instructionSet, instructionSet)) continue;
    if (!isSupported(*kernels)) continue;
    chosen = kernels;
    return true;
  }
  return false;
}

const Kernels& kernels() {
  if (!chosen) chooseKernels("");
  return *chosen;
}

}  // namespace codex
