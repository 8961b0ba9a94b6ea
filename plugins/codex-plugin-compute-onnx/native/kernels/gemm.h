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
/** Rows that a thread takes at once: few enough for many threads, enough to use well what is loaded of b. */
constexpr size_t blockRows = 4 * tileRows;
/** Floats of a packed operand: what does not fit is done in parts. */
constexpr size_t packedLimit = 1 << 20;
/** Multiplications below which a block is not worth a thread of its own. */
constexpr size_t leastWork = 4 << 20;
/** Floats below which packing is not worth a thread of its own. */
constexpr size_t leastPacking = 1 << 16;

inline size_t ceilingOf(size_t size, size_t step) { return (size + step - 1) / step; }

/** How a product is cut: by its shape alone. */
struct GemmPlan {
  /** Steps of one pass over a tile; the whole depth is in passes of this. */
  size_t depthStep;
  /** What is packed at once. */
  size_t partDepth, partColumns;
  /** Whether a is packed once for all; else each block packs its own rows, and takes all columns of the part. */
  bool sharesLeft;
  /** Columns of a block. */
  size_t blockColumns;
};

inline GemmPlan planGemm(size_t rows, size_t columns, size_t depth) {
  GemmPlan plan;
  plan.depthStep = std::max<size_t>(1, ceilingOf(depth, std::max<size_t>(1, ceilingOf(depth, depthBlock))));
  plan.sharesLeft = rows < 32 * blockRows && columns > tileColumns;
  const size_t longest = packedLimit / std::max(plan.sharesLeft ? rows : 1, std::min<size_t>(columns, 512));
  plan.partDepth = std::max<size_t>(1, std::min(depth, std::max<size_t>(1, longest / plan.depthStep) * plan.depthStep));
  const size_t widest = std::max<size_t>(1, packedLimit / plan.partDepth / tileColumns) * tileColumns;
  const size_t parts = ceilingOf(columns, widest);
  plan.partColumns = ceilingOf(ceilingOf(columns, parts), tileColumns) * tileColumns;
  plan.blockColumns = plan.partColumns;
  if (plan.sharesLeft) {
    const size_t worthwhile = leastWork / (std::min(rows, blockRows) * plan.partDepth);
    const size_t pieces = std::max<size_t>(1, plan.partColumns / std::max<size_t>(4 * tileColumns, worthwhile));
    plan.blockColumns = ceilingOf(ceilingOf(plan.partColumns, pieces), tileColumns) * tileColumns;
  }
  return plan;
}

/** Columns that are finished while they are in the nearest cache. */
constexpr size_t finishedColumns = 4 * tileColumns;

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

/** c = alpha · a·b + base + bias, or gelu of it; see codex::Product. */
inline void gemm(const codex::Product& p, const codex::Parallel& parallel) {
  if (isOfFewRows(p)) {
    gemmOfFewRows(p, parallel);
    if (p.bias || p.beforeGelu) finishBlock(p, 0, 0, p.rows, p.columns);
    return;
  }
  const GemmPlan plan = planGemm(p.rows, p.columns, p.depth);
  const Matrix a{p.a, p.aRowStride, p.aColumnStride}, b{p.b, p.bRowStride, p.bColumnStride};
  const size_t down = ceilingOf(p.rows, blockRows);
  float* const right = scratch(packedRightSize(std::min(plan.partColumns, p.columns + lanes), plan.partDepth));
  float* const sharedLeft = plan.sharesLeft ? scratch<float, 1>(packedLeftSize(p.rows, plan.partDepth)) : nullptr;
  for (size_t column = 0; column < p.columns; column += plan.partColumns) {
    const size_t columns = std::min(plan.partColumns, p.columns - column);
    const size_t paddedColumns = ceilingOf(columns, lanes) * lanes;
    for (size_t from = 0; from == 0 || from < p.depth; from += plan.partDepth) {
      const size_t depth = std::min(plan.partDepth, p.depth - from);
      const size_t passes = std::max<size_t>(1, ceilingOf(depth, plan.depthStep));
      const auto passDepth = [&](size_t pass) { return std::min(plan.depthStep, depth - pass * plan.depthStep); };

      // Packed, pass after pass.
      const bool packsLeft = plan.sharesLeft && (column == 0 || plan.partDepth < p.depth);
      const size_t rightStep = std::max<size_t>(1, leastPacking / plan.depthStep / tileColumns) * tileColumns;
      const size_t leftStep = std::max<size_t>(1, leastPacking / plan.depthStep / tileRows) * tileRows;
      const size_t rightPieces = ceilingOf(columns, rightStep);
      const size_t leftPieces = packsLeft ? ceilingOf(p.rows, leftStep) : 0;
      parallel.each((rightPieces + leftPieces) * passes, [&](size_t block) {
        const size_t pass = block / (rightPieces + leftPieces), piece = block % (rightPieces + leftPieces);
        const size_t at = pass * plan.depthStep, steps = passDepth(pass);
        if (piece < rightPieces) {
          const size_t first = piece * rightStep;
          packRight(b.at(from + at, column + first), std::min(rightStep, columns - first), steps,
                    right + at * paddedColumns + first * steps);
        } else {
          const size_t first = (piece - rightPieces) * leftStep, rows = std::min(leftStep, p.rows - first);
          packLeft(a.at(first, from + at), rows, steps, sharedLeft + at * p.rows + first * steps);
        }
      });

      const size_t across = ceilingOf(columns, plan.blockColumns);
      parallel.each(down * across, [&](size_t block) {
        // Rows one after another, so that the columns' panels stay near.
        const size_t row = block % down * blockRows, first = block / down * plan.blockColumns;
        const size_t rows = std::min(blockRows, p.rows - row), width = std::min(plan.blockColumns, columns - first);
        float* own = plan.sharesLeft ? nullptr : scratch<float, 2>(packedLeftSize(rows, plan.depthStep));
        for (size_t pass = 0; pass < passes; pass++) {
          const size_t at = pass * plan.depthStep, steps = passDepth(pass);
          const float* left = plan.sharesLeft ? sharedLeft + at * p.rows + row * steps : own;
          if (own) packLeft(a.at(row, from + at), rows, steps, own);
          const bool finishes = (p.bias || p.beforeGelu) && from + at + steps >= p.depth;
          const size_t stretch = finishes ? finishedColumns : width;
          for (size_t j = 0; j < width; j += stretch) {
            const size_t here = std::min(stretch, width - j), at0 = row * p.cRowStride + column + first + j;
            const float* base = from + at > 0 ? p.c + at0 : p.base ? p.base + at0 : nullptr;
            multiplyPacked(left, right + at * paddedColumns + (first + j) * steps, rows, here, steps, p.c + at0,
                           p.cRowStride, p.alpha, base);
            if (finishes) finishBlock(p, row, column + first + j, rows, here);
          }
        }
      });
    }
  }
}

}  // namespace CODEX_SET
