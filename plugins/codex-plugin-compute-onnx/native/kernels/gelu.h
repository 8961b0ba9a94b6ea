// GELU in its tanh form and its gradient.
#pragma once
#include "../parallel.h"
#include "../vector.h"

namespace CODEX_SET {

constexpr float geluSlope = 0.7978845608f;  // √(2/π)
constexpr float geluCubic = 0.044715f;
/** Elements of a block. */
constexpr size_t geluBlock = 16384;

/** w, with which gelu(x) = x · sigmoid(x·w). */
inline Floats geluWeight(Floats x) { return 2 * geluSlope * geluCubic * (x * x) + 2 * geluSlope; }

inline Floats geluOf(Floats x) { return x * sigmoid(x * geluWeight(x)); }

inline Floats geluSlopeAt(Floats x) {
  Floats w = geluWeight(x);
  Floats s = sigmoid(x * w);
  return s + x * s * (1 - s) * (3 * w - 4 * geluSlope);
}

/**
 * y[i] = gelu(x[i]).
 *
 * @source Hendrycks and Gimpel, Gaussian Error Linear Units, section 2 (the tanh approximation)
 */
inline void gelu(const float* x, float* y, size_t size, const codex::Parallel& parallel) {
  parallel.stretches(size, geluBlock, [=](size_t from, size_t to) {
    size_t i = from;
    for (; i + lanes <= to; i += lanes) store(y + i, geluOf(load(x + i)));
    if (i < to) storePart(y + i, geluOf(loadPart(x + i, to - i)), to - i);
  });
}

/** dx[i] = dy[i] · gelu′(x[i]). `dx` may be `dy`. */
inline void geluGradient(const float* dy, const float* x, float* dx, size_t size, const codex::Parallel& parallel) {
  parallel.stretches(size, geluBlock, [=](size_t from, size_t to) {
    size_t i = from;
    for (; i + lanes <= to; i += lanes) store(dx + i, load(dy + i) * geluSlopeAt(load(x + i)));
    if (i < to) storePart(dx + i, loadPart(dy + i, to - i) * geluSlopeAt(loadPart(x + i, to - i)), to - i);
  });
}

}  // namespace CODEX_SET
