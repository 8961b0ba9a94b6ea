#include "../kernels.h"
#include "../ort/operator.h"

namespace codex {
namespace {

/** One number for each row of [..., width]. */
Shape rowsOf(Shape shape) {
  shape.back() = 1;
  return shape;
}

/** Rows and width of [..., width]. */
void measure(const Shape& shape, size_t& rows, size_t& width) {
  width = static_cast<size_t>(shape.back());
  rows = width ? sizeOf(shape) / width : 0;
}

template <void (*Kernels::*kernel)(const Norm&, const Parallel&), bool centered>
void forward(const Call& call) {
  const Shape shape = call.shape(0);
  Norm norm{};
  norm.x = call.input(0);
  norm.scale = call.input(1);
  norm.bias = centered ? call.input(2) : nullptr;
  norm.epsilon = call.attributes.floats[0];
  measure(shape, norm.rows, norm.width);
  norm.y = call.output(0, shape);
  norm.means = centered ? call.output(1, rowsOf(shape)) : nullptr;
  norm.inverses = call.output(centered ? 2 : 1, rowsOf(shape));
  (kernels().*kernel)(norm, call.parallel());
}

template <void (*Kernels::*kernel)(const NormGradient&, const Parallel&), bool centered>
void gradient(const Call& call) {
  const Shape shape = call.shape(0);
  NormGradient norm{};
  norm.dy = call.input(0);
  norm.x = call.input(1);
  norm.scale = call.input(2);
  norm.means = centered ? call.input(3) : nullptr;
  norm.inverses = call.input(centered ? 4 : 3);
  norm.added = call.input(centered ? 5 : 4);
  measure(shape, norm.rows, norm.width);
  const Shape width = {shape.back()};
  norm.dx = call.output(0, shape);
  norm.dScale = call.output(1, width);
  norm.dBias = centered ? call.output(2, width) : nullptr;
  (kernels().*kernel)(norm, call.parallel());
}

}  // namespace

/** x [..., C], scale [C], bias [C]? → y [..., C], mean [..., 1], inverseStd [..., 1] */
Operator layerNorm({
    .name = "LayerNorm",
    .inputs = {floats, floats, optionalFloats},
    .outputs = 3,
    .compute = forward<&Kernels::layerNorm, true>,
    .floatAttributes = {"epsilon"},
});

/** dy, x [..., C], scale [C], mean, inverseStd [..., 1], added [..., C]? → dx (+ added), dScale [C], dBias [C] */
Operator layerNormGradient({
    .name = "LayerNormGradient",
    .inputs = {floats, floats, floats, floats, floats, optionalFloats},
    .outputs = 3,
    .compute = gradient<&Kernels::layerNormGradient, true>,
    .mayInPlace = inPlace<0, 0>,
});

/** x [..., C], scale [C] → y [..., C], inverseRms [..., 1] */
Operator rmsNorm({
    .name = "RmsNorm",
    .inputs = {floats, floats},
    .outputs = 2,
    .compute = forward<&Kernels::rmsNorm, false>,
    .floatAttributes = {"epsilon"},
});

/** dy, x [..., C], scale [C], inverseRms [..., 1], added [..., C]? → dx (+ added), dScale [C] */
Operator rmsNormGradient({
    .name = "RmsNormGradient",
    .inputs = {floats, floats, floats, floats, optionalFloats},
    .outputs = 2,
    .compute = gradient<&Kernels::rmsNormGradient, false>,
    .mayInPlace = inPlace<0, 0>,
});

}  // namespace codex
