// Cross entropy of tokens and its gradient.
#pragma once
#include <limits>
#include "../parallel.h"
#include "../row.h"

namespace CODEX_SET {

/** Elements of a block of rows, about. */
constexpr size_t entropyBlock = 16384;
/** Elements of a row that are summed at once: sums of sums keep their digits where a row is long. */
constexpr size_t entropyStretch = 1024;

/**
 * p = softmax(x) along a row, which stays in a near cache for all three passes; p may be x, and is not written where
 * nobody asks for it. Gives −log p[target], taken from the logits, so that it stays exact where p[target] itself would
 * underflow. NaN for a target outside of the row.
 */
template <bool writesP>
inline float softmaxRow(const float* x, float* p, size_t width, int32_t target) {
  constexpr float lowest = -std::numeric_limits<float>::infinity();
  Floats most = all(lowest);
  alongRow(width, [&](size_t i, auto part) { most = greater(part.load(x + i, lowest), most); });
  const float highest = largest(most);
  const bool isInside = static_cast<uint32_t>(target) < width;
  const float below = isInside ? highest - x[target] : std::numeric_limits<float>::quiet_NaN();
  Floats totals{};
  for (size_t from = 0; from < width; from += entropyStretch) {
    Floats weights{};
    alongRow(std::min(entropyStretch, width - from), [&](size_t i, auto part) {
      // Lanes behind the row's end are far below every logit: they add nothing that float32 could hold.
      const Floats weight = exponential(part.load(x + from + i, lowest) - highest);
      weights += weight;
      if constexpr (writesP) part.store(p + from + i, weight);
    });
    totals += weights;
  }
  const float total = sum(totals);
  if constexpr (writesP) {
    const float inverse = 1 / total;
    alongRow(width, [&](size_t i, auto part) { part.store(p + i, part.load(p + i) * inverse); });
  }
  return below + __builtin_logf(total);
}

/**
 * losses[row] = −log softmax(logits[row])[target], in nats, and probabilities = softmax(logits), which may be `logits`,
 * or null: the losses are the same bits.
 */
inline void crossEntropy(const float* logits, const int32_t* targetIds, float* losses, float* probabilities, size_t rows,
                         size_t width, const codex::Parallel& parallel) {
  parallel.stretches(rows, std::max(size_t{1}, entropyBlock / width), [=](size_t from, size_t to) {
    for (size_t row = from; row < to; row++) {
      const float* x = logits + row * width;
      losses[row] = probabilities ? softmaxRow<true>(x, probabilities + row * width, width, targetIds[row])
                                  : softmaxRow<false>(x, nullptr, width, targetIds[row]);
    }
  });
}

/** dLogits = (probabilities − one-hot(target)) · dLosses, row by row; dLogits may be `probabilities`. */
inline void crossEntropyGradient(const float* dLosses, const float* probabilities, const int32_t* targetIds,
                                 float* dLogits, size_t rows, size_t width, const codex::Parallel& parallel) {
  parallel.stretches(rows, std::max(size_t{1}, entropyBlock / width), [=](size_t from, size_t to) {
    for (size_t row = from; row < to; row++) {
      const float* p = probabilities + row * width;
      float* d = dLogits + row * width;
      const auto target = static_cast<uint32_t>(targetIds[row]);
      const float slope = dLosses[row];
      const float atTarget = target < width ? (p[target] - 1) * slope : 0;
      alongRow(width, [=](size_t i, auto part) { part.store(d + i, part.load(p + i) * slope); });
      if (target < width) d[target] = atTarget;
    }
  });
}

}  // namespace CODEX_SET
