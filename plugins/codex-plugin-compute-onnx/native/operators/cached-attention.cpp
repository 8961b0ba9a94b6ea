#include <cstring>
#include "../kernels.h"
#include "../ort/operator.h"

namespace codex {
namespace {

/** A cache's output, which holds what the input holds: they share their memory, or it is copied. */
float* takeOver(const Call& call, size_t input, size_t output, const Shape& shape) {
  const float* const before = call.input(input);
  float* const cache = call.output(output, shape);
  if (cache != before) std::memcpy(cache, before, sizeOf(shape) * sizeof(float));
  return cache;
}

}  // namespace

/** q, k, v [n, B, H, D], keys, values [B, H, capacity, D], position int32 [B] → y [n, B, H, D], the new keys and values */
Operator cachedAttention({
    .name = "CachedAttention",
    .inputs = {floats, floats, floats, floats, floats, ints},
    .outputs = 3,
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(0), cache = call.shape(3);
          kernels().cachedAttention({.count = static_cast<size_t>(shape[0]),
                                     .batch = static_cast<size_t>(shape[1]),
                                     .heads = static_cast<size_t>(shape[2]),
                                     .width = static_cast<size_t>(shape[3]),
                                     .capacity = static_cast<size_t>(cache[2]),
                                     .scale = call.attributes.floats[0],
                                     .q = call.input(0),
                                     .k = call.input(1),
                                     .v = call.input(2),
                                     .keys = takeOver(call, 3, 1, cache),
                                     .values = takeOver(call, 4, 2, cache),
                                     .position = call.intInput(5),
                                     .y = call.output(0, shape)},
                                    call.parallel());
        },
    .floatAttributes = {"scale"},
});

}  // namespace codex
