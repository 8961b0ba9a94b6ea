#include "../kernels.h"
#include "../ort/operator.h"

namespace codex {
namespace {

void drop(const Call& call, const float* x, const float* added, const int32_t* key, const Shape& shape) {
  const auto site = static_cast<uint32_t>(call.attributes.ints[0]);
  const auto threshold = static_cast<uint32_t>(call.attributes.ints[1]);
  kernels().dropout(x, added, key, site, threshold, call.output(0, shape), sizeOf(shape), call.parallel());
}

}  // namespace

/** x of any shape, key int32 [4], added of x's shape? → x times the mask of its shape, + added; also the gradient, of dy. */
Operator dropout({
    .name = "Dropout",
    .inputs = {floats, ints, optionalFloats},
    .compute = [](const Call& call) { drop(call, call.input(0), call.input(2), call.intInput(1), call.shape(0)); },
    .intAttributes = {"site", "threshold"},
    .mayInPlace = inPlace<0, 0>,
});

/** key int32 [4], shape int32 [rank] → the mask */
Operator dropoutMask({
    .name = "DropoutMask",
    .inputs = {ints, ints},
    .compute =
        [](const Call& call) {
          const int32_t* extents = call.intInput(1);
          drop(call, nullptr, nullptr, call.intInput(0), Shape(extents, extents + sizeOf(call.shape(1))));
        },
    .intAttributes = {"site", "threshold"},
});

}  // namespace codex
