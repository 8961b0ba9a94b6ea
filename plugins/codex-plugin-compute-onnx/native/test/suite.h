// Checks of kernels: against float64, on every instruction set of this processor, for any number of threads.
#pragma once
#include <functional>
#include <string>
#include <vector>
#include "../kernels.h"

namespace codex {

using Floats32 = std::vector<float>;
using Floats64 = std::vector<double>;
using Ints32 = std::vector<int32_t>;

/** Repeatable numbers in (-scale, scale). */
Floats32 noise(size_t size, uint32_t seed, float scale = 1);

/** Repeatable ids in [0, limit). */
Ints32 someIds(size_t size, int32_t limit, uint32_t seed);

/** Sizes around the widths of vectors and of blocks. */
extern const std::vector<size_t> oddSizes;

/** What a kernel wrote, output by output. */
using Written = std::vector<Floats32>;
using Expected = std::vector<Floats64>;

class Suite {
 public:
  /**
   * Runs a kernel on the caller's thread, and on 1, 2 and 4 threads: what it writes must be within `tolerance`, of the
   * largest expected value of its output, of what is expected, and the same bits every time. Tolerance 0: equal.
   */
  void check(const std::string& title, double tolerance,
             const std::function<Written(const Kernels&, const Parallel&)>& run, const Expected& expected);

  /** End the process at the first failure. */
  bool stops = false;
  size_t checks = 0;
  size_t failures = 0;

 private:
  void fail(const std::string& title, const std::string& why);
};

/** The checks of each subject; a file each. */
void checkElementwise(Suite&);
void checkNorms(Suite&);
void checkSums(Suite&);
void checkCrossEntropies(Suite&);
void checkRotary(Suite&);
void checkAttention(Suite&);
void checkCachedAttention(Suite&);
void checkGemm(Suite&);
void checkNarrow(Suite&);

}  // namespace codex
