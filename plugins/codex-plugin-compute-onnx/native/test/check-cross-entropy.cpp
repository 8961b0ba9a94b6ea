#include <cmath>
#include <limits>
#include "../head-cross-entropy.h"
#include "suite.h"

namespace codex {
namespace {

void checkCrossEntropy(Suite& suite, size_t rows, size_t width, float scale, bool isExtreme = false) {
  Floats32 logits = noise(rows * width, 1, scale);
  const Floats32 dLosses = noise(rows, 2);
  if (isExtreme) {
    for (size_t i = 0; i < logits.size(); i++) logits[i] = i % 3 == 0 ? 1e4f : i % 3 == 1 ? -1e4f : 0;
  }
  const Ints32 targets = someIds(rows, static_cast<int32_t>(width), 3);
  Floats64 losses(rows), probabilities(rows * width), dLogits(rows * width);
  for (size_t row = 0; row < rows; row++) {
    const float* x = logits.data() + row * width;
    double most = x[0], total = 0;
    for (size_t i = 0; i < width; i++) most = std::max(most, static_cast<double>(x[i]));
    for (size_t i = 0; i < width; i++) total += std::exp(x[i] - most);
    losses[row] = most + std::log(total) - x[targets[row]];
    for (size_t i = 0; i < width; i++) {
      const double p = std::exp(x[i] - most) / total;
      probabilities[row * width + i] = p;
      const double hot = static_cast<int32_t>(i) == targets[row] ? 1 : 0;
      dLogits[row * width + i] = (p - hot) * static_cast<double>(dLosses[row]);
    }
  }
  const std::string title = "crossEntropy of [" + std::to_string(rows) + ", " + std::to_string(width) + "] times " +
                            (isExtreme ? "±1e4" : std::to_string(scale));
  suite.check(title, 1e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 loss(rows), p(logits.size()), d(logits.size());
                kernels.crossEntropy(logits.data(), targets.data(), loss.data(), p.data(), rows, width, parallel);
                kernels.crossEntropyGradient(dLosses.data(), p.data(), targets.data(), d.data(), rows, width, parallel);
                return Written{loss, p, d};
              },
              {losses, probabilities, dLogits});
  suite.check(title + " alone", 1e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 loss(rows);
                kernels.crossEntropy(logits.data(), targets.data(), loss.data(), nullptr, rows, width, parallel);
                return Written{loss};
              },
              {losses});
  suite.check(title + " in place", 1e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 loss(rows), memory = logits;
                kernels.crossEntropy(memory.data(), targets.data(), loss.data(), memory.data(), rows, width, parallel);
                kernels.crossEntropyGradient(dLosses.data(), memory.data(), targets.data(), memory.data(), rows, width,
                                             parallel);
                return Written{loss, memory};
              },
              {losses, dLogits});
}

/** A logit that is not a number makes its row so, and no other; so does a target outside of its row, of the loss. */
void checkWhatIsNotANumber(Suite& suite) {
  const size_t width = 19;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Floats32 logits(4 * width, 0);
  logits[width + 17] = std::numeric_limits<float>::quiet_NaN();
  const Ints32 targets = {0, 0, -1, static_cast<int32_t>(width)};
  Floats64 probabilities(4 * width, 1.0 / width);
  for (size_t i = 0; i < width; i++) probabilities[width + i] = nan;
  suite.check("crossEntropy of NaN", 1e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 loss(4), p(logits.size());
                kernels.crossEntropy(logits.data(), targets.data(), loss.data(), p.data(), 4, width, parallel);
                return Written{loss, p};
              },
              {{std::log(19.0), nan, nan, nan}, probabilities});
}

/** Where what the gradient is added to lies. */
enum class Base { none, apart, inPlace };

/** In chunks, the last one shorter. */
void checkHead(Suite& suite, size_t rows, size_t classes, size_t depth, size_t chunkRows, Base place) {
  const Floats32 x = noise(rows * depth, 1), weight = noise(classes * depth, 2), dLosses = noise(rows, 3);
  const Floats32 base = noise(classes * depth, 4);
  const Ints32 targets = someIds(rows, static_cast<int32_t>(classes), 5);
  Floats64 losses(rows), dx(rows * depth), dWeight(classes * depth), logits(classes);
  if (place != Base::none) dWeight.assign(base.begin(), base.end());
  for (size_t row = 0; row < rows; row++) {
    double total = 0;
    for (size_t j = 0; j < classes; j++) {
      logits[j] = 0;
      for (size_t k = 0; k < depth; k++) logits[j] += static_cast<double>(x[row * depth + k]) * weight[j * depth + k];
      total += std::exp(logits[j]);
    }
    losses[row] = std::log(total) - logits[targets[row]];
    for (size_t j = 0; j < classes; j++) {
      const double hot = static_cast<int32_t>(j) == targets[row] ? 1 : 0;
      const double d = (std::exp(logits[j]) / total - hot) * static_cast<double>(dLosses[row]);
      for (size_t k = 0; k < depth; k++) {
        dx[row * depth + k] += d * weight[j * depth + k];
        dWeight[j * depth + k] += d * x[row * depth + k];
      }
    }
  }
  suite.check("headCrossEntropy of " + std::to_string(rows) + " rows in chunks of " + std::to_string(chunkRows), 3e-6,
              [&](const Kernels& kernels, const Parallel& parallel) {
                Floats32 ls(rows), dX(dx.size()), dW = base, memory(chunkRows * classes);
                const float* starts[] = {nullptr, base.data(), dW.data()};
                headCrossEntropy({.rows = rows, .classes = classes, .depth = depth, .x = x.data(),
                                  .weight = weight.data(), .targetIds = targets.data(), .dLosses = dLosses.data(),
                                  .base = starts[static_cast<int>(place)], .losses = ls.data(), .dx = dX.data(),
                                  .dWeight = dW.data(), .logits = memory.data(), .chunkRows = chunkRows},
                                 kernels, parallel);
                return Written{ls, dX, dW};
              },
              {losses, dx, dWeight});
}

}  // namespace

void checkCrossEntropies(Suite& suite) {
  for (size_t width : oddSizes) {
    for (size_t rows : {1, 7, 33}) checkCrossEntropy(suite, rows, width, 5);
  }
  for (size_t width : {1, 2, 17, 1021}) checkCrossEntropy(suite, 13, width, 1, true);
  checkCrossEntropy(suite, 3, 50257, 10);
  checkWhatIsNotANumber(suite);
  for (Base place : {Base::none, Base::apart, Base::inPlace}) {
    checkHead(suite, 1, 1, 1, 1, place);
    checkHead(suite, 37, 67, 19, 13, place);
    checkHead(suite, 40, 131, 5, 20, place);
    checkHead(suite, 7, 33, 9, 7, place);
  }
}

}  // namespace codex
