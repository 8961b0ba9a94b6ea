// What each instruction set offers: one table of functions each.
#pragma once
#include <cstddef>
#include <cstdint>
#include "attention-operands.h"
#include "parallel.h"

namespace codex {

/** Normalization of rows [rows, width]; `bias` may be null. */
struct Norm {
  const float *x, *scale, *bias;
  float epsilon;
  size_t rows, width;
  float* y;
  /** By row; null where rows are not centred. */
  float* means;
  /** By row: 1/√(mean square + epsilon). */
  float* inverses;
};

/** Its gradient; `added`, which is added to dx afterwards, may be null. */
struct NormGradient {
  const float *dy, *x, *scale, *means, *inverses, *added;
  size_t rows, width;
  float *dx, *dScale, *dBias;
};

/** An update by AdamW. */
struct AdamW {
  const float *parameter, *gradient, *firstMoment, *secondMoment;
  float *newParameter, *newFirstMoment, *newSecondMoment;
  /** 1 − β1, β2 and 1 − β2. */
  float firstRate, secondDecay, secondRate;
  float epsilon;
  float gradientScale, decayFactor, stepSize, inverseRootCorrection;
};

/** Rotation of x [length, batch, heads, width]. */
struct Rotary {
  const float* x;
  /** [length], or [length, batch] where each sequence has its own. */
  const int32_t* positions;
  bool positionsEach;
  /** [width / 2] */
  const float* frequencies;
  float* y;
  size_t length, batch, heads, width;
  bool interleaved;
  /** Turns the other way. */
  bool back;
};

/**
 * c [rows, columns] = alpha · a [rows, depth] · b [depth, columns] + base + bias, or gelu of that. Strides count floats.
 */
struct Product {
  size_t rows, columns, depth;
  const float* a;
  size_t aRowStride, aColumnStride;
  const float* b;
  size_t bRowStride, bColumnStride;
  float* c;
  /** Of base and beforeGelu too. */
  size_t cRowStride;
  float alpha = 1;
  /** Null for none; may be c itself, which then is added to. */
  const float* base = nullptr;
  /** [columns], or null. */
  const float* bias = nullptr;
  /** Where given, c is gelu of what is stored here. */
  float* beforeGelu = nullptr;
};

/** Attention of new tokens over what is cached of their sequences. */
struct CachedAttention {
  size_t count, batch, heads, width, capacity;
  /** Factor of the scores. */
  float scale;
  /** [count, batch, heads, width] */
  const float *q, *k, *v;
  /** [batch, heads, capacity, width] */
  float *keys, *values;
  /** [batch]: the place of each sequence's first new token. */
  const int32_t* position;
  /** Like q. */
  float* y;
};

/** Columns of a panel of narrowed weights: a cache line for each step of the depth. */
constexpr size_t narrowColumns = 64;

/** Words of a panel: a float32 scale of each column, then the weights of each step of the depth as int8. */
constexpr size_t narrowPanelWords(size_t depth) { return narrowColumns + depth * narrowColumns / 4; }

/** b [depth, columns] → panels [⌈columns / 64⌉, narrowPanelWords]. */
struct Narrowing {
  const float* b;
  size_t depth, columns, rowStride, columnStride;
  int32_t* panels;
};

/** c [rows, columns] = alpha · a [rows, depth] · what was narrowed + bias [columns] + base [rows, columns]. */
struct NarrowProduct {
  size_t rows, columns, depth;
  const float* a;
  const int32_t* panels;
  float* c;
  float alpha;
  /** Null for none; base may be c. */
  const float *bias, *base;
};

struct Kernels {
  /** `avx512`, `avx2`, `neon` or `portable`. */
  const char* instructionSet;

  void (*gelu)(const float* x, float* y, size_t size, const Parallel&);
  void (*geluGradient)(const float* dy, const float* x, float* dx, size_t size, const Parallel&);

  void (*layerNorm)(const Norm&, const Parallel&);
  void (*layerNormGradient)(const NormGradient&, const Parallel&);
  void (*rmsNorm)(const Norm&, const Parallel&);
  void (*rmsNormGradient)(const NormGradient&, const Parallel&);

  void (*swiglu)(const float* gate, const float* up, float* y, size_t size, const Parallel&);
  void (*swigluGradient)(const float* dy, const float* gate, const float* up, float* dGate, float* dUp, size_t size,
                         const Parallel&);
  void (*rotary)(const Rotary&, const Parallel&);

  void (*dropout)(const float* x, const float* added, const int32_t* key, uint32_t site, uint32_t threshold, float* y,
                  size_t size, const Parallel&);
  void (*embeddingGradient)(const float* dy, const int32_t* ids, const float* base, float* y, size_t count,
                            size_t vocabSize, size_t width, const Parallel&);
  void (*crossEntropy)(const float* logits, const int32_t* targetIds, float* losses, float* probabilities, size_t rows,
                       size_t width, const Parallel&);
  void (*crossEntropyGradient)(const float* dLosses, const float* probabilities, const int32_t* targetIds,
                               float* dLogits, size_t rows, size_t width, const Parallel&);
  void (*columnSums)(const float* x, float* y, size_t rows, size_t width, const Parallel&);
  void (*squaredSum)(const float* x, float* y, size_t size, const Parallel&);
  void (*adamw)(const AdamW&, size_t size, const Parallel&);

  void (*causalAttention)(const AttentionShape&, const AttentionInputs&, const AttentionDropout&,
                          const TimeMajor<float>& y, float* statistics, const Parallel&);
  void (*causalAttentionGradient)(const AttentionShape&, const AttentionInputs&, const AttentionDropout&,
                                  const TimeMajor<const float>& y, const TimeMajor<const float>& dy,
                                  const float* statistics, const AttentionGradients&, const Parallel&);
  void (*cachedAttention)(const CachedAttention&, const Parallel&);
  void (*gemm)(const Product&, const Parallel&);
  void (*narrow)(const Narrowing&, const Parallel&);
  void (*narrowGemm)(const NarrowProduct&, const Parallel&);
};

/** The kernels for this processor, or for the named set where it has that one too. */
const Kernels& kernels();

/** Chooses a set by name, for tests; false where this processor or library does not have it. */
bool chooseKernels(const char* instructionSet);

}  // namespace codex
