// Products of few rows, as when one token is generated: b is read once from memory, and nothing is packed.
#pragma once
#include "../parallel.h"
#include "../vector.h"
#include "scratch.h"

namespace CODEX_SET {

/** Rows of a product that is done so. */
constexpr size_t fewRows = 4;
/** Columns of a block: their sums stay in the nearest cache. */
constexpr size_t fewRowsColumns = 768;
/** Steps of the depth of a block. */
constexpr size_t fewRowsDepth = 512;
/** Rows of b that are read side by side. */
constexpr size_t fewRowsStreams = 8;

/** sums [columns] += Σ a[k] · b[k], of `streams` rows of b that lie as they are. */
template <size_t streams>
inline void addRows(const float* a, size_t aStride, const float* b, size_t bStride, float* sums, size_t columns) {
  Floats weights[streams];
  for (size_t k = 0; k < streams; k++) weights[k] = all(a[k * aStride]);
  size_t j = 0;
  for (; j + lanes <= columns; j += lanes) {
    Floats sum = load(sums + j);
    for (size_t k = 0; k < streams; k++) sum += weights[k] * load(b + k * bStride + j);
    store(sums + j, sum);
  }
  for (; j < columns; j++) {
    float sum = sums[j];
    for (size_t k = 0; k < streams; k++) sum += weights[k][0] * b[k * bStride + j];
    sums[j] = sum;
  }
}

/** Σ a[k] · b[k] of rows that lie as they are. */
inline float rowProduct(const float* a, const float* b, size_t depth) {
  Floats sums[4] = {};
  size_t k = 0;
  for (; k + 4 * lanes <= depth; k += 4 * lanes) {
    for (size_t part = 0; part < 4; part++) sums[part] += load(a + k + part * lanes) * load(b + k + part * lanes);
  }
  for (; k + lanes <= depth; k += lanes) sums[0] += load(a + k) * load(b + k);
  if (k < depth) sums[1] += loadPart(a + k, depth - k) * loadPart(b + k, depth - k);
  return sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

/** Whether a product is of a kind that `gemmOfFewRows` does: b is read along its rows or along its columns. */
inline bool isOfFewRows(const codex::Product& p) {
  if (p.rows > fewRows) return false;
  return p.bColumnStride == 1 || (p.bRowStride == 1 && p.aColumnStride == 1);
}

/** c = alpha · a·b + base + bias, or gelu of it; see codex::Product. */
inline void gemmOfFewRows(const codex::Product& p, const codex::Parallel& parallel) {
  const size_t across = (p.columns + fewRowsColumns - 1) / fewRowsColumns;
  // Along b's rows the depth is cut too, so that narrow products have work for several threads.
  const size_t down = p.bColumnStride == 1 ? std::max<size_t>(1, (p.depth + fewRowsDepth - 1) / fewRowsDepth) : 1;
  float* const sums = scratch(down * p.rows * p.columns);
  parallel.each(across * down, [&](size_t block) {
    const size_t first = block % across * fewRowsColumns, columns = std::min(fewRowsColumns, p.columns - first);
    const size_t from = block / across * fewRowsDepth;
    for (size_t row = 0; row < p.rows; row++) {
      float* own = sums + (block / across * p.rows + row) * p.columns + first;
      const float* a = p.a + row * p.aRowStride;
      if (p.bColumnStride != 1) {
        for (size_t j = 0; j < columns; j++) own[j] = rowProduct(a, p.b + (first + j) * p.bColumnStride, p.depth);
        continue;
      }
      const size_t to = std::min(p.depth, from + fewRowsDepth);
      for (size_t j = 0; j < columns; j++) own[j] = 0;
      size_t k = from;
      for (; k + fewRowsStreams <= to; k += fewRowsStreams) {
        addRows<fewRowsStreams>(a + k * p.aColumnStride, p.aColumnStride, p.b + k * p.bRowStride + first, p.bRowStride,
                                own, columns);
      }
      for (; k < to; k++) {
        addRows<1>(a + k * p.aColumnStride, p.aColumnStride, p.b + k * p.bRowStride + first, p.bRowStride, own, columns);
      }
    }
  });
  for (size_t row = 0; row < p.rows; row++) {
    for (size_t j = 0; j < p.columns; j++) {
      float sum = 0;
      for (size_t part = 0; part < down; part++) sum += sums[(part * p.rows + row) * p.columns + j];
      const size_t at = row * p.cRowStride + j;
      p.c[at] = p.alpha * sum + (p.base ? p.base[at] : 0);
    }
  }
}

}  // namespace CODEX_SET
