#include <cmath>
#include <limits>
#include "suite.h"

namespace codex {
namespace {

double sigmoidOf(double x) { return 1 / (1 + std::exp(-x)); }

/** Ordinary numbers, with extreme ones among them. */
Floats32 mixedValues(size_t size, uint32_t seed) {
  Floats32 values = noise(size, seed, 4);
  const float extremes[] = {0, 10, -10, 1e4f, -1e4f, 1e-6f, -1e-6f, 1e-39f, -1e-39f};
  for (size_t i = 0; i < std::size(extremes) && 2 * i + 1 < size; i++) values[2 * i + 1] = extremes[i];
  return values;
}

void checkGelu(Suite& suite, size_t size) {
  const Floats32 x = mixedValues(size, 1), dy = noise(size, 2);
  Floats64 y(size), dx(size);
  for (size_t i = 0; i < size; i++) {
    const double slope = std::sqrt(2 / M_PI), value = x[i];
    const double t = std::tanh(slope * (value + 0.044715 * value * value * value));
    y[i] = 0.5 * value * (1 + t);
    dx[i] = dy[i] * (0.5 * (1 + t) + 0.5 * value * (1 - t * t) * slope * (1 + 3 * 0.044715 * value * value));
  }
  const std::string of = " of " + std::to_string(size);
  suite.check("gelu" + of, 1e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 out(size);
                kernels.gelu(x.data(), out.data(), size, parallel);
                return Written{out};
              },
              {y});
  suite.check("geluGradient" + of, 2e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 out = dy;
                kernels.geluGradient(out.data(), x.data(), out.data(), size, parallel);
                return Written{out};
              },
              {dx});
}

void checkSwiglu(Suite& suite, size_t size) {
  const Floats32 gate = mixedValues(size, 1), up = noise(size, 2), dy = noise(size, 3);
  Floats64 y(size), dGate(size), dUp(size);
  for (size_t i = 0; i < size; i++) {
    const double g = gate[i], s = sigmoidOf(g);
    y[i] = g * s * up[i];
    dGate[i] = dy[i] * up[i] * (s + g * s * (1 - s));
    dUp[i] = dy[i] * g * s;
  }
  const std::string of = " of " + std::to_string(size);
  suite.check("swiglu" + of, 1e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 out(size);
                kernels.swiglu(gate.data(), up.data(), out.data(), size, parallel);
                return Written{out};
              },
              {y});
  suite.check("swigluGradient" + of, 1e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 ofGate = dy, ofUp = up;
                kernels.swigluGradient(ofGate.data(), gate.data(), ofUp.data(), ofGate.data(), ofUp.data(), size,
                                       parallel);
                return Written{ofGate, ofUp};
              },
              {dGate, dUp});
}

/** Philox4x32-10, word by word. */
void philox(uint32_t words[4], uint32_t k0, uint32_t k1) {
  for (int round = 0; round < 10; round++) {
    const uint64_t first = uint64_t{0xd2511f53} * words[0], second = uint64_t{0xcd9e8d57} * words[2];
    const uint32_t next[4] = {static_cast<uint32_t>(second >> 32) ^ words[1] ^ k0, static_cast<uint32_t>(second),
                              static_cast<uint32_t>(first >> 32) ^ words[3] ^ k1, static_cast<uint32_t>(first)};
    for (int i = 0; i < 4; i++) words[i] = next[i];
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
}

constexpr int32_t key[4] = {1337, -2, 7, 3};
constexpr uint32_t site = 4294967295u;

uint32_t drawOf(size_t e) {
  uint32_t words[4] = {static_cast<uint32_t>(e / 8), site, static_cast<uint32_t>(key[3]), static_cast<uint32_t>(key[2])};
  philox(words, static_cast<uint32_t>(key[0]), static_cast<uint32_t>(key[1]));
  return words[e % 8 / 2] >> (e % 2 * 16) & 0xffff;
}

void checkDropout(Suite& suite, size_t size, uint32_t threshold) {
  const Floats32 x = noise(size, 1);
  const float scale = 65536.0f / static_cast<float>(65536 - threshold);
  Floats64 mask(size), y(size);
  for (size_t e = 0; e < size; e++) {
    mask[e] = drawOf(e) >= threshold ? scale : 0;
    y[e] = x[e] * static_cast<float>(mask[e]);
  }
  const std::string of = " of " + std::to_string(size) + ", threshold " + std::to_string(threshold);
  suite.check("dropout mask" + of, 0,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 out(size);
                kernels.dropout(nullptr, nullptr, key, site, threshold, out.data(), size, parallel);
                return Written{out};
              },
              {mask});
  suite.check("dropout" + of, 0,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 out = x;
                kernels.dropout(out.data(), nullptr, key, site, threshold, out.data(), size, parallel);
                return Written{out};
              },
              {y});
  const Floats32 added = noise(size, 2);
  for (size_t e = 0; e < size; e++) y[e] = mask[e] * x[e] + added[e];
  suite.check("dropout and sum" + of, 1e-7,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 out = added;
                kernels.dropout(x.data(), out.data(), key, site, threshold, out.data(), size, parallel);
                return Written{out};
              },
              {y});
}

