import { add, mul, reshape, type Scalar, slice, square, sum, type Tensor } from "@tensorflow/tfjs-core";
import { defineOperator } from "./operator.js";

const blockSize = 1024;

/** Sums in blocks, so that float32 keeps its precision over millions of elements. */
function blockedSum(flat: Tensor): Tensor {
  if (flat.size <= blockSize) return sum(flat);
  const blocks = Math.floor(flat.size / blockSize);
  const whole = blocks * blockSize;
  const partial = blockedSum(sum(reshape(slice(flat, [0], [whole]), [blocks, blockSize]), 1));
  return whole === flat.size ? partial : add(partial, sum(slice(flat, [whole], [flat.size - whole])));
}

/** `CodexSquaredSum`: x of any shape → scalar Σ x². */
export const squaredSumOperator = defineOperator<{ x: Tensor }, Record<never, never>>({
  kernelName: "CodexSquaredSum",
  compose: ({ x }) => [blockedSum(square(reshape(x, [x.size])))],
  gradient: {
    inputsToSave: ["x"],
    gradFunc(dy, saved) {
      const [x] = saved as [Tensor];
      return { x: () => mul(mul(x, 2), dy as Tensor) };
    },
  },
});

/** Σ x² as a scalar f32, accurate for large tensors: for gradient norms. */
export function squaredSum(x: Tensor): Scalar {
  return squaredSumOperator.run({ x }, {})[0] as Scalar;
}
