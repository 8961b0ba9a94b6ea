import { add, customGrad, mean, mul, rsqrt, square, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import { checkShape } from "./check-shapes.js";
import { defineOperator } from "./operator.js";

interface GradInputs {
  readonly dy: Tensor;
  readonly x: Tensor;
  readonly scale: Tensor;
  readonly inverseRms: Tensor;
}

/** `CodexRmsNorm`: x [..., C], scale [C] → y [..., C], inverseRms [..., 1]. */
export const rmsNormOperator = defineOperator<{ x: Tensor; scale: Tensor }, { readonly epsilon: number }>({
  kernelName: "CodexRmsNorm",
  compose({ x, scale }, { epsilon }) {
    const inverseRms = rsqrt(add(mean(square(x), -1, true), epsilon));
    return [mul(mul(x, inverseRms), scale), inverseRms];
  },
});

/** `CodexRmsNormGrad`: dy, x [..., C], scale [C], inverseRms [..., 1] → dx [..., C], dScale [C]. */
export const rmsNormGradOperator = defineOperator<GradInputs, Record<never, never>>({
  kernelName: "CodexRmsNormGrad",
  compose({ dy, x, scale, inverseRms }) {
    const leading = x.shape.slice(0, -1).map((_, axis) => axis);
    const normalized = mul(x, inverseRms);
    const scaled = mul(dy, scale);
    const projection = mul(normalized, mean(mul(scaled, normalized), -1, true));
    return [mul(inverseRms, sub(scaled, projection)), sum(mul(dy, normalized), leading)];
  },
});

/**
 * Root mean square normalization over the last axis: x / √(mean(x²) + epsilon) · scale.
 *
 * x [..., C], scale [C], both f32 → y [..., C].
 *
 * @throws CODEX_NN_SHAPE when the shapes do not fit.
 * @source https://arxiv.org/abs/1910.07467, equation 4
 */
export function rmsNorm(x: Tensor, scale: Tensor, epsilon = 1e-5): Tensor {
  checkShape("rmsNorm", "scale", scale, [x.shape.at(-1)]);
  const normalize = customGrad((...values) => {
    const [input, factor] = values as [Tensor, Tensor];
    const save = values[2] as unknown as (tensors: Tensor[]) => void;
    const [y, inverseRms] = rmsNormOperator.run({ x: input, scale: factor }, { epsilon });
    save([input, factor, inverseRms!]);
    return {
      value: y!,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [savedX, savedScale, savedRms] = saved as [Tensor, Tensor, Tensor];
        return rmsNormGradOperator.run({ dy, x: savedX, scale: savedScale, inverseRms: savedRms }, {});
      },
    };
  });
  return normalize(x, scale);
}
