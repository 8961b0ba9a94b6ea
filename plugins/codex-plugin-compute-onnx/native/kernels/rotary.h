// Rotary position embedding and its gradient.
#pragma once
#include <cmath>
#include "../kernels.h"
#include "../row.h"
#include "scratch.h"

namespace CODEX_SET {

/**
 * Turns pairs of elements of each head by the token's position times the pair's frequency, or back: the gradient. A
 * pair is (i, i + width/2), or (2i, 2i + 1) where they are interleaved. Angles are products of float32 numbers, as in
 * Llama; their sines are taken in double precision.
 *
 * @source Su et al., RoFormer, equation 34
 */
inline void rotary(const codex::Rotary& given, const codex::Parallel& parallel) {
  const codex::Rotary r = given;
  const size_t half = r.width / 2;
  const size_t token = r.heads * r.width;
  // Sequences that share a position share its sines.
  const size_t alike = r.positionsEach ? 1 : r.batch;
  parallel.each(r.length * r.batch / alike, [=](size_t block) {
    float* cosines = scratch<float, 1>(2 * half);
    float* sines = cosines + half;
    for (size_t i = 0; i < half; i++) {
      const float angle = static_cast<float>(r.positions[block]) * r.frequencies[i];
      cosines[i] = static_cast<float>(std::cos(static_cast<double>(angle)));
      sines[i] = static_cast<float>(std::sin(static_cast<double>(angle)));
      if (r.back) sines[i] = -sines[i];
    }
    for (size_t head = 0; head < alike * r.heads; head++) {
      const float* x = r.x + block * alike * token + head * r.width;
      float* y = r.y + block * alike * token + head * r.width;
      if (r.interleaved) {
        for (size_t i = 0; i < half; i++) {
          const float first = x[2 * i], second = x[2 * i + 1];
          y[2 * i] = first * cosines[i] - second * sines[i];
          y[2 * i + 1] = second * cosines[i] + first * sines[i];
        }
      } else {
        alongRow(half, [=](size_t i, auto part) {
          const Floats first = part.load(x + i), second = part.load(x + half + i);
          const Floats cosine = part.load(cosines + i), sine = part.load(sines + i);
          part.store(y + i, first * cosine - second * sine);
          part.store(y + half + i, second * cosine + first * sine);
        });
      }
    }
  });
}

}  // namespace CODEX_SET
