#include <cmath>
#include "suite.h"

namespace codex {
namespace {

struct Case {
  size_t length, batch, heads, width;
  bool positionsEach, interleaved;
};

void check(Suite& suite, const Case& c) {
  const size_t size = c.length * c.batch * c.heads * c.width, half = c.width / 2;
  const Floats32 x = noise(size, 1);
  const Ints32 positions = someIds(c.positionsEach ? c.length * c.batch : c.length, 5000, 2);
  Floats32 frequencies(half);
  for (size_t i = 0; i < half; i++) {
    frequencies[i] = static_cast<float>(std::pow(10000.0, -2.0 * static_cast<double>(i) / static_cast<double>(c.width)));
  }
  Floats64 y(size), back(size);
  for (size_t row = 0; row < c.length * c.batch * c.heads; row++) {
    const size_t token = row / c.heads;
    const int32_t position = positions[c.positionsEach ? token : token / c.batch];
    for (size_t i = 0; i < half; i++) {
      const size_t first = row * c.width + (c.interleaved ? 2 * i : i);
      const size_t second = first + (c.interleaved ? 1 : half);
      const double angle = static_cast<float>(position) * frequencies[i];
      const double cosine = std::cos(angle), sine = std::sin(angle);
      y[first] = x[first] * cosine - x[second] * sine;
      y[second] = x[second] * cosine + x[first] * sine;
      back[first] = x[first] * cosine + x[second] * sine;
      back[second] = x[second] * cosine - x[first] * sine;
    }
  }
  for (bool isBack : {false, true}) {
    suite.check("rotary [" + std::to_string(c.length) + ", " + std::to_string(c.batch) + ", " +
                    std::to_string(c.heads) + ", " + std::to_string(c.width) + "]" +
                    (c.positionsEach ? ", positions of each" : "") + (c.interleaved ? ", interleaved" : "") +
                    (isBack ? ", back" : ""),
                1e-6,
                [&](const Kernels& kernels, const Parallel& parallel) {
                  Floats32 out = x;
                  kernels.rotary({.x = out.data(),
                                  .positions = positions.data(),
                                  .positionsEach = c.positionsEach,
                                  .frequencies = frequencies.data(),
                                  .y = out.data(),
                                  .length = c.length,
                                  .batch = c.batch,
                                  .heads = c.heads,
                                  .width = c.width,
                                  .interleaved = c.interleaved,
                                  .back = isBack},
                                 parallel);
                  return Written{out};
                },
                {isBack ? back : y});
  }
}

}  // namespace

void checkRotary(Suite& suite) {
  for (bool interleaved : {false, true}) {
    for (bool each : {false, true}) {
      check(suite, {1, 1, 1, 2, each, interleaved});
      check(suite, {3, 2, 3, 6, each, interleaved});
      check(suite, {7, 3, 2, 34, each, interleaved});
      check(suite, {5, 1, 2, 64, each, interleaved});
    }
  }
}

}  // namespace codex
