#include <cmath>
#include "suite.h"

namespace codex {
namespace {

struct Case {
  size_t count, batch, heads, width, capacity;
  /** The first sequence's; those of the others are further by 3 each, as far as there is room. */
  size_t position;
  /** Of q. */
  float deviation = 2;
};

struct Operands {
  Floats32 q, k, v, keys, values;
  Ints32 position;
};

Operands operandsOf(const Case& c) {
  const size_t size = c.count * c.batch * c.heads * c.width, cached = c.batch * c.heads * c.capacity * c.width;
  Operands x{noise(size, 1, c.deviation), noise(size, 2), noise(size, 3), noise(cached, 4), noise(cached, 5), Ints32(c.batch)};
  for (size_t i = 0; i < c.batch; i++) {
    x.position[i] = static_cast<int32_t>(std::min(c.position + 3 * i, c.capacity - c.count));
  }
  return x;
}

/** Tokens `from` to `to` of the new ones, all at once. */
void attend(const Case& c, const Operands& x, size_t from, size_t to, Written& out, const Kernels& kernels,
            const Parallel& parallel) {
  const size_t row = c.batch * c.heads * c.width;
  Ints32 position = x.position;
  for (int32_t& place : position) place += static_cast<int32_t>(from);
  kernels.cachedAttention({.count = to - from, .batch = c.batch, .heads = c.heads, .width = c.width,
                           .capacity = c.capacity, .scale = 0.3f, .q = x.q.data() + from * row,
                           .k = x.k.data() + from * row, .v = x.v.data() + from * row, .keys = out[1].data(),
                           .values = out[2].data(), .position = position.data(), .y = out[0].data() + from * row},
                          parallel);
}

Written start(const Operands& x) { return {Floats32(x.q.size()), x.keys, x.values}; }

Expected referenceOf(const Case& c, const Operands& x) {
  Expected out = {Floats64(x.q.size()), Floats64(x.keys.begin(), x.keys.end()),
                  Floats64(x.values.begin(), x.values.end())};
  for (size_t lane = 0; lane < c.batch * c.heads; lane++) {
    const size_t first = static_cast<size_t>(x.position[lane / c.heads]);
    const auto fresh = [&](size_t i, size_t d) { return (i * c.batch * c.heads + lane) * c.width + d; };
    const auto cached = [&](size_t t, size_t d) { return (lane * c.capacity + t) * c.width + d; };
    for (size_t i = 0; i < c.count; i++) {
      for (size_t d = 0; d < c.width; d++) {
        out[1][cached(first + i, d)] = x.k[fresh(i, d)];
        out[2][cached(first + i, d)] = x.v[fresh(i, d)];
      }
    }
    for (size_t i = 0; i < c.count; i++) {
      Floats64 weights(first + i + 1);
      double total = 0;
      for (size_t t = 0; t < weights.size(); t++) {
        for (size_t d = 0; d < c.width; d++) weights[t] += 0.3f * out[1][cached(t, d)] * x.q[fresh(i, d)];
        total += weights[t] = std::exp(weights[t]);
      }
      for (size_t t = 0; t < weights.size(); t++) {
        for (size_t d = 0; d < c.width; d++) out[0][fresh(i, d)] += weights[t] / total * out[2][cached(t, d)];
      }
    }
  }
  return out;
}

void check(Suite& suite, const Case& c) {
  const Operands x = operandsOf(c);
  const std::string title = "cached attention [" + std::to_string(c.count) + ", " + std::to_string(c.batch) + ", " +
                            std::to_string(c.heads) + ", " + std::to_string(c.width) + "] at " +
                            std::to_string(c.position) + " of " + std::to_string(c.capacity);
  suite.check(title, c.deviation > 2 ? 2e-4 : 2e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Written out = start(x);
                attend(c, x, 0, c.count, out, kernels, parallel);
                return out;
              },
              referenceOf(c, x));
  Written oneByOne = start(x);
  for (size_t i = 0; i < c.count; i++) attend(c, x, i, i + 1, oneByOne, kernels(), Parallel());
  Expected same;
  for (const Floats32& part : oneByOne) same.emplace_back(part.begin(), part.end());
  suite.check(title + ", as one by one", 0,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Written out = start(x);
                attend(c, x, 0, c.count, out, kernels, parallel);
                return out;
              },
              same);
}

}  // namespace

void checkCachedAttention(Suite& suite) {
  for (size_t width : {1, 3, 8, 16, 17, 32, 64, 67, 131}) {
    for (size_t position : {0, 1, 6, 15, 16, 33, 60}) {
      check(suite, {.count = 1, .batch = 2, .heads = 2, .width = width, .capacity = 65, .position = position});
      check(suite, {.count = 5, .batch = 1, .heads = 3, .width = width, .capacity = 65, .position = position});
    }
  }
  // Scores that no exponential of float32 holds.
  check(suite, {.count = 5, .batch = 2, .heads = 2, .width = 64, .capacity = 65, .position = 33, .deviation = 60});
  check(suite, {.count = 40, .batch = 3, .heads = 1, .width = 20, .capacity = 47, .position = 2});
}

}  // namespace codex
