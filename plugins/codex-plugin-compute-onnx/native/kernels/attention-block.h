// Products of blocks of at most 64 × 64 that lie packed in the nearest caches, for attention.
#pragma once
#include <algorithm>
#include "../vector.h"

namespace CODEX_SET {

/** Queries and keys of a block, and floats from one row of a left operand to the next. */
constexpr size_t attentionBlock = 64;

// A tile of sums that the registers hold beside its operands.
#if defined(__AVX2__) && !defined(__AVX512F__)
constexpr size_t blockTileRows = 6;
#else
constexpr size_t blockTileRows = 8;
#endif
constexpr size_t blockTileVectors = 2;

/** How a left operand lies: an element of the depth a row (`byDepth`), or a row of the product a row (`byRow`). */
enum class Left { byDepth, byRow };

/** Steps of the depth. */
struct Depth {
  size_t from, to;
};

template <Left left, size_t rows, size_t vectors>
__attribute__((noinline)) void multiplyBlockTile(const float* a, const float* b, size_t bStride, Depth depth, float* c,
                                                 size_t cStride, bool adds) {
  Floats sums[rows][vectors];
#pragma GCC unroll 8
  for (size_t row = 0; row < rows; row++) {
#pragma GCC unroll 2
    for (size_t vector = 0; vector < vectors; vector++) {
      sums[row][vector] = adds ? load(c + row * cStride + vector * lanes) : Floats{};
    }
  }
  const float* from = left == Left::byDepth ? a + depth.from * attentionBlock : a + depth.from;
  b += depth.from * bStride;
  for (size_t k = depth.from; k < depth.to; k++) {
    Floats right[vectors];
#pragma GCC unroll 2
    for (size_t vector = 0; vector < vectors; vector++) right[vector] = load(b + vector * lanes);
#pragma GCC unroll 8
    for (size_t row = 0; row < rows; row++) {
      const Floats factor = all(left == Left::byDepth ? from[row] : from[row * attentionBlock]);
#pragma GCC unroll 2
      for (size_t vector = 0; vector < vectors; vector++) sums[row][vector] += factor * right[vector];
    }
    from += left == Left::byDepth ? attentionBlock : 1;
    b += bStride;
  }
#pragma GCC unroll 8
  for (size_t row = 0; row < rows; row++) {
#pragma GCC unroll 2
    for (size_t vector = 0; vector < vectors; vector++) store(c + row * cStride + vector * lanes, sums[row][vector]);
  }
}

template <Left left, size_t vectors, size_t most>
inline void multiplyBlockTileOf(size_t rows, const float* a, const float* b, size_t bStride, Depth depth, float* c,
                                size_t cStride, bool adds) {
  if constexpr (most > 1) {
    if (rows < most) return multiplyBlockTileOf<left, vectors, most - 1>(rows, a, b, bStride, depth, c, cStride, adds);
  }
  multiplyBlockTile<left, most, vectors>(a, b, bStride, depth, c, cStride, adds);
}

/** A right operand or a result: whole vectors a row, `stride` floats apart. */
template <class Float>
struct BlockRows {
  Float* data;
  size_t stride;
};

/**
 * c [rows, columns] = a·b, or c += a·b where `adds`; `columns` is a multiple of `lanes`. depthOf(row, rows, column,
 * columns) says which steps of the depth a tile needs; with none it is left alone. Each element is one chain of fused
 * multiply-adds along the depth, whatever the tile that it lies in.
 */
template <Left left, class DepthOf>
inline void multiplyBlock(const float* a, BlockRows<const float> b, BlockRows<float> c, size_t rows, size_t columns,
                          bool adds, const DepthOf& depthOf) {
  constexpr size_t width = blockTileVectors * lanes;
  for (size_t column = 0; column < columns; column += width) {
    const size_t tileColumns = std::min(width, columns - column);
    for (size_t row = 0; row < rows; row += blockTileRows) {
      const size_t tileRows = std::min(blockTileRows, rows - row);
      const Depth depth = depthOf(row, tileRows, column, tileColumns);
      if (depth.from >= depth.to) continue;
      const float* from = a + (left == Left::byDepth ? row : row * attentionBlock);
      const float* right = b.data + column;
      float* to = c.data + row * c.stride + column;
      if (tileColumns == width) {
        multiplyBlockTileOf<left, blockTileVectors, blockTileRows>(tileRows, from, right, b.stride, depth, to, c.stride,
                                                                   adds);
      } else {
        multiplyBlockTileOf<left, 1, blockTileRows>(tileRows, from, right, b.stride, depth, to, c.stride, adds);
      }
    }
  }
}

inline constexpr size_t wholeVectors(size_t count) { return (count + lanes - 1) / lanes * lanes; }

/** [rows, columns] → its transpose [columns, rows], rows `attentionBlock` apart; rows and columns of whole vectors. */
inline void turnBlock(BlockRows<const float> from, size_t rows, size_t columns, float* to) {
  for (size_t row = 0; row < rows; row += lanes) {
    for (size_t column = 0; column < columns; column += lanes) {
      Floats x[lanes];
#pragma GCC unroll 16
      for (size_t i = 0; i < lanes; i++) x[i] = load(from.data + (row + i) * from.stride + column);
      transpose(x);
#pragma GCC unroll 16
      for (size_t i = 0; i < lanes; i++) store(to + (column + i) * attentionBlock + row, x[i]);
    }
  }
}

}  // namespace CODEX_SET
