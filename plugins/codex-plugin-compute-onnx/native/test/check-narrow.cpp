#include <cmath>
#include <cstring>
#include <limits>
#include "suite.h"

namespace codex {
namespace {

struct Case {
  size_t rows, columns, depth;
  bool isTransposed = false, hasBias = false, hasBase = false;
  float alpha = 1;
};

size_t panelsOf(size_t columns) { return (columns + narrowColumns - 1) / narrowColumns; }

Ints32 narrowed(const Case& c, const Floats32& b, const Kernels& kernels, const Parallel& parallel) {
  Ints32 panels(panelsOf(c.columns) * narrowPanelWords(c.depth));
  kernels.narrow({.b = b.data(), .depth = c.depth, .columns = c.columns, .rowStride = c.isTransposed ? 1 : c.columns,
                  .columnStride = c.isTransposed ? c.depth : 1, .panels = panels.data()},
                 parallel);
  return panels;
}

/** What panels hold, [depth][columns]. */
Floats32 widened(const Case& c, const Ints32& panels) {
  Floats32 b(c.depth * c.columns);
  for (size_t j = 0; j < c.columns; j++) {
    const int32_t* words = panels.data() + j / narrowColumns * narrowPanelWords(c.depth);
    float scale;
    std::memcpy(&scale, words + j % narrowColumns, sizeof(scale));
    const auto* bytes = reinterpret_cast<const int8_t*>(words + narrowColumns);
    for (size_t k = 0; k < c.depth; k++) {
      b[k * c.columns + j] = scale * static_cast<float>(bytes[k * narrowColumns + j % narrowColumns]);
    }
  }
  return b;
}

void check(Suite& suite, const Case& c) {
  const Floats32 a = noise(c.rows * c.depth, 1), b = noise(c.depth * c.columns, 2, 3), bias = noise(c.columns, 3),
                 base = noise(c.rows * c.columns, 4);
  const auto at = [&](size_t k, size_t j) { return c.isTransposed ? b[j * c.depth + k] : b[k * c.columns + j]; };
  // A weight moves by half a step at the most; a step is the column's largest magnitude over 127.
  Floats64 largest(c.columns);
  for (size_t j = 0; j < c.columns; j++) {
    for (size_t k = 0; k < c.depth; k++) largest[j] = std::max(largest[j], std::fabs(static_cast<double>(at(k, j))));
  }
  const std::string title = "narrow " + std::to_string(c.rows) + "×" + std::to_string(c.columns) + "×" +
                            std::to_string(c.depth) + (c.isTransposed ? " transposed" : "");
  suite.check(title + ", steps off", 0.5001,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 off = widened(c, narrowed(c, b, kernels, parallel));
                for (size_t k = 0; k < c.depth; k++) {
                  for (size_t j = 0; j < c.columns; j++) {
                    float& x = off[k * c.columns + j];
                    x = static_cast<float>(1 + (x - at(k, j)) / (largest[j] / 127));
                  }
                }
                return Written{off};
              },
              Expected{Floats64(c.depth * c.columns, 1)});

  const Ints32 panels = narrowed(c, b, kernels(), Parallel());
  const Floats32 wide = widened(c, panels);
  Floats64 y(c.rows * c.columns);
  for (size_t i = 0; i < c.rows; i++) {
    for (size_t j = 0; j < c.columns; j++) {
      double sum = 0;
      for (size_t k = 0; k < c.depth; k++) sum += static_cast<double>(a[i * c.depth + k]) * wide[k * c.columns + j];
      const size_t place = i * c.columns + j;
      y[place] = c.alpha * sum + (c.hasBias ? bias[j] : 0) + (c.hasBase ? base[place] : 0);
    }
  }
  suite.check(title + ", product", 2e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 out = base;
                kernels.narrowGemm({.rows = c.rows, .columns = c.columns, .depth = c.depth, .a = a.data(),
                                    .panels = panels.data(), .c = out.data(), .alpha = c.alpha,
                                    .bias = c.hasBias ? bias.data() : nullptr,
                                    .base = c.hasBase ? out.data() : nullptr},
                                   parallel);
                return Written{out};
              },
              Expected{y});
}

/** Columns of zeros, of what is not finite and of denormals are zeros; their neighbours are as ever. */
void checkExtremes(Suite& suite) {
  const Case c = {.rows = 1, .columns = 6, .depth = 2};
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const Floats32 b = {0, infinity, nan, 1e-42f, -127, 1e30f, 0, 1, 2, 0, 64, -1e30f};
  suite.check("narrow extremes", 1e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                const Floats32 wide = widened(c, narrowed(c, b, kernels, parallel));
                return Written{{wide[0], wide[1], wide[2], wide[3], wide[4], wide[6], wide[7], wide[8], wide[9], wide[10]},
                               {wide[5], wide[11]}};
              },
              Expected{{0, 0, 0, 0, -127, 0, 0, 2, 0, 64}, {1e30, -1e30}});
}

}  // namespace

void checkNarrow(Suite& suite) {
  for (bool isTransposed : {false, true}) {
    for (size_t size : {1, 3, 16, 17, 63, 64, 65, 130}) {
      check(suite, {.rows = 1, .columns = size, .depth = size + 2, .isTransposed = isTransposed, .hasBias = true});
    }
    check(suite, {.rows = 3, .columns = 200, .depth = 67, .isTransposed = isTransposed, .hasBase = true, .alpha = -2});
  }
  check(suite, {.rows = 1, .columns = 700, .depth = 900, .hasBias = true, .hasBase = true});
  checkExtremes(suite);
}

}  // namespace codex
