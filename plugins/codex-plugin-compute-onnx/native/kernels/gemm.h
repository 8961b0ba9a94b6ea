// Matrix products.
#pragma once
#include "../parallel.h"
#include "gelu.h"
#include "gemm-few-rows.h"
#include "gemm-packed.h"
#include "scratch.h"

namespace CODEX_SET {

/** Steps of the depth that tiles take at once: their sums wait in c between them. Bits depend on it. */
constexpr size_t depthBlock = 384;
/** Floats of a packed operand: what does not fit is done in parts. */
constexpr size_t packedLimit = 1 << 20;
/** Floats below which packing is not worth a thread of its own. */
constexpr size_t leastPacking = 1 << 16;

inline size_t ceilingOf(size_t size, size_t step) { return (size + step - 1) / step; }

/** Steps of one pass over a tile; the whole depth is in passes of this. */
inline size_t depthStepOf(size_t depth) {
  return std::max<size_t>(1, ceilingOf(depth, std::max<size_t>(1, ceilingOf(depth, depthBlock))));
}

/** A part of the depth that is packed at once, in passes of so many steps; the last has what is left. */
struct DepthPart {
  size_t depth, depthStep;

  size_t passes() const { return std::max<size_t>(1, ceilingOf(depth, depthStep)); }
  size_t stepsOf(size_t pass) const { return std::min(depthStep, depth - pass * depthStep); }
};

/** How much of the depth, in whole steps, is packed at once where `width` rows or columns are. */
inline size_t partDepthOf(size_t depth, size_t depthStep, size_t width) {
  const size_t steps = std::max<size_t>(1, packedLimit / std::max<size_t>(1, width) / depthStep);
  return std::max<size_t>(1, std::min(depth, steps * depthStep));
}

/** What is left to do to a block of c once its sums are whole: bias, and GELU beside a copy of what it is taken of. */
inline void finishBlock(const codex::Product& p, size_t row, size_t column, size_t rows, size_t columns) {
  for (size_t i = 0; i < rows; i++) {
    const size_t at = (row + i) * p.cRowStride + column;
    for (size_t j = 0; j < columns; j += lanes) {
      const size_t here = std::min(lanes, columns - j);
      const bool whole = here == lanes;
      float* to = p.c + at + j;
      Floats x = whole ? load(to) : loadPart(to, here);
      if (p.bias) x += whole ? load(p.bias + column + j) : loadPart(p.bias + column + j, here);
      if (p.beforeGelu) {
        whole ? store(p.beforeGelu + at + j, x) : storePart(p.beforeGelu + at + j, x, here);
        x = geluOf(x);
      }
      whole ? store(to, x) : storePart(to, x, here);
    }
  }
}

/**
 * A block of c, [rows, columns] at (row, column): what `steps` of the depth from `from` on add to it, and at the depth's
 * end what is left to do. left and right are packed.
 */
template <class Tile>
inline void multiplyBlock(const codex::Product& p, const float* left, const float* right, size_t row, size_t column,
                          size_t rows, size_t columns, size_t from, size_t steps) {
  const bool finishes = (p.bias || p.beforeGelu) && from + steps >= p.depth;
  // What is finished is in the nearest cache still.
  const size_t stretch = finishes ? 4 * Tile::columns : columns;
  for (size_t j = 0; j < columns; j += stretch) {
    const size_t here = std::min(stretch, columns - j), at = row * p.cRowStride + column + j;
    const float* base = from > 0 ? p.c + at : p.base ? p.base + at : nullptr;
    multiplyPacked<Tile>(left, right + j * steps, rows, here, steps, p.c + at, p.cRowStride, p.alpha, base);
    if (finishes) finishBlock(p, row, column + j, rows, here);
  }
}

/** Operands of a product as matrices. */
inline Matrix leftOf(const codex::Product& p) { return {p.a, p.aRowStride, p.aColumnStride}; }
inline Matrix rightOf(const codex::Product& p) { return {p.b, p.bRowStride, p.bColumnStride}; }

/**
 * By blocks of rows, each of which packs its own; b is packed once before. For many rows. A block's packed part of the
 * depth stays in the second cache while panels of columns pass by.
 */
inline void gemmByRows(const codex::Product& p, const codex::Parallel& parallel) {
  using Tile = TallTile;
  constexpr size_t blockRows = 2 * Tile::rows;
  const size_t depthStep = depthStepOf(p.depth);
  const size_t partDepth = partDepthOf(p.depth, depthStep, std::min<size_t>(p.columns, 512));
  const size_t widest = std::max<size_t>(1, packedLimit / partDepth / Tile::columns) * Tile::columns;
  const size_t evenly = ceilingOf(p.columns, ceilingOf(p.columns, widest));
  const size_t partColumns = ceilingOf(evenly, Tile::columns) * Tile::columns;
  const Matrix a = leftOf(p), b = rightOf(p);
  float* const right = scratch(packedRightSize(std::min(partColumns, p.columns + lanes), partDepth));
  for (size_t column = 0; column < p.columns; column += partColumns) {
    const size_t columns = std::min(partColumns, p.columns - column);
    const size_t paddedColumns = ceilingOf(columns, lanes) * lanes;
    for (size_t from = 0; from == 0 || from < p.depth; from += partDepth) {
      const DepthPart part{std::min(partDepth, p.depth - from), depthStep};

      const size_t pieceColumns = std::max<size_t>(1, leastPacking / depthStep / Tile::columns) * Tile::columns;
      const size_t pieces = ceilingOf(columns, pieceColumns);
      parallel.each(pieces * part.passes(), [&](size_t block) {
        const size_t pass = block / pieces, first = block % pieces * pieceColumns;
        const size_t at = pass * depthStep, steps = part.stepsOf(pass);
        packRight<Tile>(b.at(from + at, column + first), std::min(pieceColumns, columns - first), steps,
                        right + at * paddedColumns + first * steps);
      });

      parallel.each(ceilingOf(p.rows, blockRows), [&](size_t block) {
        const size_t row = block * blockRows, rows = std::min(blockRows, p.rows - row);
        float* const left = scratch<float, 2>(packedLeftSize(rows, depthStep));
        for (size_t pass = 0; pass < part.passes(); pass++) {
          const size_t at = pass * depthStep, steps = part.stepsOf(pass);
          packLeft<Tile>(a.at(row, from + at), rows, steps, left);
          multiplyBlock<Tile>(p, left, right + at * paddedColumns, row, column, rows, columns, from + at, steps);
        }
      });
    }
  }
}

/** Rows of a product that is done by columns, at most: their packed part of the depth shall not be far. */
constexpr size_t mostSharedRows = 128 * TallTile::rows;

/** By blocks of columns, each of which packs its own; a is packed once before. For few rows, where b is the larger. */
inline void gemmByColumns(const codex::Product& p, const codex::Parallel& parallel) {
  using Tile = WideTile;
  constexpr size_t blockRows = 4 * Tile::rows;
  const size_t depthStep = depthStepOf(p.depth);
  const size_t partDepth = partDepthOf(p.depth, depthStep, p.rows);
  const size_t panels = ceilingOf(p.columns, Tile::columns);
  const size_t blockColumns = std::clamp<size_t>(panels / 8, 1, 4) * Tile::columns;
  const Matrix a = leftOf(p), b = rightOf(p);
  float* const left = scratch<float, 1>(packedLeftSize(p.rows, partDepth));
  for (size_t from = 0; from == 0 || from < p.depth; from += partDepth) {
    const DepthPart part{std::min(partDepth, p.depth - from), depthStep};

    const size_t pieceRows = std::max<size_t>(1, leastPacking / depthStep / Tile::rows) * Tile::rows;
    const size_t pieces = ceilingOf(p.rows, pieceRows);
    parallel.each(pieces * part.passes(), [&](size_t block) {
      const size_t pass = block / pieces, first = block % pieces * pieceRows;
      const size_t at = pass * depthStep, steps = part.stepsOf(pass);
      packLeft<Tile>(a.at(first, from + at), std::min(pieceRows, p.rows - first), steps,
                     left + at * p.rows + first * steps);
    });

    parallel.each(ceilingOf(p.columns, blockColumns), [&](size_t block) {
      const size_t column = block * blockColumns, columns = std::min(blockColumns, p.columns - column);
      float* const right = scratch<float, 2>(packedRightSize(blockColumns, depthStep));
      for (size_t pass = 0; pass < part.passes(); pass++) {
        const size_t at = pass * depthStep, steps = part.stepsOf(pass);
        packRight<Tile>(b.at(from + at, column), columns, steps, right);
        for (size_t row = 0; row < p.rows; row += blockRows) {
          const size_t rows = std::min(blockRows, p.rows - row);
          multiplyBlock<Tile>(p, left + at * p.rows + row * steps, right, row, column, rows, columns, from + at, steps);
        }
      }
    });
  }
}

/** c = alpha · a·b + base + bias, or gelu of it; see codex::Product. */
inline void gemm(const codex::Product& p, const codex::Parallel& parallel) {
  if (isOfFewRows(p)) {
    gemmOfFewRows(p, parallel);
    if (p.bias || p.beforeGelu) finishBlock(p, 0, 0, p.rows, p.columns);
  } else if (p.rows < mostSharedRows && p.rows < p.columns && p.columns > WideTile::columns) {
    gemmByColumns(p, parallel);
  } else {
    gemmByRows(p, parallel);
  }
}

}  // namespace CODEX_SET
