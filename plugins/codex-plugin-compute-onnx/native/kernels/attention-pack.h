// Rows of a head brought together: operands lie heads and sequences apart, where a cache holds few of them at once.
#pragma once
#include "../attention-operands.h"
#include "attention-block.h"

namespace CODEX_SET {

/** Which head of which sequence. */
struct Head {
  size_t sequence, head;

  Head(size_t index, const codex::AttentionShape& shape) : sequence(index / shape.heads), head(index % shape.heads) {}

  template <class Float>
  Float* of(const codex::TimeMajor<Float>& x, const codex::AttentionShape& shape) const {
    return x.data + sequence * x.batchStride + head * shape.width;
  }
};

/**
 * Packs rows of x times `factor` into [whole vectors of count, whole vectors of width]; what is behind a row or the last
 * row is zero.
 */
inline void packRows(const float* x, size_t stride, size_t count, size_t width, float factor, float* to) {
  const size_t packed = wholeVectors(width);
  for (size_t row = 0; row < count; row++, x += stride, to += packed) {
    size_t i = 0;
    for (; i + lanes <= width; i += lanes) store(to + i, factor * load(x + i));
    if (i < width) store(to + i, factor * loadPart(x + i, width - i));
  }
  std::memset(to, 0, (wholeVectors(count) - count) * packed * sizeof(float));
}

/** Writes packed rows times `factor` back; each row may have a factor of its own instead. */
inline void unpackRows(const float* from, size_t count, size_t width, float factor, const float* factors, float* x,
                       size_t stride) {
  const size_t packed = wholeVectors(width);
  for (size_t row = 0; row < count; row++, x += stride, from += packed) {
    const float scaled = factors ? factors[row] : factor;
    size_t i = 0;
    for (; i + lanes <= width; i += lanes) store(x + i, scaled * load(from + i));
    if (i < width) storePart(x + i, scaled * load(from + i), width - i);
  }
}

/** Sums of the products of two packed matrices' rows. */
inline void rowProducts(const float* a, const float* b, size_t count, size_t packed, float* sums) {
  for (size_t row = 0; row < count; row++, a += packed, b += packed) {
    Floats total{};
    for (size_t i = 0; i < packed; i += lanes) total += load(a + i) * load(b + i);
    sums[row] = sum(total);
  }
}

/** The smallest and the largest segment of a block. */
struct SegmentRange {
  int32_t least, most;

  SegmentRange(const int32_t* ids, size_t count) : least(ids[0]), most(ids[0]) {
    for (size_t i = 1; i < count; i++) {
      least = std::min(least, ids[i]);
      most = std::max(most, ids[i]);
    }
  }
  bool meets(const SegmentRange& other) const { return least <= other.most && other.least <= most; }
};

}  // namespace CODEX_SET
