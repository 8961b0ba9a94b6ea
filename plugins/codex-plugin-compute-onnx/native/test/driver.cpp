// Runs every kernel, outside of ONNX Runtime, on the instruction sets that this processor has. As `driver SET SUBJECT`:
// one set and the checks of one subject, as far as the first that fails.
#include <cstdio>
#include <cstring>
#include "suite.h"

using namespace codex;

namespace {

struct Subject {
  const char* name;
  void (*check)(Suite&);
};

constexpr Subject subjects[] = {
    {"elementwise", checkElementwise},
    {"norms", checkNorms},
    {"sums", checkSums},
    {"cross-entropies", checkCrossEntropies},
    {"rotary", checkRotary},
    {"attention", checkAttention},
    {"cached-attention", checkCachedAttention},
    {"gemm", checkGemm},
    {"narrow", checkNarrow},
};

}  // namespace

int main(int count, char** arguments) {
  const char* const only = count > 2 ? arguments[1] : nullptr;
  const char* const subject = count > 2 ? arguments[2] : nullptr;
  size_t failures = 0, checks = 0;
  for (const char* set : {"avx512", "avx2", "neon", "portable"}) {
    if (only && std::strcmp(only, set)) continue;
    if (!chooseKernels(set)) continue;
    Suite suite;
    suite.stops = subject != nullptr;
    for (const Subject& each : subjects) {
      if (!subject || !std::strcmp(subject, each.name)) each.check(suite);
    }
    std::printf("%s: %zu checks, %zu failures\n", set, suite.checks, suite.failures);
    checks += suite.checks;
    failures += suite.failures;
  }
  return checks > 0 && failures == 0 ? 0 : 1;
}
