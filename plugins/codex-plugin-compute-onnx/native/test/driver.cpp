// Runs every kernel, outside of ONNX Runtime, on the instruction sets that this processor has, or on the one named.
#include <cstdio>
#include <cstring>
#include "suite.h"

using namespace codex;

int main(int count, char** arguments) {
  size_t failures = 0, sets = 0;
  for (const char* set : {"avx512", "avx2", "neon", "portable"}) {
    if (count > 1 && std::strcmp(arguments[1], set)) continue;
    if (!chooseKernels(set)) continue;
    sets++;
    Suite suite;
    checkElementwise(suite);
    checkNorms(suite);
    checkSums(suite);
    checkCrossEntropies(suite);
    checkRotary(suite);
    checkAttention(suite);
    checkCachedAttention(suite);
    checkGemm(suite);
    checkNarrow(suite);
    std::printf("%s: %zu checks, %zu failures\n", set, suite.checks, suite.failures);
    failures += suite.failures;
  }
  return sets > 0 && failures == 0 ? 0 : 1;
}
