// Layer normalization and root-mean-square normalization, with their gradients.
#pragma once
#include "sums.h"

namespace CODEX_SET {

/** Elements of a block of rows, about. */
constexpr size_t normBlock = 8192;

/**
 * Each row of x normalized: with its mean taken off (layer normalization) or not (root mean square).
 *
 * @source Ba et al., Layer Normalization, equation 4; Zhang and Sennrich, Root Mean Square Layer Normalization, equation 4
 */
template <bool centered>
inline void normalize(const codex::Norm& n, const codex::Parallel& parallel) {
  const codex::Norm norm = n;
  const size_t width = norm.width;
  parallel.stretches(norm.rows, std::max(size_t{1}, normBlock / width), [=](size_t from, size_t to) {
    for (size_t row = from; row < to; row++) {
      const float* x = norm.x + row * width;
      float* y = norm.y + row * width;
      Floats total{};
      if (centered) alongRow(width, [&](size_t i, auto part) { total += part.load(x + i); });
      const float mean = centered ? sum(total) / static_cast<float>(width) : 0;
      Floats squares{};
      alongRow(width, [&](size_t i, auto part) {
        Floats value = part.load(x + i, mean) - mean;
        squares += value * value;
      });
      const float inverse = 1.0f / __builtin_sqrtf(sum(squares) / static_cast<float>(width) + norm.epsilon);
      alongRow(width, [&](size_t i, auto part) {
        Floats value = (part.load(x + i) - mean) * inverse * part.load(norm.scale + i);
        part.store(y + i, norm.bias ? value + part.load(norm.bias + i) : value);
      });
      if (centered) norm.means[row] = mean;
      norm.inverses[row] = inverse;
    }
  });
}

inline void layerNorm(const codex::Norm& norm, const codex::Parallel& parallel) { normalize<true>(norm, parallel); }
inline void rmsNorm(const codex::Norm& norm, const codex::Parallel& parallel) { normalize<false>(norm, parallel); }

/**
 * With x̂ the normalized row: dx = inverse · (dy·scale − mean(dy·scale) − x̂ · mean(dy·scale·x̂)) + added, without the
 * first mean where the row was not centred; dScale = Σ dy·x̂ and dBias = Σ dy over the rows. One pass over the rows; `dx`
 * may be `dy` or `added`.
 */
template <bool centered>
inline void normalizeGradient(const codex::NormGradient& n, const codex::Parallel& parallel) {
  const codex::NormGradient norm = n;
  const size_t width = norm.width;
  const size_t length = rowsOfBlock(norm.rows);
  const size_t blocks = (norm.rows + length - 1) / length;
  const size_t stride = centered ? 2 * width : width;
  float* partial = scratch<float>(blocks * stride);
  parallel.stretches(norm.rows, length, [=](size_t from, size_t to) {
    float* dScale = partial + from / length * stride;
    float* dBias = dScale + width;
    std::fill_n(dScale, stride, 0.0f);
    for (size_t row = from; row < to; row++) {
      const float* x = norm.x + row * width;
      const float* dy = norm.dy + row * width;
      const float* added = norm.added ? norm.added + row * width : nullptr;
      float* dx = norm.dx + row * width;
      const float mean = centered ? norm.means[row] : 0;
      const float inverse = norm.inverses[row];
      Floats scaled{};
      Floats projected{};
      alongRow(width, [&](size_t i, auto part) {
        Floats weighted = part.load(dy + i) * part.load(norm.scale + i);
        if (centered) scaled += weighted;
        projected += weighted * ((part.load(x + i) - mean) * inverse);
      });
      const float scaledMean = centered ? sum(scaled) / static_cast<float>(width) : 0;
      const float projection = sum(projected) / static_cast<float>(width);
      alongRow(width, [&](size_t i, auto part) {
        Floats slope = part.load(dy + i);
        Floats normal = (part.load(x + i) - mean) * inverse;
        part.store(dScale + i, part.load(dScale + i) + slope * normal);
        if (centered) part.store(dBias + i, part.load(dBias + i) + slope);
        Floats inner = slope * part.load(norm.scale + i) - normal * projection;
        if (centered) inner -= scaledMean;
        inner *= inverse;
        part.store(dx + i, added ? inner + part.load(added + i) : inner);
      });
    }
  });
  addPartials(partial, blocks, stride, norm.dScale, width, parallel);
  if (centered) addPartials(partial + width, blocks, stride, norm.dBias, width, parallel);
}

inline void layerNormGradient(const codex::NormGradient& norm, const codex::Parallel& parallel) {
  normalizeGradient<true>(norm, parallel);
}
inline void rmsNormGradient(const codex::NormGradient& norm, const codex::Parallel& parallel) {
  normalizeGradient<false>(norm, parallel);
}

}  // namespace CODEX_SET
