#include "../kernels.h"
#include "../ort/operator.h"

namespace codex {
namespace {

// Integer attributes, in order.
const std::vector<const char*> settings = {"site", "threshold"};
const std::vector<const char*> packedSettings = {"site", "threshold", "batch", "heads"};

AttentionShape shapeOf(const Call& call, const Shape& shape, size_t segmentIds) {
  const auto extent = [&](size_t axis) { return static_cast<size_t>(shape[axis]); };
  return {extent(0), extent(1), extent(2), extent(3), call.attributes.floats[0], call.intInput(segmentIds)};
}

AttentionDropout dropoutOf(const Call& call, size_t key) {
  const std::vector<int64_t>& ints = call.attributes.ints;
  return {call.intInput(key), static_cast<uint32_t>(ints[0]), static_cast<uint32_t>(ints[1])};
}

/** [length, batch, heads, width] of a packed [length·batch, 3·heads·width]. */
Shape unpackedShape(const Call& call, const Shape& packed) {
  const int64_t batch = call.attributes.ints[2], heads = call.attributes.ints[3];
  return {packed[0] / batch, batch, heads, packed[1] / 3 / heads};
}

template <class Float>
TimeMajor<Float> alone(Float* data, const AttentionShape& shape) {
  const size_t row = shape.heads * shape.width;
  return {data, shape.batch * row, row};
}

/** The first, second or third part of packed rows. */
template <class Float>
TimeMajor<Float> partOf(Float* data, size_t part, const AttentionShape& shape) {
  const size_t row = shape.heads * shape.width;
  return {data + part * row, shape.batch * 3 * row, 3 * row};
}

AttentionInputs inputsOf(const Call& call, size_t first, const AttentionShape& shape) {
  return {alone(call.input(first), shape), alone(call.input(first + 1), shape), alone(call.input(first + 2), shape)};
}

AttentionInputs packedInputsOf(const Call& call, size_t index, const AttentionShape& shape) {
  const float* data = call.input(index);
  return {partOf(data, 0, shape), partOf(data, 1, shape), partOf(data, 2, shape)};
}

void attend(const Call& call, const Shape& shape, const AttentionShape& sizes, const AttentionInputs& x,
            const AttentionDropout& dropout) {
  float* y = call.output(0, shape);
  float* statistics = call.output(1, {2, shape[1], shape[2], shape[0]});
  kernels().causalAttention(sizes, x, dropout, alone(y, sizes), statistics, call.parallel());
}

void differentiate(const Call& call, const AttentionShape& sizes, const AttentionInputs& x,
                   const AttentionDropout& dropout, const AttentionGradients& dx) {
  kernels().causalAttentionGradient(sizes, x, dropout, alone(call.input(1), sizes), alone(call.input(0), sizes),
                                    call.input(2), dx, call.parallel());
}

}  // namespace

/**
 * q, k, v [T, B, H, D], segmentIds int32 [B, T]?, dropout key int32 [4]? → y [T, B, H, D], statistics [2, B, H, T]
 * (largest scores; 1 over sums of weights)
 */
Operator causalAttention({
    .name = "CausalAttention",
    .inputs = {floats, floats, floats, optionalInts, optionalInts},
    .outputs = 2,
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(0);
          const AttentionShape sizes = shapeOf(call, shape, 3);
          attend(call, shape, sizes, inputsOf(call, 0, sizes), dropoutOf(call, 4));
        },
    .floatAttributes = {"scale"},
    .intAttributes = settings,
});

/** The same of qkv [T·B, 3·H·D], which holds q, k and v side by side. */
Operator packedCausalAttention({
    .name = "PackedCausalAttention",
    .inputs = {floats, optionalInts, optionalInts},
    .outputs = 2,
    .compute =
        [](const Call& call) {
          const Shape shape = unpackedShape(call, call.shape(0));
          const AttentionShape sizes = shapeOf(call, shape, 1);
          attend(call, shape, sizes, packedInputsOf(call, 0, sizes), dropoutOf(call, 2));
        },
    .floatAttributes = {"scale"},
    .intAttributes = packedSettings,
});

/** dy, y, statistics, q, k, v, segmentIds?, key? → dq, dk, dv [T, B, H, D] */
Operator causalAttentionGradient({
    .name = "CausalAttentionGradient",
    .inputs = {floats, floats, floats, floats, floats, floats, optionalInts, optionalInts},
    .outputs = 3,
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(3);
          const AttentionShape sizes = shapeOf(call, shape, 6);
          const AttentionGradients dx = {alone(call.output(0, shape), sizes), alone(call.output(1, shape), sizes),
                                         alone(call.output(2, shape), sizes)};
          differentiate(call, sizes, inputsOf(call, 3, sizes), dropoutOf(call, 7), dx);
        },
    .floatAttributes = {"scale"},
    .intAttributes = settings,
});

/** dy, y, statistics, qkv [T·B, 3·H·D], segmentIds?, key? → its gradient */
Operator packedCausalAttentionGradient({
    .name = "PackedCausalAttentionGradient",
    .inputs = {floats, floats, floats, floats, optionalInts, optionalInts},
    .compute =
        [](const Call& call) {
          const Shape shape = call.shape(3);
          const AttentionShape sizes = shapeOf(call, unpackedShape(call, shape), 4);
          float* dx = call.output(0, shape);
          differentiate(call, sizes, packedInputsOf(call, 3, sizes), dropoutOf(call, 5),
                        {partOf(dx, 0, sizes), partOf(dx, 1, sizes), partOf(dx, 2, sizes)});
        },
    .floatAttributes = {"scale"},
    .intAttributes = packedSettings,
});

}  // namespace codex
