// A head and its cross entropy, forwards and backwards, in chunks of rows.
#pragma once
#include "kernels.h"

namespace codex {

/** Elements that a near cache holds. */
constexpr size_t nearElements = 16384;

/** Of x [rows, depth] and weight [classes, depth]: logits = x·weightᵀ. */
struct HeadCrossEntropy {
  size_t rows, classes, depth;
  const float *x, *weight;
  const int32_t* targetIds;
  /** Slope of each loss. */
  const float* dLosses;
  /** Added to dWeight; null for none, may be dWeight. */
  const float* base;
  float *losses, *dx, *dWeight;
  /** [chunkRows, classes]: the logits of a chunk, and then their gradient. */
  float* logits;
  size_t chunkRows;
};

/**
 * losses = −log softmax(logits)[target], and with d = (softmax(logits) − one-hot(target)) · dLosses: dx = d·weight,
 * dWeight = dᵀ·x + base. No more than a chunk's logits are ever held.
 */
inline void headCrossEntropy(const HeadCrossEntropy& head, const Kernels& kernels, const Parallel& parallel) {
  const size_t classes = head.classes, depth = head.depth;
  float* const d = head.logits;
  for (size_t from = 0; from < head.rows; from += head.chunkRows) {
    const size_t rows = std::min(head.chunkRows, head.rows - from);
    const float* x = head.x + from * depth;
    const int32_t* targetIds = head.targetIds + from;
    Product logits{};
    logits.rows = rows, logits.columns = classes, logits.depth = depth;
    logits.a = x, logits.aRowStride = depth, logits.aColumnStride = 1;
    logits.b = head.weight, logits.bRowStride = 1, logits.bColumnStride = depth;
    logits.c = d, logits.cRowStride = classes;
    kernels.gemm(logits, parallel);
    // A few rows at a time: their gradient finds the probabilities in the cache still.
    parallel.stretches(rows, std::max<size_t>(1, nearElements / classes), [&](size_t first, size_t end) {
      const float* dLosses = head.dLosses + from + first;
      float *const losses = head.losses + from + first, *const block = d + first * classes;
      kernels.crossEntropy(block, targetIds + first, losses, block, end - first, classes, Parallel{});
      kernels.crossEntropyGradient(dLosses, block, targetIds + first, block, end - first, classes, Parallel{});
    });
    Product dx{};
    dx.rows = rows, dx.columns = depth, dx.depth = classes;
    dx.a = d, dx.aRowStride = classes, dx.aColumnStride = 1;
    dx.b = head.weight, dx.bRowStride = depth, dx.bColumnStride = 1;
    dx.c = head.dx + from * depth, dx.cRowStride = depth;
    kernels.gemm(dx, parallel);
    Product dWeight{};
    dWeight.rows = classes, dWeight.columns = depth, dWeight.depth = rows;
    dWeight.a = d, dWeight.aRowStride = 1, dWeight.aColumnStride = classes;
    dWeight.b = x, dWeight.bRowStride = depth, dWeight.bColumnStride = 1;
    dWeight.c = head.dWeight, dWeight.cRowStride = depth;
    dWeight.base = from == 0 ? head.base : head.dWeight;
    kernels.gemm(dWeight, parallel);
  }
}

}  // namespace codex
