import { binary, cast, unary } from "../../ir/elementwise-operators.js";
import { reshape } from "../../ir/movement-operators.js";
import { int, type Value } from "../../ir/value.js";
import { nativeDomain } from "../../target/target.js";
import { softmax } from "../kernels/activation.js";
import type { KernelCall, KernelFamily } from "../recorded-kernel.js";

/** targetIds [N] as places along the last axis of [N, V]. */
function places({ g, input }: KernelCall): Value {
  const ids = input("targetIds");
  return cast(g, reshape(g, ids, [ids.shape[0]!, 1]), "int64");
}

/**
 * −log p(target) = max − logit(target) − log(max p): the likeliest token's probability is 1/Σexp(logit − max), so the
 * loss stays exact where p(target) itself would underflow.
 */
function crossEntropy(call: KernelCall): readonly Value[] {
  const { g, native, input } = call;
  const logits = input("logits");
  const count = logits.shape[0]!;
  if (native) {
    const specs = [[count], logits.shape].map((shape) => ({ dtype: logits.dtype, shape }));
    return g.node("CrossEntropy", [logits, input("targetIds")], specs, {}, nativeDomain).outputs;
  }
  const probabilities = softmax(g, "Softmax", logits, -1);
  const highest = (value: Value) =>
    g.apply("ReduceMax", [value, g.int64s([1])], "float32", [count, 1], { keepdims: int(1) });
  const target = g.apply("GatherElements", [logits, places(call)], "float32", [count, 1], { axis: int(1) });
  const below = binary(g, "Sub", highest(logits), target);
  const losses = binary(g, "Sub", below, unary(g, "Log", highest(probabilities)));
  return [reshape(g, losses, [count]), probabilities];
}

/** (p − one-hot) · dLosses, row by row. */
function crossEntropyGrad(call: KernelCall): Value {
  const { g, native, input } = call;
  const [dLosses, probabilities] = [input("dLosses"), input("probabilities")];
  if (native) {
    const inputs = [dLosses, probabilities, input("targetIds")];
    return g.apply("CrossEntropyGradient", inputs, "float32", probabilities.shape, {}, nativeDomain);
  }
  const count = probabilities.shape[0]!;
  const minus = g.constant("float32", [count, 1], new Float32Array(count).fill(-1));
  const difference = g.apply("ScatterElements", [probabilities, places(call), minus], "float32", probabilities.shape, {
    axis: int(1),
    reduction: { kind: "string", value: "add" },
  });
  return binary(g, "Mul", difference, reshape(g, dLosses, [count, 1]));
}

export const tokenCrossEntropyKernels: KernelFamily = {
  CodexTokenCrossEntropy: crossEntropy,
  CodexTokenCrossEntropyGrad: crossEntropyGrad,
};
