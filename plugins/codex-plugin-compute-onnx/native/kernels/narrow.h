// Weights narrowed to int8, and products of few rows with them: a quarter of the memory is read.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>
#include "../parallel.h"
#include "../vector.h"

namespace CODEX_SET {

using codex::narrowColumns;

/** Bytes of a panel that are worth a thread of its own. */
constexpr size_t narrowBlock = 1 << 16;

/** x, which is within ±127, to the nearest whole number; NaN to 0. */
inline int8_t nearestByte(float x) {
  const float bounded = x > 127 ? 127 : x >= -127 ? x : x < -127 ? -127 : 0;
  return static_cast<int8_t>(static_cast<int32_t>(bounded + (bounded < 0 ? -0.5f : 0.5f)));
}

/**
 * Each column to int8 and one scale, the largest magnitude over 127. A column with none that is finite and above 0 counts
 * as zeros.
 */
inline void narrow(const codex::Narrowing& x, const codex::Parallel& parallel) {
  parallel.each((x.columns + narrowColumns - 1) / narrowColumns, [&x](size_t panel) {
    int32_t* const words = x.panels + panel * codex::narrowPanelWords(x.depth);
    const size_t first = panel * narrowColumns, columns = std::min(narrowColumns, x.columns - first);
    const float* const from = x.b + first * x.columnStride;
    float scales[narrowColumns] = {}, inverses[narrowColumns] = {};
    for (size_t k = 0; k < x.depth; k++) {
      for (size_t j = 0; j < columns; j++) {
        scales[j] = std::max(scales[j], std::fabs(from[k * x.rowStride + j * x.columnStride]));
      }
    }
    for (size_t j = 0; j < columns; j++) {
      const float inverse = 127 / scales[j];
      const bool isUsable = std::isfinite(inverse) && std::isfinite(scales[j]);
      inverses[j] = isUsable ? inverse : 0;
      scales[j] = isUsable ? scales[j] / 127 : 0;
    }
    std::memcpy(words, scales, sizeof(scales));
    int8_t* const bytes = reinterpret_cast<int8_t*>(words + narrowColumns);
    for (size_t k = 0; k < x.depth; k++) {
      for (size_t j = 0; j < narrowColumns; j++) {
        bytes[k * narrowColumns + j] =
            j < columns ? nearestByte(from[k * x.rowStride + j * x.columnStride] * inverses[j]) : int8_t{0};
      }
    }
  });
}

/** One row of a product with a panel: c [columns] = alpha · scale · Σ a[k] · weight[k] + bias + base. */
inline void multiplyPanel(const codex::NarrowProduct& p, size_t row, size_t panel, const int32_t* words) {
  const float* const a = p.a + row * p.depth;
  const int8_t* const bytes = reinterpret_cast<const int8_t*>(words + narrowColumns);
  Floats sums[narrowColumns / lanes] = {};
  for (size_t k = 0; k < p.depth; k++) {
    const Floats factor = all(a[k]);
#pragma GCC unroll 16
    for (size_t i = 0; i < narrowColumns / lanes; i++) sums[i] += factor * loadBytes(bytes + k * narrowColumns + i * lanes);
  }
  const size_t first = panel * narrowColumns, columns = std::min(narrowColumns, p.columns - first);
  float scales[narrowColumns];
  std::memcpy(scales, words, sizeof(scales));
  for (size_t i = 0; i * lanes < columns; i++) {
    const size_t j = i * lanes, here = std::min(lanes, columns - j), at = row * p.columns + first + j;
    const auto part = [=](const float* from) { return here == lanes ? load(from) : loadPart(from, here); };
    Floats x = sums[i] * load(scales + j) * p.alpha;
    if (p.bias) x += part(p.bias + first + j);
    if (p.base) x += part(p.base + at);
    here == lanes ? store(p.c + at, x) : storePart(p.c + at, x, here);
  }
}

/** c = alpha · a·b + bias + base with narrowed b; see codex::NarrowProduct. */
inline void narrowGemm(const codex::NarrowProduct& p, const codex::Parallel& parallel) {
  const size_t words = codex::narrowPanelWords(p.depth);
  const size_t step = std::max<size_t>(1, narrowBlock / (4 * words));
  parallel.stretches((p.columns + narrowColumns - 1) / narrowColumns, step, [&](size_t from, size_t to) {
    for (size_t panel = from; panel < to; panel++) {
      for (size_t row = 0; row < p.rows; row++) multiplyPanel(p, row, panel, p.panels + panel * words);
    }
  });
}

}  // namespace CODEX_SET
