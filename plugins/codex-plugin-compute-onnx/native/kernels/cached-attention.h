// Attention of a few new tokens over cached keys and values, as when text is generated.
#pragma once
#include <algorithm>
#include <limits>
#include "../parallel.h"
#include "../row.h"
#include "scratch.h"

namespace CODEX_SET {

/** q · key, lane by lane, of `count` keys that lie one after another; in the lanes behind them lies anything. */
template <size_t most>
inline Floats scoresOf(const float* q, const float* keys, size_t count, size_t width) {
  Floats sums[lanes] = {};
  alongRow(width, [&](size_t i, auto part) {
    const Floats query = part.load(q + i);
    const size_t here = most == lanes ? lanes : count;
#pragma GCC unroll 16
    for (size_t key = 0; key < here; key++) sums[key] += query * part.load(keys + key * width + i);
  });
  transpose(sums);
  Floats scores = sums[0];
  for (size_t i = 1; i < lanes; i++) scores += sums[i];
  return scores;
}

/** Scores become weights, relative to the largest; gives their sum. */
inline float takeCachedWeights(float* scores, size_t count) {
  Floats most = all(-std::numeric_limits<float>::infinity());
  alongRow(count, [&](size_t i, auto part) {
    most = greater(most, part.load(scores + i, -std::numeric_limits<float>::infinity()));
  });
  const float largestScore = largest(most);
  Floats total{};
  alongRow(count, [&](size_t i, auto part) {
    part.store(scores + i, exponential(part.load(scores + i) - largestScore));
    total += part.load(scores + i);
  });
  return sum(total);
}

/** y = factor · Σ weights[row] · values[row], of some vectors of the row. */
template <size_t vectors>
inline void addValues(const float* weights, const float* values, size_t count, size_t width, float factor, float* y) {
  Floats sums[vectors] = {};
  for (size_t row = 0; row < count; row++) {
#pragma GCC unroll 4
    for (size_t i = 0; i < vectors; i++) sums[i] += weights[row] * load(values + row * width + i * lanes);
  }
  for (size_t i = 0; i < vectors; i++) store(y + i * lanes, sums[i] * factor);
}

/**
 * New keys and values are written to their places, then each query attends to all that is cached up to its own place. What
 * a query gets depends on its place and on what is cached, not on what is asked beside it.
 */
inline void cachedAttention(const codex::CachedAttention& x, const codex::Parallel& parallel) {
  parallel.each(x.batch * x.heads, [&x](size_t block) {
    const size_t width = x.width, row = x.batch * x.heads * width;
    const size_t first = std::min(x.capacity, static_cast<size_t>(std::max(0, x.position[block / x.heads])));
    float* const keys = x.keys + block * x.capacity * width;
    float* const values = x.values + block * x.capacity * width;
    for (size_t i = 0; i < x.count && first + i < x.capacity; i++) {
      std::copy_n(x.k + i * row + block * width, width, keys + (first + i) * width);
      std::copy_n(x.v + i * row + block * width, width, values + (first + i) * width);
    }
    float* const weights = scratch<float, 3>(x.capacity + lanes);
    for (size_t i = 0; i < x.count; i++) {
      const size_t count = std::min(first + i + 1, x.capacity);
      const float* q = x.q + i * row + block * width;
      float* y = x.y + i * row + block * width;
      for (size_t key = 0; key < count; key += lanes) {
        const bool isWhole = key + lanes <= count;
        const Floats scores = isWhole ? scoresOf<lanes>(q, keys + key * width, lanes, width)
                                      : scoresOf<0>(q, keys + key * width, count - key, width);
        store(weights + key, scores * x.scale);
      }
      const float factor = 1.0f / takeCachedWeights(weights, count);
      size_t at = 0;
      for (; at + 4 * lanes <= width; at += 4 * lanes) addValues<4>(weights, values + at, count, width, factor, y + at);
      for (; at + lanes <= width; at += lanes) addValues<1>(weights, values + at, count, width, factor, y + at);
      for (; at < width; at++) {
        float sum = 0;
        for (size_t key = 0; key < count; key++) sum += weights[key] * values[key * width + at];
        y[at] = sum * factor;
      }
    }
  });
}

}  // namespace CODEX_SET