void checkAdamw(Suite& suite, size_t size, float gradientSize) {
  const Floats32 p = noise(size, 1), g = noise(size, 2, gradientSize), m = noise(size, 3, 0.1f * gradientSize);
  Floats32 v = noise(size, 4, 0.01f * gradientSize * gradientSize);
  for (float& value : v) value = std::fabs(value);
  Floats64 newP(size), newM(size), newV(size);
  for (size_t i = 0; i < size; i++) {
    const double gradient = g[i] * 0.5;
    newM[i] = m[i] + 0.1 * (gradient - m[i]);
    newV[i] = 0.95 * v[i] + 0.05 * gradient * gradient;
    newP[i] = p[i] * 0.999 - 0.01 * newM[i] / (std::sqrt(newV[i]) * 1.5 + 1e-8);
  }
  const auto updated = [&](const Kernels& kernels, const Parallel& parallel, size_t slice) {
    Floats32 parameter = p, first = m, second = v;
    for (size_t from = 0; from < size; from += slice) {
      kernels.adamw({.parameter = &parameter[from],
                     .gradient = &g[from],
                     .firstMoment = &first[from],
                     .secondMoment = &second[from],
                     .newParameter = &parameter[from],
                     .newFirstMoment = &first[from],
                     .newSecondMoment = &second[from],
                     .firstRate = 0.1f,
                     .secondDecay = 0.95f,
                     .secondRate = 0.05f,
                     .epsilon = 1e-8f,
                     .gradientScale = 0.5f,
                     .decayFactor = 0.999f,
                     .stepSize = 0.01f,
                     .inverseRootCorrection = 1.5f},
                    std::min(slice, size - from), parallel);
    }
    return Written{parameter, first, second};
  };
  const std::string of = "adamw of " + std::to_string(size) + ", gradients of " + std::to_string(gradientSize);
  suite.check(of, 2e-6, [&](const Kernels& k, const Parallel& parallel) { return updated(k, parallel, size); },
              {newP, newM, newV});
  const Written whole = updated(kernels(), Parallel(), size);
  Expected bits;
  for (const Floats32& output : whole) bits.emplace_back(output.begin(), output.end());
  suite.check(of + ", in slices", 0, [&](const Kernels& k, const Parallel& parallel) { return updated(k, parallel, 61); },
              bits);
}

}  // namespace

void checkElementwise(Suite& suite) {
  for (size_t size : oddSizes) {
    checkGelu(suite, size);
    checkSwiglu(suite, size);
    for (uint32_t threshold : {1u, 6554u, 65535u, drawOf(0)}) checkDropout(suite, size, threshold);
    checkAdamw(suite, size, 1);
  }
  checkAdamw(suite, 37, 1e4f);
  checkAdamw(suite, 37, 1e-8f);
  checkAdamw(suite, 37, 0);
}

}  // namespace codex
