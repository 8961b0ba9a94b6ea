// Products of few rows, as when a token or a few are generated: b is read once from memory, and nothing is packed.
#pragma once
#include "../parallel.h"
#include "../vector.h"
#include "scratch.h"

namespace CODEX_SET {

/** Rows of a product that is done so. */
constexpr size_t fewRows = 8;
/** Columns of a block: their sums stay in the nearest cache. */
constexpr size_t fewRowsColumns = 768;
/** Steps of the depth of a block. */
constexpr size_t fewRowsDepth = 512;
/** Rows of b that are read side by side. */
constexpr size_t fewRowsStreams = 8;

// Rows of a that meet a column of b at once: the registers hold four vectors of sums of each.
#if defined(__AVX512F__)
constexpr size_t rowsAtOnce = 5;
#elif defined(__AVX2__)
constexpr size_t rowsAtOnce = 3;
#else
constexpr size_t rowsAtOnce = 2;
#endif

/** Rows of a, and where their sums go. A row's bits are the same whatever rows are beside it. */
struct FewRows {
  const float* a;
  size_t rowStride, columnStride;
  float* sums;
  size_t sumsStride;

  FewRows from(size_t row) const {
    return {a + row * rowStride, rowStride, columnStride, sums + row * sumsStride, sumsStride};
  }
};

/** sums [rows][columns] += Σ a[row][k] · b[k], of `streams` rows of b that lie as they are. */
template <size_t rows, size_t streams>
inline void addRows(const FewRows& x, const float* b, size_t bStride, size_t columns) {
  float factors[rows][streams];
  for (size_t row = 0; row < rows; row++) {
    for (size_t k = 0; k < streams; k++) factors[row][k] = x.a[row * x.rowStride + k * x.columnStride];
  }
  size_t j = 0;
  for (; j + lanes <= columns; j += lanes) {
    Floats right[streams];
#pragma GCC unroll 8
    for (size_t k = 0; k < streams; k++) {
      right[k] = load(b + k * bStride + j);
      __builtin_prefetch(b + (k + streams) * bStride + j);
    }
#pragma GCC unroll 8
    for (size_t row = 0; row < rows; row++) {
      float* const place = x.sums + row * x.sumsStride + j;
      Floats sum = load(place);
#pragma GCC unroll 8
      for (size_t k = 0; k < streams; k++) sum += factors[row][k] * right[k];
      store(place, sum);
    }
  }
  for (; j < columns; j++) {
    for (size_t row = 0; row < rows; row++) {
      float& place = x.sums[row * x.sumsStride + j];
      float sum = place;
      for (size_t k = 0; k < streams; k++) sum += factors[row][k] * b[k * bStride + j];
      place = sum;
    }
  }
}

template <size_t streams, size_t most = fewRows>
inline void addRowsOf(size_t rows, const FewRows& x, const float* b, size_t bStride, size_t columns) {
  if constexpr (most > 1) {
    if (rows < most) return addRowsOf<streams, most - 1>(rows, x, b, bStride, columns);
  }
  addRows<most, streams>(x, b, bStride, columns);
}

/** sums [rows][0] = Σ a[row][k] · b[k], of rows and a column that lie as they are. */
template <size_t rows>
inline void multiplyColumn(const FewRows& x, const float* b, size_t depth) {
  Floats sums[rows][4] = {};
  size_t k = 0;
  for (; k + 4 * lanes <= depth; k += 4 * lanes) {
#pragma GCC unroll 4
    for (size_t part = 0; part < 4; part++) {
      const Floats right = load(b + k + part * lanes);
      __builtin_prefetch(b + k + part * lanes + 1024);
#pragma GCC unroll 8
      for (size_t row = 0; row < rows; row++) sums[row][part] += load(x.a + row * x.rowStride + k + part * lanes) * right;
    }
  }
  for (; k + lanes <= depth; k += lanes) {
    const Floats right = load(b + k);
#pragma GCC unroll 8
    for (size_t row = 0; row < rows; row++) sums[row][0] += load(x.a + row * x.rowStride + k) * right;
  }
  if (k < depth) {
    const Floats right = loadPart(b + k, depth - k);
#pragma GCC unroll 8
    for (size_t row = 0; row < rows; row++) sums[row][1] += loadPart(x.a + row * x.rowStride + k, depth - k) * right;
  }
#pragma GCC unroll 8
  for (size_t row = 0; row < rows; row++) {
    x.sums[row * x.sumsStride] = sum((sums[row][0] + sums[row][1]) + (sums[row][2] + sums[row][3]));
  }
}

template <size_t most = rowsAtOnce>
inline void multiplyColumnOf(size_t rows, const FewRows& x, const float* b, size_t depth) {
  if constexpr (most > 1) {
    if (rows < most) return multiplyColumnOf<most - 1>(rows, x, b, depth);
  }
  multiplyColumn<most>(x, b, depth);
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
    const FewRows x = {p.a + from * p.aColumnStride, p.aRowStride, p.aColumnStride,
                       sums + block / across * p.rows * p.columns + first, p.columns};
    if (p.bColumnStride != 1) {
      for (size_t j = 0; j < columns; j++) {
        for (size_t row = 0; row < p.rows; row += rowsAtOnce) {
          FewRows own = x.from(row);
          own.sums += j;
          multiplyColumnOf(std::min(rowsAtOnce, p.rows - row), own, p.b + (first + j) * p.bColumnStride, p.depth);
        }
      }
      return;
    }
    for (size_t row = 0; row < p.rows; row++) std::fill_n(x.from(row).sums, columns, 0.0f);
    const size_t steps = std::min(fewRowsDepth, p.depth - std::min(p.depth, from));
    const float* const b = p.b + from * p.bRowStride + first;
    size_t k = 0;
    for (; k + fewRowsStreams <= steps; k += fewRowsStreams) {
      FewRows own = x;
      own.a += k * p.aColumnStride;
      addRowsOf<fewRowsStreams>(p.rows, own, b + k * p.bRowStride, p.bRowStride, columns);
    }
    for (; k < steps; k++) {
      FewRows own = x;
      own.a += k * p.aColumnStride;
      addRowsOf<1>(p.rows, own, b + k * p.bRowStride, p.bRowStride, columns);
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
