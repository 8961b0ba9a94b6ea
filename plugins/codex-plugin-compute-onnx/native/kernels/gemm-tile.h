// A tile of a matrix product: what the processor's registers hold at once.
#pragma once
#include "../vector.h"

namespace CODEX_SET {

// As many sums as the registers hold beside the operands.
#if defined(__AVX512F__)
constexpr size_t tileRows = 14;
constexpr size_t tileVectors = 2;
#elif defined(__aarch64__)
constexpr size_t tileRows = 8;
constexpr size_t tileVectors = 3;
#else
constexpr size_t tileRows = 6;
constexpr size_t tileVectors = 2;
#endif
constexpr size_t tileColumns = tileVectors * lanes;

/**
 * c [rows, columns] = alpha · a·b, plus `base` where there is one, which may be c. a and b are packed panels
 * (gemm-pack.h): for each step of the depth `rows` floats of a, and `vectors` vectors of b, whose lanes behind `columns`
 * count for nothing. Rows of c and of base are `rowStride` apart. Each element is one chain of fused multiply-adds along the depth, whatever the tile that it lies in.
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

/** The product for tiles of `rows` rows and `columns` columns, both at least 1 and within a tile's. */
inline TileProduct tileProductOf(size_t rows, size_t columns) {
  if (tileVectors > 2 && columns > 2 * lanes) return tileProduct<tileVectors, tileRows>(rows);
  return columns > lanes ? tileProduct<2, tileRows>(rows) : tileProduct<1, tileRows>(rows);
}

}  // namespace CODEX_SET
