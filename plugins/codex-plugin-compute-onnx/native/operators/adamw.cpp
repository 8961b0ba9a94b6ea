#include "../kernels.h"
#include "../ort/operator.h"

namespace codex {

/**
 * parameter, gradient, firstMoment, secondMoment of one shape, and scalars decayFactor, stepSize, inverseRootCorrection,
 * gradientScale? → the new parameter and moments
 */
Operator adamw({
    .name = "AdamW",
    .inputs = {floats, floats, floats, floats, floats, floats, floats, optionalFloats},
    .outputs = 3,
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(0);
          const float* gradientScale = call.input(7);
          const auto& rates = call.attributes.floats;
          kernels().adamw({.parameter = call.input(0),
                           .gradient = call.input(1),
                           .firstMoment = call.input(2),
                           .secondMoment = call.input(3),
                           .newParameter = call.output(0, shape),
                           .newFirstMoment = call.output(1, shape),
                           .newSecondMoment = call.output(2, shape),
                           .firstRate = rates[0],
                           .secondDecay = rates[1],
                           .secondRate = rates[2],
                           .epsilon = rates[3],
                           .gradientScale = gradientScale ? *gradientScale : 1.0f,
                           .decayFactor = *call.input(4),
                           .stepSize = *call.input(5),
                           .inverseRootCorrection = *call.input(6)},
                          sizeOf(shape), call.parallel());
        },
    .floatAttributes = {"firstRate", "secondDecay", "secondRate", "epsilon"},
});

}  // namespace codex
