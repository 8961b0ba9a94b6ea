import { add, mul, square, sub, type Tensor, tanh } from "@tensorflow/tfjs-core";
import { defineOperator } from "./operator.js";

const slope = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** tanh(√(2/π)·(x + 0.044715·x³)) */
const inner = (x: Tensor) => tanh(mul(mul(x, slope), add(mul(square(x), cubic), 1)));

/** `CodexGeluGrad`: dy, x, y of one shape → dx. `y` is there for kernels that can use it. */
export const geluGradOperator = defineOperator<{ dy: Tensor; x: Tensor; y: Tensor }, Record<never, never>>({
  kernelName: "CodexGeluGrad",
  compose({ dy, x }) {
    const t = inner(x);
    const innerSlope = mul(add(mul(square(x), 3 * cubic), 1), slope);
    const tail = mul(mul(x, sub(1, square(t))), innerSlope);
    return [mul(dy, mul(add(add(t, 1), tail), 0.5))];
  },
});

/** `CodexGelu`: x of any shape → y. */
export const geluOperator = defineOperator<{ x: Tensor }, Record<never, never>>({
  kernelName: "CodexGelu",
  compose: ({ x }) => [mul(mul(x, 0.5), add(inner(x), 1))],
  gradient: {
    inputsToSave: ["x"],
    outputsToSave: [true],
    gradFunc(dy, saved) {
      const [x, y] = saved as [Tensor, Tensor];
      return { x: () => geluGradOperator.run({ dy: dy as Tensor, x, y }, {})[0]! };
    },
  },
});

/**
 * GELU in its tanh form, as GPT-2 has it: 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))). Any shape, f32.
 *
 * @source https://arxiv.org/abs/1606.08415, section 2
 */
export function gelu(x: Tensor): Tensor {
  return geluOperator.run({ x }, {})[0]!;
}
