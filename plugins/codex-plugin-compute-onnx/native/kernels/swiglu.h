// SwiGLU and its gradient.
#pragma once
#include "../parallel.h"
#include "../row.h"

namespace CODEX_SET {

/** Elements of a block. */
constexpr size_t swigluBlock = 16384;

/**
 * y = gate · sigmoid(gate) · up.
 *
 * @source Shazeer, GLU Variants Improve Transformer, equation 6
 */
inline void swiglu(const float* gate, const float* up, float* y, size_t size, const codex::Parallel& parallel) {
  parallel.stretches(size, swigluBlock, [=](size_t from, size_t to) {
    alongRow(to - from, [=](size_t i, auto part) {
      const Floats g = part.load(gate + from + i);
      part.store(y + from + i, g * sigmoid(g) * part.load(up + from + i));
    });
  });
}

/** dGate and dUp; either may be dy, gate or up. */
inline void swigluGradient(const float* dy, const float* gate, const float* up, float* dGate, float* dUp, size_t size,
                           const codex::Parallel& parallel) {
  parallel.stretches(size, swigluBlock, [=](size_t from, size_t to) {
    alongRow(to - from, [=](size_t offset, auto part) {
      const size_t i = from + offset;
      const Floats slope = part.load(dy + i), g = part.load(gate + i), u = part.load(up + i);
      const Floats s = sigmoid(g);
      part.store(dGate + i, slope * u * s * (1 + g * (1 - s)));
      part.store(dUp + i, slope * g * s);
    });
  });
}

}  // namespace CODEX_SET
