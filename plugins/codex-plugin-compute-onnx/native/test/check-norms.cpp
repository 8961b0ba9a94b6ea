#include <cmath>
#include "suite.h"

namespace codex {
namespace {

constexpr float epsilon = 1e-5f;

struct Case {
  size_t rows, width;
  bool centered, hasBias, hasAdded;
  float scale, offset;
};

std::string titleOf(const Case& c) {
  return std::string(c.centered ? "layerNorm" : "rmsNorm") + " [" + std::to_string(c.rows) + ", " +
         std::to_string(c.width) + "]" + (c.hasBias ? "" : " without bias") + (c.hasAdded ? " with a sum" : "") +
         " of scale " + std::to_string(c.scale) + " around " + std::to_string(c.offset);
}

void checkNorm(Suite& suite, const Case& c) {
  const size_t size = c.rows * c.width;
  Floats32 x = noise(size, 1, c.scale);
  for (float& value : x) value += c.offset;
  const Floats32 added = noise(size, 2, c.scale), scale = noise(c.width, 3), bias = noise(c.width, 4);
  const Floats32 dy = noise(size, 5);

  Floats64 y(size), means(c.rows), inverses(c.rows), dx(size), dScale(c.width), dBias(c.width);
  for (size_t row = 0; row < c.rows; row++) {
    const float* in = &x[row * c.width];
    const float* slope = &dy[row * c.width];
    double mean = 0, squares = 0, scaled = 0, projected = 0;
    if (c.centered) {
      for (size_t i = 0; i < c.width; i++) mean += in[i];
      mean /= static_cast<double>(c.width);
    }
    for (size_t i = 0; i < c.width; i++) squares += (in[i] - mean) * (in[i] - mean);
    const double inverse = 1 / std::sqrt(squares / static_cast<double>(c.width) + epsilon);
    for (size_t i = 0; i < c.width; i++) {
      const double normal = (in[i] - mean) * inverse;
      y[row * c.width + i] = normal * scale[i] + (c.hasBias ? bias[i] : 0);
      dScale[i] += slope[i] * normal;
      dBias[i] += slope[i];
      if (c.centered) scaled += slope[i] * scale[i] / static_cast<double>(c.width);
      projected += slope[i] * scale[i] * normal / static_cast<double>(c.width);
    }
    for (size_t i = 0; i < c.width; i++) {
      const double normal = (in[i] - mean) * inverse;
      dx[row * c.width + i] = inverse * (slope[i] * scale[i] - scaled - normal * projected) +
                              (c.hasAdded ? added[row * c.width + i] : 0);
    }
    means[row] = mean;
    inverses[row] = inverse;
  }

  // Rows far from zero keep few digits of their differences in float32.
  const double tolerance = 2e-6 * (1 + std::fabs(c.offset) / c.scale);
  Expected expected = {y, inverses};
  if (c.centered) expected.push_back(means);
  suite.check(
      titleOf(c), tolerance,
      [&](const Kernels& kernels, const Parallel& parallel) {
        Floats32 out(size), center(c.centered ? c.rows : 0), inverse(c.rows);
        const Norm norm{.x = x.data(),
                        .scale = scale.data(),
                        .bias = c.hasBias ? bias.data() : nullptr,
                        .epsilon = epsilon,
                        .rows = c.rows,
                        .width = c.width,
                        .y = out.data(),
                        .means = center.data(),
                        .inverses = inverse.data()};
        (c.centered ? kernels.layerNorm : kernels.rmsNorm)(norm, parallel);
        Written written = {out, inverse};
        if (c.centered) written.push_back(center);
        return written;
      },
      expected);

  const Floats32 savedMeans(means.begin(), means.end()), savedInverses(inverses.begin(), inverses.end());
  // In rows of one or two elements dx is what is left of terms that cancel each other.
  const double gradientTolerance = c.width < 3 ? 1e-2 : 2 * tolerance;
  Expected gradients = {dx, dScale};
  if (c.centered) gradients.push_back(dBias);
  for (bool inPlace : {false, true}) {
    suite.check(
        titleOf(c) + (inPlace ? ", gradient over dy" : ", gradient"), gradientTolerance,
        [&](const Kernels& kernels, const Parallel& parallel) {
          Floats32 slope = dy, out(size), ofScale(c.width), ofBias(c.centered ? c.width : 0);
          const NormGradient norm{.dy = slope.data(),
                                  .x = x.data(),
                                  .scale = scale.data(),
                                  .means = c.centered ? savedMeans.data() : nullptr,
                                  .inverses = savedInverses.data(),
                                  .added = c.hasAdded ? added.data() : nullptr,
                                  .rows = c.rows,
                                  .width = c.width,
                                  .dx = inPlace ? slope.data() : out.data(),
                                  .dScale = ofScale.data(),
                                  .dBias = ofBias.data()};
          (c.centered ? kernels.layerNormGradient : kernels.rmsNormGradient)(norm, parallel);
          Written written = {inPlace ? slope : out, ofScale};
          if (c.centered) written.push_back(ofBias);
          return written;
        },
        gradients);
  }
}

}  // namespace

void checkNorms(Suite& suite) {
  for (bool centered : {true, false}) {
    for (size_t width : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 131, 384}) {
      for (size_t rows : {1, 3, 67}) checkNorm(suite, {rows, width, centered, centered, false, 1, 0});
    }
    for (bool hasAdded : {false, true}) {
      checkNorm(suite, {29, 37, centered, false, hasAdded, 1, 0});
      checkNorm(suite, {521, 19, centered, centered, hasAdded, 1, 0});
      checkNorm(suite, {5, 23, centered, centered, hasAdded, 1e4f, 0});
    }
    checkNorm(suite, {5, 23, centered, centered, false, 1e-4f, 0});
  }
  checkNorm(suite, {3, 41, true, true, false, 1, 1000});
}

}  // namespace codex
