// The product of packed matrices, on one thread: what products of any size are made of.
#pragma once
#include "gemm-pack.h"

namespace CODEX_SET {

/**
 * c [rows, columns] = alpha · a·b, plus `base` where there is one, which may be c: rows of both are `rowStride` apart.
 * a and b are packed for tiles of this kind. A panel of b stays in the nearest cache while all rows pass by.
 */
template <class Tile>
inline void multiplyPacked(const float* a, const float* b, size_t rows, size_t columns, size_t depth, float* c,
                           size_t rowStride, float alpha, const float* base) {
  for (size_t column = 0; column < columns; column += Tile::columns) {
    const size_t width = std::min(Tile::columns, columns - column);
    const TileProduct whole = tileProductOf<Tile>(Tile::rows, width);
    for (size_t row = 0; row < rows; row += Tile::rows) {
      const size_t height = std::min(Tile::rows, rows - row);
      const TileProduct product = height == Tile::rows ? whole : tileProductOf<Tile>(height, width);
      const size_t at = row * rowStride + column;
      product(a + row * depth, b + column * depth, depth, c + at, rowStride, width, alpha, base ? base + at : nullptr);
    }
  }
}

}  // namespace CODEX_SET
