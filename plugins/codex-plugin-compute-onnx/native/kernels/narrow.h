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

/** Rows k to k + lanes − 1 of `lanes` columns; zeros outside of the matrix. */
inline void loadTile(const codex::Narrowing& x, size_t k, size_t column, Floats (&tile)[lanes]) {
  const size_t rows = std::min(lanes, x.depth - k), columns = std::min(lanes, x.columns - std::min(x.columns, column));
  const bool isTransposed = x.columnStride != 1;
  const size_t lines = isTransposed ? columns : rows, length = isTransposed ? rows : columns;
  const size_t stride = isTransposed ? x.columnStride : x.rowStride;
  const float* const from = x.b + k * x.rowStride + column * x.columnStride;
  if (lines == lanes && length == lanes) {
#pragma GCC unroll 16
    for (size_t i = 0; i < lanes; i++) tile[i] = load(from + i * stride);
  } else {
    for (size_t i = 0; i < lanes; i++) tile[i] = i < lines ? loadPart(from + i * stride, length) : Floats{};
  }
  if (isTransposed) transpose(tile);
}

/** To the nearest whole numbers; NaN to 0. */
inline Floats roundedOf(Floats x) {
  constexpr float roundToWhole = 12582912.0f;  // 1.5 · 2²³: adding it leaves no room for a fraction
  const Floats known = x == x ? x : Floats{};
  return (known + roundToWhole) - roundToWhole;
}

/**
 * Each column to int8 and one scale, the largest magnitude over 127. A column with none that is finite and above 0 counts
 * as zeros.
 */
inline void narrow(const codex::Narrowing& x, const codex::Parallel& parallel) {
  parallel.each((x.columns + narrowColumns - 1) / narrowColumns, [&x](size_t panel) {
    int32_t* const words = x.panels + panel * codex::narrowPanelWords(x.depth);
    int8_t* const bytes = reinterpret_cast<int8_t*>(words + narrowColumns);
    for (size_t j = 0; j < narrowColumns; j += lanes) {
      Floats tile[lanes];
      Floats most{};
      for (size_t k = 0; k < x.depth; k += lanes) {
        loadTile(x, k, panel * narrowColumns + j, tile);
        for (size_t i = 0; i < lanes; i++) most = greater(greater(tile[i], -tile[i]), most);
      }
      float scales[lanes], inverses[lanes];
      for (size_t lane = 0; lane < lanes; lane++) {
        const float inverse = 127 / most[lane];
        const bool isUsable = std::isfinite(inverse) && std::isfinite(most[lane]);
        inverses[lane] = isUsable ? inverse : 0;
        scales[lane] = isUsable ? most[lane] / 127 : 0;
      }
      std::memcpy(words + j, scales, sizeof(scales));
      for (size_t k = 0; k < x.depth; k += lanes) {
        loadTile(x, k, panel * narrowColumns + j, tile);
        const size_t rows = std::min(lanes, x.depth - k);
        for (size_t i = 0; i < rows; i++) {
          storeBytes(bytes + (k + i) * narrowColumns + j, roundedOf(tile[i] * load(inverses)));
        }
      }
    }
  });
}

/** Stretches of a panel that are read side by side, so that memory is busy. */
constexpr size_t narrowStreams = 4;
/** Bytes ahead of each that are asked for. */
constexpr size_t narrowAhead = 1024;

using NarrowSums = Floats[narrowColumns / lanes];

inline void addStep(float factor, const int8_t* bytes, NarrowSums& sums) {
#pragma GCC unroll 16
  for (size_t i = 0; i < narrowColumns / lanes; i++) sums[i] += factor * loadBytes(bytes + i * lanes);
}

/** One row of a product with a panel: c [columns] = alpha · scale · Σ a[k] · weight[k] + bias + base. */
inline void multiplyPanel(const codex::NarrowProduct& p, size_t row, size_t panel, const int32_t* words) {
  const float* const a = p.a + row * p.depth;
  const int8_t* const bytes = reinterpret_cast<const int8_t*>(words + narrowColumns);
  const size_t stretch = p.depth / narrowStreams;
  NarrowSums sums = {};
  for (size_t k = 0; k < stretch; k++) {
#pragma GCC unroll 4
    for (size_t stream = 0; stream < narrowStreams; stream++) {
      const size_t step = stream * stretch + k;
      __builtin_prefetch(bytes + step * narrowColumns + narrowAhead);
      addStep(a[step], bytes + step * narrowColumns, sums);
    }
  }
  for (size_t k = narrowStreams * stretch; k < p.depth; k++) addStep(a[k], bytes + k * narrowColumns, sums);
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
