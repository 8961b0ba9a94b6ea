#include "../kernels.h"
#include "../ort/operator.h"

namespace codex {

/** x [N, C] → Σ over its rows [C] */
Operator columnSums({
    .name = "ColumnSums",
    .inputs = {floats},
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(0);
          const auto rows = static_cast<size_t>(shape[0]), width = static_cast<size_t>(shape[1]);
          kernels().columnSums(call.input(0), call.output(0, {shape[1]}), rows, width, call.parallel());
        },
});

/** x of any shape → Σ x², a scalar */
Operator squaredSum({
    .name = "SquaredSum",
    .inputs = {floats},
    .compute =
        [](const Call& call) {
          kernels().squaredSum(call.input(0), call.output(0, {}), sizeOf(call.shape(0)), call.parallel());
        },
});

/** dy [N, C], ids int32 [N], base [V, C] → base with each row of dy added to the row of its id */
Operator embeddingGradientOnto({
    .name = "EmbeddingGradientOnto",
    .inputs = {floats, ints, floats},
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(2);
          kernels().embeddingGradient(call.input(0), call.intInput(1), call.input(2), call.output(0, shape),
                                      sizeOf(call.shape(1)), static_cast<size_t>(shape[0]),
                                      static_cast<size_t>(shape[1]), call.parallel());
        },
    .mayInPlace = inPlace<2, 0>,
});

/** dy [N, C], ids int32 [N] → the same, onto zeros [vocabSize, C] */
Operator embeddingGradient({
    .name = "EmbeddingGradient",
    .inputs = {floats, ints},
    .compute =
        [](const Call& call) {
          const Shape shape = {call.attributes.ints[0], call.shape(0).back()};
          kernels().embeddingGradient(call.input(0), call.intInput(1), nullptr, call.output(0, shape),
                                      sizeOf(call.shape(1)), static_cast<size_t>(shape[0]),
                                      static_cast<size_t>(shape[1]), call.parallel());
        },
    .intAttributes = {"vocabSize"},
});

}  // namespace codex
