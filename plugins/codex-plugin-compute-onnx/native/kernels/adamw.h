// The AdamW update of a stretch of parameters.
#pragma once
#include "../kernels.h"
#include "../row.h"

namespace CODEX_SET {

/** Elements of a block. */
constexpr size_t adamwBlock = 16384;

/**
 * With g = gradient · gradientScale:
 *
 *     m = m + (1 − β1)·(g − m)
 *     v = β2·v + (1 − β2)·g²
 *     p = p·decayFactor − stepSize · m / (√v · inverseRootCorrection + ε)
 *
 * Each element by itself, and outputs may be the inputs of their name.
 *
 * @source Loshchilov and Hutter, Decoupled Weight Decay Regularization, algorithm 2
 */
inline void adamw(const codex::AdamW& given, size_t size, const codex::Parallel& parallel) {
  const codex::AdamW a = given;
  parallel.stretches(size, adamwBlock, [=](size_t from, size_t to) {
    alongRow(to - from, [=](size_t offset, auto part) {
      const size_t i = from + offset;
      const Floats g = part.load(a.gradient + i) * a.gradientScale;
      Floats m = part.load(a.firstMoment + i);
      m = m + a.firstRate * (g - m);
      const Floats v = a.secondDecay * part.load(a.secondMoment + i) + a.secondRate * (g * g);
      const Floats change = m / (squareRoot(v) * a.inverseRootCorrection + a.epsilon) * a.stepSize;
      part.store(a.newFirstMoment + i, m);
      part.store(a.newSecondMoment + i, v);
      part.store(a.newParameter + i, part.load(a.parameter + i) * a.decayFactor - change);
    });
  });
}

}  // namespace CODEX_SET
