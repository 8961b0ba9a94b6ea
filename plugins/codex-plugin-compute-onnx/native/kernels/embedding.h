// The gradient of a table whose rows were looked up.
#pragma once
#include <algorithm>
#include "../parallel.h"
#include "../row.h"

namespace CODEX_SET {

/** Columns that one block adds: two cache lines. */
constexpr size_t embeddingColumns = 32;
/** Elements that one block sets beforehand. */
constexpr size_t embeddingBlock = 16384;

/**
 * y[id, c] = base[id, c] + Σ dy[n, c] over the n with ids[n] = id, in the order of n; base null: from zero. Each block has
 * columns of its own, so that rows of equal ids never meet. Ids outside the table add nothing. `y` may be `base`.
 */
inline void embeddingGradient(const float* dy, const int32_t* ids, const float* base, float* y, size_t count,
                              size_t vocabSize, size_t width, const codex::Parallel& parallel) {
  if (y != base) {
    parallel.stretches(vocabSize * width, embeddingBlock, [=](size_t from, size_t to) {
      if (base) std::copy(base + from, base + to, y + from);
      else std::fill(y + from, y + to, 0.0f);
    });
  }
  parallel.stretches(width, embeddingColumns, [=](size_t from, size_t to) {
    for (size_t n = 0; n < count; n++) {
      const size_t id = static_cast<uint32_t>(ids[n]);
      if (id >= vocabSize) continue;
      float* row = y + id * width + from;
      const float* slope = dy + n * width + from;
      alongRow(to - from, [=](size_t i, auto part) { part.store(row + i, part.load(row + i) + part.load(slope + i)); });
    }
  });
}

}  // namespace CODEX_SET
