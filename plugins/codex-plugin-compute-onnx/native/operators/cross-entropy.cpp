#include "../kernels.h"
#include "../ort/operator.h"

namespace codex {

/** logits [N, V], targetIds int32 [N] → losses [N], probabilities [N, V] */
Operator crossEntropy({
    .name = "CrossEntropy",
    .inputs = {floats, ints},
    .outputs = 2,
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(0);
          const auto rows = static_cast<size_t>(shape[0]), width = static_cast<size_t>(shape[1]);
          kernels().crossEntropy(call.input(0), call.intInput(1), call.output(0, {shape[0]}), call.output(1, shape), rows,
                                 width, call.parallel());
        },
    .mayInPlace = inPlace<0, 1>,
});

/** dLosses [N], probabilities [N, V], targetIds int32 [N] → dLogits [N, V] */
Operator crossEntropyGradient({
    .name = "CrossEntropyGradient",
    .inputs = {floats, floats, ints},
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(1);
          const auto rows = static_cast<size_t>(shape[0]), width = static_cast<size_t>(shape[1]);
          kernels().crossEntropyGradient(call.input(0), call.input(1), call.intInput(2), call.output(0, shape), rows,
                                         width, call.parallel());
        },
    .mayInPlace = inPlace<1, 0>,
});

}  // namespace codex
