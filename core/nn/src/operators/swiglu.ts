import { add, customGrad, mul, sigmoid, sub, type Tensor } from "@tensorflow/tfjs-core";
import { checkShape } from "./check-shapes.js";
import { defineOperator } from "./operator.js";

interface Inputs {
  readonly gate: Tensor;
  readonly up: Tensor;
}

/** `CodexSwiGlu`: gate, up of one shape → y. */
export const swigluOperator = defineOperator<Inputs, Record<never, never>>({
  kernelName: "CodexSwiGlu",
  compose: ({ gate, up }) => [mul(mul(gate, sigmoid(gate)), up)],
});

/** `CodexSwiGluGrad`: dy, gate, up of one shape → dGate, dUp. */
export const swigluGradOperator = defineOperator<Inputs & { readonly dy: Tensor }, Record<never, never>>({
  kernelName: "CodexSwiGluGrad",
  compose({ dy, gate, up }) {
    const s = sigmoid(gate);
    const slope = mul(s, add(mul(gate, sub(1, s)), 1));
    return [mul(mul(dy, up), slope), mul(dy, mul(gate, s))];
  },
});

/**
 * SwiGLU's product: silu(gate) · up, with silu(x) = x · sigmoid(x). The linear maps before and after are the caller's.
 *
 * gate, up of one shape, f32 → y of that shape.
 *
 * @throws CODEX_NN_SHAPE when the shapes differ.
 * @source https://arxiv.org/abs/2002.05202, equation 6
 */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  checkShape("swiglu", "up", up, gate.shape);
  const product = customGrad((...values) => {
    const [a, b] = values as [Tensor, Tensor];
    const save = values[2] as unknown as (tensors: Tensor[]) => void;
    save([a, b]);
    return {
      value: swigluOperator.run({ gate: a, up: b }, {})[0]!,
      gradFunc: (dy: Tensor, saved: Tensor[]) => swigluGradOperator.run({ dy, gate: saved[0]!, up: saved[1]! }, {}),
    };
  });
  return product(gate, up);
}
