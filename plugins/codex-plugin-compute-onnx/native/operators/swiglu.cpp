#include "../kernels.h"
#include "../ort/operator.h"

namespace codex {

/** gate, up of any one shape → y */
Operator swiglu({
    .name = "SwiGlu",
    .inputs = {floats, floats},
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(0);
          kernels().swiglu(call.input(0), call.input(1), call.output(0, shape), sizeOf(shape), call.parallel());
        },
    .mayInPlace = inPlace<0, 0>,
});

/** dy, gate, up → dGate, dUp */
Operator swigluGradient({
    .name = "SwiGluGradient",
    .inputs = {floats, floats, floats},
    .outputs = 2,
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(0);
          kernels().swigluGradient(call.input(0), call.input(1), call.input(2), call.output(0, shape),
                                   call.output(1, shape), sizeOf(shape), call.parallel());
        },
    .mayInPlace = inPlace<0, 0>,
});

}  // namespace codex
