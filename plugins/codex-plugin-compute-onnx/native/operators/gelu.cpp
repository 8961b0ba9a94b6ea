#include "../kernels.h"
#include "../ort/operator.h"

namespace codex {

/** x → y, both of any one shape. */
Operator gelu({
    .name = "Gelu",
    .inputs = {floats},
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(0);
          kernels().gelu(call.input(0), call.output(0, shape), sizeOf(shape), call.parallel());
        },
});

/** dy, x → dx */
Operator geluGradient({
    .name = "GeluGradient",
    .inputs = {floats, floats},
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(0);
          kernels().geluGradient(call.input(0), call.input(1), call.output(0, shape), sizeOf(shape), call.parallel());
        },
    .mayInPlace = inPlace<0, 0>,
});

}  // namespace codex
