// Operands of a matrix product, laid out as tiles read them.
#pragma once
#include <algorithm>
#include "gemm-tile.h"

namespace CODEX_SET {

/** Rows and columns of floats, any number of floats apart. */
struct Matrix {
  const float* data;
  size_t rowStride;
  size_t columnStride;

  Matrix at(size_t row, size_t column) const {
    return {data + row * rowStride + column * columnStride, rowStride, columnStride};
  }
  Matrix transposed() const { return {data, columnStride, rowStride}; }
};

/** Floats that a panel of `count` rows or columns has for each step of the depth. */
template <size_t width, bool pads>
inline size_t panelWidth(size_t count) {
  if (count >= width) return width;
  return pads ? (count + lanes - 1) / lanes * lanes : count;
}

/** A panel whose source runs along the depth: `lanes` steps at a time are turned over. */
template <size_t width, bool pads>
inline void packAlongDepth(const float* from, size_t stride, size_t count, size_t depth, float* to) {
  const size_t step = panelWidth<width, pads>(count);
  for (size_t first = 0; first < count; first += lanes) {
    const size_t here = std::min(lanes, count - first);
    for (size_t k = 0; k < depth; k += lanes) {
      const size_t steps = std::min(lanes, depth - k);
      Floats x[lanes] = {};
      const float* source = from + first * stride + k;
      constexpr size_t most = width < lanes ? width : lanes;
      if (steps == lanes && here == most) {
#pragma GCC unroll 16
        for (size_t i = 0; i < most; i++) x[i] = load(source + i * stride);
      } else {
        for (size_t i = 0; i < here; i++) x[i] = loadPart(source + i * stride, steps);
      }
      transpose(x);
      float* target = to + k * step + first;
      if constexpr (pads) {
        for (size_t i = 0; i < steps; i++) store(target + i * step, x[i]);
      } else if (width <= lanes && 2 * width > lanes && here == width) {
        // What a store writes too much, the next step's overwrites; the last writes no more than its own.
        const size_t last = k + lanes >= depth ? steps - 1 : steps;
        for (size_t i = 0; i < last; i++) store(target + i * step, x[i]);
        if (last < steps) storePart(target + last * step, x[last], here);
      } else {
        for (size_t i = 0; i < steps; i++) storePart(target + i * step, x[i], here);
      }
    }
  }
}

/** Panels whose source runs across: rows are copied in pieces. */
template <size_t width, bool pads>
inline void packAcross(const float* from, size_t stride, size_t count, size_t depth, float* to) {
  const size_t whole = count / width, left = count % width;
  const size_t leftWidth = panelWidth<width, pads>(left);
  float* last = to + whole * width * depth;
  for (size_t k = 0; k < depth; k++) {
    const float* source = from + k * stride;
    float* target = to + k * width;
    for (size_t panel = 0; panel < whole; panel++, source += width, target += width * depth) {
      if constexpr (width % lanes == 0) {
#pragma GCC unroll 4
        for (size_t i = 0; i < width; i += lanes) store(target + i, load(source + i));
      } else {
        std::memcpy(target, source, width * sizeof(float));
      }
    }
    if (left) {
      target = last + k * leftWidth;
      for (size_t i = 0; i < left; i += lanes) {
        const size_t here = std::min(lanes, left - i);
        if (pads) store(target + i, here == lanes ? load(source + i) : loadPart(source + i, here));
        else std::memcpy(target + i, source + i, here * sizeof(float));
      }
    }
  }
}

/**
 * Lays `count` rows, each `depth` long, out in panels of `width`, each step of the depth beside
 * the last. The last panel is as narrow as its rows, or filled up with zeros to whole vectors where it `pads`.
 */
template <size_t width, bool pads>
inline void packPanels(const Matrix& source, size_t count, size_t depth, float* to) {
  if (source.rowStride == 1) return packAcross<width, pads>(source.data, source.columnStride, count, depth, to);
  for (size_t first = 0; first < count; first += width, to += width * depth) {
    const size_t here = std::min(width, count - first);
    const float* from = source.data + first * source.rowStride;
    if (source.columnStride == 1) {
      packAlongDepth<width, pads>(from, source.rowStride, here, depth, to);
      continue;
    }
    const size_t step = panelWidth<width, pads>(here);
    for (size_t k = 0; k < depth; k++) {
      for (size_t i = 0; i < step; i++) {
        to[k * step + i] = i < here ? from[i * source.rowStride + k * source.columnStride] : 0;
      }
    }
  }
}

/** Rows of a left operand [rows, depth], for `multiplyPacked` (gemm-packed.h). */
template <class Tile>
inline void packLeft(const Matrix& a, size_t rows, size_t depth, float* to) {
  packPanels<Tile::rows, false>(a, rows, depth, to);
}

/** Columns of a right operand [depth, columns], for `multiplyPacked` (gemm-packed.h). */
template <class Tile>
inline void packRight(const Matrix& b, size_t columns, size_t depth, float* to) {
  packPanels<Tile::columns, true>(b.transposed(), columns, depth, to);
}

/** Floats of room that a packed left operand needs. */
inline size_t packedLeftSize(size_t rows, size_t depth) { return rows * depth; }

/** Floats of room that a packed right operand needs. */
inline size_t packedRightSize(size_t columns, size_t depth) {
  return (columns + lanes - 1) / lanes * lanes * depth;
}

}  // namespace CODEX_SET
