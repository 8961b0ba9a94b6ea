#include <cmath>
#include <limits>
#include "suite.h"

namespace codex {
namespace {

struct Case {
  size_t length, batch, heads, width;
  /** Tokens of a segment; 0: none. */
  size_t segment = 0;
  /** 0: no dropout. */
  uint32_t threshold = 0;
  /** q, k and v side by side in one tensor. */
  bool packed = false;
  /** Above 100 each weight is 0 or 1, and gradients of scores are nothing but rounding: they are not compared. */
  float deviation = 1;
};

/** Draw e of Philox4x32-10, word by word. @source Salmon et al. (SC 2011), section 4.2 */
uint32_t drawOf(uint64_t element, const int32_t* key, uint32_t site) {
  uint32_t c[4] = {static_cast<uint32_t>(element / 8), site, static_cast<uint32_t>(key[3]),
                   static_cast<uint32_t>(key[2])};
  uint32_t k[2] = {static_cast<uint32_t>(key[0]), static_cast<uint32_t>(key[1])};
  for (int round = 0; round < 10; round++) {
    const uint64_t a = uint64_t{0xd2511f53} * c[0], b = uint64_t{0xcd9e8d57} * c[2];
    const uint32_t next[4] = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(b),
                              static_cast<uint32_t>(a >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(a)};
    for (int i = 0; i < 4; i++) c[i] = next[i];
    k[0] += 0x9e3779b9u;
    k[1] += 0xbb67ae85u;
  }
  return c[element % 8 / 2] >> (element % 2 * 16) & 0xffff;
}

struct Reference {
  Floats64 y, dx;
};

/** All in float64, one query at a time; x and dx are [3][T·B][H·D], or [T·B][3][H·D] where packed. */
Reference referenceOf(const Case& c, const Floats32& x, const Floats32& dy, const Ints32& segments, const int32_t* key,
                      uint32_t site, double scale) {
  const size_t row = c.heads * c.width, rows = c.length * c.batch;
  const auto at = [&](size_t part, size_t time, size_t sequence, size_t head) {
    const size_t token = time * c.batch + sequence;
    return (c.packed ? token * 3 * row + part * row : (part * rows + token) * row) + head * c.width;
  };
  Reference reference{Floats64(rows * row), Floats64(3 * rows * row)};
  for (size_t lane = 0; lane < c.batch * c.heads; lane++) {
    const size_t sequence = lane / c.heads, head = lane % c.heads;
    for (size_t i = 0; i < c.length; i++) {
      Floats64 weights(i + 1), kept(i + 1), dKept(i + 1);
      double largest = -std::numeric_limits<double>::infinity(), total = 0, product = 0;
      const auto sees = [&](size_t j) {
        return !c.segment || segments[sequence * c.length + i] == segments[sequence * c.length + j];
      };
      for (size_t j = 0; j <= i; j++) {
        for (size_t d = 0; d < c.width; d++) {
          weights[j] += scale * x[at(0, i, sequence, head) + d] * x[at(1, j, sequence, head) + d];
        }
        if (sees(j)) largest = std::max(largest, weights[j]);
      }
      for (size_t j = 0; j <= i; j++) total += weights[j] = sees(j) ? std::exp(weights[j] - largest) : 0;
      const size_t out = (i * c.batch + sequence) * row + head * c.width;
      for (size_t j = 0; j <= i; j++) {
        weights[j] /= total;
        const uint64_t element = (lane * c.length + i) * c.length + j;
        kept[j] = c.threshold == 0 ? 1 : drawOf(element, key, site) >= c.threshold ? 65536.0 / (65536 - c.threshold) : 0;
        for (size_t d = 0; d < c.width; d++) {
          reference.y[out + d] += weights[j] * kept[j] * x[at(2, j, sequence, head) + d];
          dKept[j] += dy[out + d] * x[at(2, j, sequence, head) + d];
          reference.dx[at(2, j, sequence, head) + d] += weights[j] * kept[j] * dy[out + d];
        }
        product += weights[j] * kept[j] * dKept[j];
      }
      for (size_t j = 0; j <= i; j++) {
        const double dScore = scale * weights[j] * (kept[j] * dKept[j] - product);
        for (size_t d = 0; d < c.width; d++) {
          reference.dx[at(0, i, sequence, head) + d] += dScore * x[at(1, j, sequence, head) + d];
          reference.dx[at(1, j, sequence, head) + d] += dScore * x[at(0, i, sequence, head) + d];
        }
      }
    }
  }
  return reference;
}

void check(Suite& suite, const Case& c) {
  const size_t row = c.heads * c.width, rows = c.length * c.batch, size = rows * row;
  const Floats32 x = noise(3 * size, 1, c.deviation), dy = noise(size, 2);
  const int32_t key[4] = {-5, 77, 3, 1};
  const uint32_t site = 0x80000001;
  const float scale = 1 / std::sqrt(static_cast<float>(c.width));
  Ints32 segments(c.batch * c.length);
  for (size_t i = 0; i < segments.size(); i++) {
    segments[i] = c.segment ? static_cast<int32_t>((i % c.length + i / c.length) / c.segment) - 1 : 0;
  }
  const Reference reference = referenceOf(c, x, dy, segments, key, site, scale);
  const AttentionShape shape = {c.length, c.batch, c.heads, c.width, scale, c.segment ? segments.data() : nullptr};
  const AttentionDropout dropout = {c.threshold ? key : nullptr, site, c.threshold};
  const auto part = [&](auto* data, size_t index) {
    using Float = std::remove_pointer_t<decltype(data)>;
    if (c.packed) return TimeMajor<Float>{data + index * row, 3 * c.batch * row, 3 * row};
    return TimeMajor<Float>{data + index * size, c.batch * row, row};
  };
  const auto whole = [&](auto* data) {
    return TimeMajor<std::remove_pointer_t<decltype(data)>>{data, c.batch * row, row};
  };
  const AttentionInputs inputs = {part(x.data(), 0), part(x.data(), 1), part(x.data(), 2)};
  const std::string title = "attention [" + std::to_string(c.length) + ", " + std::to_string(c.batch) + ", " +
                            std::to_string(c.heads) + ", " + std::to_string(c.width) + "]" +
                            (c.segment ? ", segments of " + std::to_string(c.segment) : "") +
                            (c.threshold ? ", dropout" : "") + (c.packed ? ", packed" : "") +
                            (c.deviation > 1 ? ", large" : "");
  suite.check(title, c.deviation > 1 ? 2e-4 : 2e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 y(size), statistics(2 * c.batch * c.heads * c.length), dx(3 * size);
                kernels.causalAttention(shape, inputs, dropout, whole(y.data()), statistics.data(), parallel);
                kernels.causalAttentionGradient(shape, inputs, dropout, whole(static_cast<const float*>(y.data())),
                                                whole(dy.data()), statistics.data(),
                                                {part(dx.data(), 0), part(dx.data(), 1), part(dx.data(), 2)}, parallel);
                return c.deviation > 100 ? Written{y} : Written{y, dx};
              },
              c.deviation > 100 ? Expected{reference.y} : Expected{reference.y, reference.dx});
}

}  // namespace

void checkAttention(Suite& suite) {
  for (size_t length : {1, 2, 3, 7, 8, 9, 31, 63, 64, 65, 97, 130}) {
    for (size_t width : {1, 3, 17, 32}) {
      check(suite, {.length = length, .batch = 2, .heads = 3, .width = width, .packed = length % 2 == 0});
    }
    for (uint32_t threshold : {0u, 6554u}) {
      check(suite, {.length = length, .batch = 2, .heads = 1, .width = 5, .segment = 5, .threshold = threshold});
      check(suite, {.length = length, .batch = 2, .heads = 2, .width = 8, .segment = 70, .threshold = threshold});
    }
    check(suite, {.length = length, .batch = 1, .heads = 3, .width = 16, .threshold = 30000, .packed = true});
  }
  for (size_t width : {64, 80, 128, 131}) {
    check(suite, {.length = 193, .batch = 1, .heads = 2, .width = width, .threshold = 6554, .packed = true});
  }
  check(suite, {.length = 70, .batch = 1, .heads = 2, .width = 16, .deviation = 10});
  check(suite, {.length = 70, .batch = 1, .heads = 2, .width = 16, .deviation = 1e4f});
}

}  // namespace codex
