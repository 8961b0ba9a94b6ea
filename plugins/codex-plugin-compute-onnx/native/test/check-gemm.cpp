#include <cmath>
#include "suite.h"

namespace codex {
namespace {

enum Form { plain = 0, leftTransposed = 1, rightTransposed = 2, bias = 4, base = 8, inPlace = 16, gelu = 32 };

double geluOf(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }

/** `gap`: floats between two rows of what is written, which stay as they are. */
void check(Suite& suite, size_t rows, size_t columns, size_t depth, int form, float alpha = 1, size_t gap = 0) {
  const Floats32 a = noise(rows * depth, 1), b = noise(depth * columns, 2), added = noise(columns, 3);
  const size_t stride = columns + gap, size = rows * stride - gap;
  const Floats32 start = noise(size, 4);
  Product p{};
  p.rows = rows, p.columns = columns, p.depth = depth, p.alpha = alpha, p.cRowStride = stride;
  p.a = a.data(), p.b = b.data();
  p.aRowStride = form & leftTransposed ? 1 : depth;
  p.aColumnStride = form & leftTransposed ? rows : 1;
  p.bRowStride = form & rightTransposed ? 1 : columns;
  p.bColumnStride = form & rightTransposed ? depth : 1;
  if (form & bias) p.bias = added.data();

  Floats64 y(start.begin(), start.end()), before = y;
  for (size_t i = 0; i < rows; i++) {
    for (size_t j = 0; j < columns; j++) {
      double sum = 0;
      for (size_t k = 0; k < depth; k++) {
        sum += static_cast<double>(a[i * p.aRowStride + k * p.aColumnStride]) * b[k * p.bRowStride + j * p.bColumnStride];
      }
      const size_t at = i * stride + j;
      before[at] = alpha * sum + (form & bias ? added[j] : 0) + (form & (base | inPlace) ? start[at] : 0);
      y[at] = form & gelu ? geluOf(before[at]) : before[at];
    }
  }
  const std::string title = "gemm " + std::to_string(rows) + "×" + std::to_string(columns) + "×" +
                            std::to_string(depth) + ", form " + std::to_string(form);
  suite.check(title, 2e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 c = start, kept = start;
                Product own = p;
                own.c = c.data();
                if (form & base) own.base = start.data();
                if (form & inPlace) own.base = own.c;
                if (form & gelu) own.beforeGelu = kept.data();
                kernels.gemm(own, parallel);
                return form & gelu ? Written{c, kept} : Written{c};
              },
              form & gelu ? Expected{y, before} : Expected{y});
}

/** Operands of which neither rows nor columns lie one after another. */
void checkSpread(Suite& suite, size_t rows, size_t columns, size_t depth) {
  const Floats32 a = noise(rows * depth * 6, 1), b = noise(depth * columns * 6, 2);
  Product p{};
  p.rows = rows, p.columns = columns, p.depth = depth, p.cRowStride = columns;
  p.a = a.data(), p.aRowStride = 2, p.aColumnStride = 3 * rows;
  p.b = b.data(), p.bRowStride = 3 * columns, p.bColumnStride = 2;
  Floats64 y(rows * columns);
  for (size_t i = 0; i < y.size(); i++) {
    for (size_t k = 0; k < depth; k++) {
      y[i] += static_cast<double>(a[i / columns * 2 + k * p.aColumnStride]) * b[k * p.bRowStride + i % columns * 2];
    }
  }
  suite.check("gemm of spread operands", 2e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 c(y.size());
                Product own = p;
                own.c = c.data();
                kernels.gemm(own, parallel);
                return Written{c};
              },
              {y});
}

/** Rows of a product of few rows have the bits that they have alone. */
void checkAlone(Suite& suite, size_t rows, size_t columns, size_t depth, bool isTransposed) {
  const Floats32 a = noise(rows * depth, 1), b = noise(depth * columns, 2), added = noise(columns, 3),
                 base = noise(rows * columns, 4);
  const auto multiply = [&](size_t from, size_t to, Floats32& c, const Kernels& kernels, const Parallel& parallel) {
    Product p{};
    p.rows = to - from, p.columns = columns, p.depth = depth, p.cRowStride = columns;
    p.a = a.data() + from * depth, p.aRowStride = depth, p.aColumnStride = 1;
    p.b = b.data(), p.bRowStride = isTransposed ? 1 : columns, p.bColumnStride = isTransposed ? depth : 1;
    p.bias = added.data(), p.base = base.data() + from * columns, p.c = c.data() + from * columns;
    kernels.gemm(p, parallel);
  };
  Floats32 alone(rows * columns);
  for (size_t row = 0; row < rows; row++) multiply(row, row + 1, alone, kernels(), Parallel());
  suite.check("gemm of rows as alone " + std::to_string(rows) + "×" + std::to_string(columns) + "×" +
                  std::to_string(depth) + (isTransposed ? " transposed" : ""),
              0,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 c(rows * columns);
                multiply(0, rows, c, kernels, parallel);
                return Written{c};
              },
              Expected{Floats64(alone.begin(), alone.end())});
}

}  // namespace

void checkGemm(Suite& suite) {
  // Around the sizes of tiles and vectors, in all orders of both operands.
  for (int order : {plain | 0, leftTransposed | 0, rightTransposed | 0, leftTransposed | rightTransposed}) {
    for (size_t size : {1, 3, 5, 13, 15, 17, 31, 33}) check(suite, size, size + 2, size, order | bias);
    check(suite, 57, 65, 17, order | bias | base, -2, 3);
    check(suite, 61, 1, 67, order | inPlace, 0.5);
    check(suite, 1, 67, 61, order);
  }
  // Few rows, whose depth or columns are cut.
  check(suite, 1, 801, 600, rightTransposed);
  check(suite, 1, 1601, 1100, bias);
  check(suite, 4, 770, 530, bias | inPlace, 2);
  check(suite, 4, 33, 70, leftTransposed | gelu);
  check(suite, 7, 801, 600, rightTransposed | gelu);
  for (bool isTransposed : {false, true}) {
    for (size_t rows = 2; rows <= 8; rows++) {
      checkAlone(suite, rows, 801, 67, isTransposed);
      checkAlone(suite, rows, 35, 1101, isTransposed);
    }
  }
  // Depth in several passes; more rows than are packed at once; parts of columns, and of depth by either way.
  check(suite, 59, 257, 401, gelu | bias, 1, 5);
  check(suite, 300, 130, 770, bias | base);
  check(suite, 1801, 70, 33, bias);
  check(suite, 30, 2100, 520, rightTransposed | inPlace);
  check(suite, 130, 40, 8200, leftTransposed | base | bias);
  check(suite, 40, 60, 27000, bias);
  check(suite, 24, 20, 53000, leftTransposed | base | bias);
  checkSpread(suite, 19, 37, 21);
}

}  // namespace codex
