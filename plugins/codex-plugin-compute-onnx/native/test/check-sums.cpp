#include <limits>
#include "suite.h"

namespace codex {
namespace {

void checkColumnSums(Suite& suite, size_t rows, size_t width) {
  const Floats32 x = noise(rows * width, 1);
  Floats64 sums(width);
  for (size_t i = 0; i < x.size(); i++) sums[i % width] += x[i];
  suite.check("columnSums of [" + std::to_string(rows) + ", " + std::to_string(width) + "]", 3e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 out(width);
                kernels.columnSums(x.data(), out.data(), rows, width, parallel);
                return Written{out};
              },
              {sums});
}

void checkSquaredSum(Suite& suite, size_t size, float first = 1) {
  Floats32 x = noise(size, 1, 1e3f);
  x[0] = first;
  Floats64 sum(1);
  for (float value : x) sum[0] += static_cast<double>(value) * value;
  suite.check("squaredSum of " + std::to_string(size) + " from " + std::to_string(first), 5e-7,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 out(1);
                kernels.squaredSum(x.data(), out.data(), size, parallel);
                return Written{out};
              },
              {sum});
}

/** `ids` are drawn from so few that many are equal, and one lies outside of the table. */
void checkEmbedding(Suite& suite, size_t count, size_t vocabSize, size_t width, bool hasBase) {
  const Floats32 dy = noise(count * width, 1), base = noise(vocabSize * width, 2);
  Ints32 ids = someIds(count, static_cast<int32_t>(vocabSize), 3);
  if (count > 2) ids[1] = -1, ids[2] = static_cast<int32_t>(vocabSize);
  Floats64 table(vocabSize * width);
  if (hasBase) table.assign(base.begin(), base.end());
  for (size_t n = 0; n < count; n++) {
    if (ids[n] < 0 || ids[n] >= static_cast<int32_t>(vocabSize)) continue;
    for (size_t c = 0; c < width; c++) table[static_cast<size_t>(ids[n]) * width + c] += dy[n * width + c];
  }
  const std::string title = "embeddingGradient of " + std::to_string(count) + " rows of " + std::to_string(width) +
                            " among " + std::to_string(vocabSize);
  suite.check(title + (hasBase ? " onto a base" : ""), 2e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 out(vocabSize * width);
                kernels.embeddingGradient(dy.data(), ids.data(), hasBase ? base.data() : nullptr, out.data(), count,
                                          vocabSize, width, parallel);
                return Written{out};
              },
              {table});
  if (!hasBase) return;
  suite.check(title + " in place", 2e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 out = base;
                kernels.embeddingGradient(dy.data(), ids.data(), out.data(), out.data(), count, vocabSize, width,
                                          parallel);
                return Written{out};
              },
              {table});
}

}  // namespace

void checkSums(Suite& suite) {
  for (size_t width : {1, 5, 16, 17, 33, 257, 521}) {
    for (size_t rows : {1, 7, 8, 9, 67, 263}) checkColumnSums(suite, rows, width);
  }
  for (size_t size : oddSizes) checkSquaredSum(suite, size);
  checkSquaredSum(suite, 100'003);
  // Beside it each block is too little for float32, and all of them are not.
  checkSquaredSum(suite, 100'003, 1.17e8f);
  checkSquaredSum(suite, 2051, std::numeric_limits<float>::quiet_NaN());
  checkSquaredSum(suite, 2051, std::numeric_limits<float>::infinity());
  for (bool hasBase : {false, true}) {
    checkEmbedding(suite, 1, 1, 1, hasBase);
    checkEmbedding(suite, 67, 3, 7, hasBase);
    checkEmbedding(suite, 131, 11, 33, hasBase);
    checkEmbedding(suite, 257, 601, 65, hasBase);
  }
}

}  // namespace codex
