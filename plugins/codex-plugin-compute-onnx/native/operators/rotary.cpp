#include "../kernels.h"
#include "../ort/operator.h"

namespace codex {

/** x [T, B, H, D], positions int32 [T] or [T, B], frequencies [D/2] → x turned, or turned back */
Operator rotary({
    .name = "Rotary",
    .inputs = {floats, ints, floats},
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(0);
          kernels().rotary({.x = call.input(0),
                            .positions = call.intInput(1),
                            .positionsEach = call.shape(1).size() == 2,
                            .frequencies = call.input(2),
                            .y = call.output(0, shape),
                            .length = static_cast<size_t>(shape[0]),
                            .batch = static_cast<size_t>(shape[1]),
                            .heads = static_cast<size_t>(shape[2]),
                            .width = static_cast<size_t>(shape[3]),
                            .interleaved = call.attributes.ints[0] != 0,
                            .back = call.attributes.ints[1] != 0},
                           call.parallel());
        },
    .intAttributes = {"interleaved", "back"},
    .mayInPlace = inPlace<0, 0>,
});

}  // namespace codex
