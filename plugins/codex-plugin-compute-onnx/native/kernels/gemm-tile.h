// A tile of a matrix product: what the processor's registers hold at once.
#pragma once
#include "../vector.h"

namespace CODEX_SET {

/** As many sums of a product as the registers hold beside the operands. */
template <size_t mostRows, size_t mostVectors>
struct TileShape {
  static constexpr size_t rows = mostRows, vectors = mostVectors, columns = mostVectors * lanes;
};

// Products by rows pass few rows along much of b, products by columns few columns along much of a: a wide tile reads
// less of a. Of L's products by columns 9 × 3 does 3 % more a second than 14 × 2; of M's by rows, 2 % less.
#if defined(__AVX512F__)
using TallTile = TileShape<14, 2>;
using WideTile = TileShape<9, 3>;
#elif defined(__aarch64__)
using TallTile = TileShape<8, 3>;
using WideTile = TallTile;
#else
using TallTile = TileShape<6, 2>;
using WideTile = TallTile;
#endif

/** Floats by which panels are asked for ahead: they come from the second cache, and the processor alone asks too late. */
constexpr size_t aheadFloats = 512;

/**
 * c [rows, columns] = alpha · a·b, plus `base` where there is one, which may be c. a and b are packed panels
 * (gemm-pack.h): for each step of the depth `rows` floats of a, and `vectors` vectors of b, whose lanes behind `columns`
 * count for nothing. Rows of c and of base are `rowStride` apart. Each element is one chain of fused multiply-adds along
 * the depth, whatever the tile that it lies in.
 */
template <size_t rows, size_t vectors>
__attribute__((noinline)) void multiplyTile(const float* a, const float* b, size_t depth, float* c, size_t rowStride,
                                            size_t columns, float alpha, const float* base) {
  Floats sums[rows][vectors] = {};
#pragma GCC unroll 16
  for (size_t row = 0; row < rows; row++) {
    __builtin_prefetch(c + row * rowStride, 1);
    __builtin_prefetch(c + row * rowStride + columns - 1, 1);
  }
#pragma GCC unroll 4
  for (size_t k = 0; k < depth; k++) {
    Floats right[vectors];
#pragma GCC unroll 4
    for (size_t vector = 0; vector < vectors; vector++) right[vector] = load(b + vector * lanes);
#pragma GCC unroll 16
    for (size_t row = 0; row < rows; row++) {
      const Floats left = all(a[row]);
#pragma GCC unroll 4
      for (size_t vector = 0; vector < vectors; vector++) sums[row][vector] += left * right[vector];
    }
    __builtin_prefetch(a + aheadFloats);
#pragma GCC unroll 4
    for (size_t vector = 0; vector < vectors; vector++) __builtin_prefetch(b + aheadFloats + vector * lanes);
    a += rows;
    b += vectors * lanes;
  }
#pragma GCC unroll 16
  for (size_t row = 0; row < rows; row++) {
#pragma GCC unroll 4
    for (size_t vector = 0; vector < vectors; vector++) {
      const size_t at = row * rowStride + vector * lanes;
      const size_t left = columns - vector * lanes;
      const Floats product = alpha * sums[row][vector];
      if (vector + 1 < vectors || left >= lanes) {
        store(c + at, base ? load(base + at) + product : product);
      } else {
        storePart(c + at, base ? loadPart(base + at, left) + product : product, left);
      }
    }
  }
}

using TileProduct = void (*)(const float* a, const float* b, size_t depth, float* c, size_t rowStride, size_t columns,
                             float alpha, const float* base);

/** The product for tiles of up to `most` rows, by how many there are. */
template <size_t vectors, size_t most>
inline TileProduct tileProduct(size_t rows) {
  if constexpr (most > 1) {
    if (rows < most) return tileProduct<vectors, most - 1>(rows);
  }
  return multiplyTile<most, vectors>;
}

/** The product for a part of a tile, `rows` × `columns`, both at least 1. */
template <class Tile>
inline TileProduct tileProductOf(size_t rows, size_t columns) {
  if (Tile::vectors > 2 && columns > 2 * lanes) return tileProduct<Tile::vectors, Tile::rows>(rows);
  return columns > lanes ? tileProduct<2, Tile::rows>(rows) : tileProduct<1, Tile::rows>(rows);
}

}  // namespace CODEX_SET
