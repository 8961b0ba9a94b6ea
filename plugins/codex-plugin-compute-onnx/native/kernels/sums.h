// Sums over columns, and of squares.
#pragma once
#include <algorithm>
#include "../kernels.h"
#include "../row.h"
#include "scratch.h"

namespace CODEX_SET {

/** Rows are summed in so many blocks at the most. */
constexpr size_t mostRowBlocks = 32;
/** Fewest rows of a block. */
constexpr size_t fewestRows = 8;
/** Columns that one block adds up. */
constexpr size_t columnBlock = 256;

/** How many rows a block takes, by the shape alone. */
inline size_t rowsOfBlock(size_t rows) { return std::max(fewestRows, (rows + mostRowBlocks - 1) / mostRowBlocks); }

/** y[c] = Σ over blocks, in order, of partial[block · stride + c]. */
inline void addPartials(const float* partial, size_t blocks, size_t stride, float* y, size_t width,
                        const codex::Parallel& parallel) {
  parallel.stretches(width, columnBlock, [=](size_t from, size_t to) {
    alongRow(to - from, [=](size_t i, auto part) {
      Floats total{};
      for (size_t block = 0; block < blocks; block++) total += part.load(partial + block * stride + from + i);
      part.store(y + from + i, total);
    });
  });
}

/** y[c] = Σ over rows of x[row, c], as gradients of biases are. */
inline void columnSums(const float* x, float* y, size_t rows, size_t width, const codex::Parallel& parallel) {
  const size_t length = rowsOfBlock(rows);
  const size_t blocks = (rows + length - 1) / length;
  float* partial = scratch<float>(blocks * width);
  parallel.stretches(rows, length, [=](size_t from, size_t to) {
    float* sums = partial + from / length * width;
    std::fill_n(sums, width, 0.0f);
    size_t row = from;
    // Four rows at a time: the sums are read and written a quarter as often.
    for (; row + 4 <= to; row += 4) {
      const float* in = x + row * width;
      alongRow(width, [=](size_t i, auto part) {
        const Floats two = part.load(in + i) + part.load(in + width + i);
        const Floats other = part.load(in + 2 * width + i) + part.load(in + 3 * width + i);
        part.store(sums + i, part.load(sums + i) + (two + other));
      });
    }
    for (; row < to; row++) {
      const float* in = x + row * width;
      alongRow(width, [=](size_t i, auto part) { part.store(sums + i, part.load(sums + i) + part.load(in + i)); });
    }
  });
  addPartials(partial, blocks, width, y, width, parallel);
}

/** Elements whose squares are added up in float32: few a lane, which keeps their digits. */
constexpr size_t squaresBlock = 1024;
/** Blocks that a thread takes at once. */
constexpr size_t squaresBlocks = 16;
/** Elements by which memory is asked for ahead: the processor alone stops at the end of a page, where a block ends. */
constexpr size_t squaresAhead = 1024;

/** y[0] = Σ x². Blocks are added up in double precision. */
inline void squaredSum(const float* x, float* y, size_t size, const codex::Parallel& parallel) {
  const size_t blocks = (size + squaresBlock - 1) / squaresBlock;
  double* partial = scratch<double>(blocks);
  parallel.stretches(blocks, squaresBlocks, [=](size_t first, size_t end) {
    for (size_t block = first; block < end; block++) {
      const size_t from = block * squaresBlock;
      Floats squares{};
      alongRow(std::min(squaresBlock, size - from), [&](size_t i, auto part) {
        __builtin_prefetch(x + from + i + squaresAhead);
        const Floats value = part.load(x + from + i);
        squares += value * value;
      });
      partial[block] = sumInDouble(squares);
    }
  });
  double total = 0;
  for (size_t block = 0; block < blocks; block++) total += partial[block];
  *y = static_cast<float>(total);
}

}  // namespace CODEX_SET
