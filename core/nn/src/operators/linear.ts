import { add, matMul, sum, type Tensor, type Tensor1D, type Tensor2D } from "@tensorflow/tfjs-core";
import { checkShape } from "./check-shapes.js";
import { defineOperator } from "./operator.js";

interface Inputs {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias?: Tensor;
}

interface Attrs {
  readonly transposeWeight: boolean;
}

/** `CodexLinear`: x [N, K], weight [K, M] or, transposed, [M, K], bias [M] → y [N, M]. */
export const linearOperator = defineOperator<Inputs, Attrs>({
  kernelName: "CodexLinear",
  compose({ x, weight, bias }, { transposeWeight }) {
    const product = matMul(x as Tensor2D, weight as Tensor2D, false, transposeWeight);
    return [bias ? add(product, bias) : product];
  },
  gradient: {
    inputsToSave: ["x", "weight"],
    gradFunc(dy, saved, attrs) {
      const { transposeWeight } = attrs as unknown as Attrs;
      const [x, weight] = saved as [Tensor2D, Tensor2D];
      const gradient = dy as Tensor2D;
      return {
        x: () => matMul(gradient, weight, false, !transposeWeight),
        weight: () => (transposeWeight ? matMul(gradient, x, true, false) : matMul(x, gradient, true, false)),
        bias: () => sum(gradient, 0),
      };
    },
  },
});

/** Options of `linear`. */
export interface LinearOptions {
  /** The weight is [M, K], as a tied embedding is. Default: false, [K, M]. */
  readonly transposeWeight?: boolean;
}

/**
 * y = x·weight + bias.
 *
 * x [N, K], weight [K, M] ([M, K] with `transposeWeight`), bias [M], all f32 → y [N, M].
 *
 * @throws CODEX_NN_SHAPE when the shapes do not fit.
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor, options: LinearOptions = {}): Tensor2D {
  const { transposeWeight = false } = options;
  checkShape("linear", "x", x, [undefined, undefined]);
  checkShape("linear", "weight", weight, transposeWeight ? [undefined, x.shape[1]] : [x.shape[1], undefined]);
  if (bias) checkShape("linear", "bias", bias, [weight.shape[transposeWeight ? 0 : 1]]);
  const [y] = linearOperator.run({ x, weight, bias: bias as Tensor1D | undefined }, { transposeWeight });
  return y as Tensor2D;
}
