#include "../head-cross-entropy.h"
#include "../ort/operator.h"

namespace codex {

/** logits [N, V], targetIds int32 [N] → losses [N], probabilities [N, V]? */
Operator crossEntropy({
    .name = "CrossEntropy",
    .inputs = {floats, ints},
    .outputs = 2,
    .optionalOutputs = 1,
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

/**
 * x [N, C], weight [V, C], targetIds int32 [N], dLosses [N], base [V, C]? → losses [N], dx [N, C], dWeight [V, C], and
 * memory [chunkRows, V] that nobody reads: as an output, it is planned like all other memory.
 */
Operator headCrossEntropyOperator({
    .name = "HeadCrossEntropy",
    .inputs = {floats, floats, ints, floats, optionalFloats},
    .outputs = 4,
    .compute =
        [](const Call& call) {
          const Shape x = call.shape(0), weight = call.shape(1);
          const int64_t chunkRows = call.attributes.ints[0];
          HeadCrossEntropy head{};
          head.rows = static_cast<size_t>(x[0]);
          head.depth = static_cast<size_t>(x[1]);
          head.classes = static_cast<size_t>(weight[0]);
          head.x = call.input(0);
          head.weight = call.input(1);
          head.targetIds = call.intInput(2);
          head.dLosses = call.input(3);
          head.base = call.input(4);
          head.losses = call.output(0, {x[0]});
          head.dx = call.output(1, x);
          head.dWeight = call.output(2, weight);
          head.logits = call.output(3, {chunkRows, weight[0]});
          head.chunkRows = static_cast<size_t>(chunkRows);
          headCrossEntropy(head, kernels(), call.parallel());
        },
    .intAttributes = {"chunkRows"},
    .mayInPlace = inPlace<4, 2>,
});

}  // namespace codex
