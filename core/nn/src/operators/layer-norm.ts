import { add, customGrad, mean, mul, rsqrt, square, sub, sum, type Tensor } from "@tensorflow/tfjs-core";
import { checkShape } from "./check-shapes.js";
import { defineOperator } from "./operator.js";

interface Inputs {
  readonly x: Tensor;
  readonly scale: Tensor;
  readonly bias?: Tensor;
}

interface GradInputs {
  readonly dy: Tensor;
  readonly x: Tensor;
  readonly scale: Tensor;
  readonly mean: Tensor;
  readonly inverseStd: Tensor;
}

/** `CodexLayerNorm`: x [..., C], scale [C], bias [C]? → y [..., C], mean [..., 1], inverseStd [..., 1]. */
export const layerNormOperator = defineOperator<Inputs, { readonly epsilon: number }>({
  kernelName: "CodexLayerNorm",
  compose({ x, scale, bias }, { epsilon }) {
    const center = mean(x, -1, true);
    const centered = sub(x, center);
    const inverseStd = rsqrt(add(mean(square(centered), -1, true), epsilon));
    const scaled = mul(mul(centered, inverseStd), scale);
    return [bias ? add(scaled, bias) : scaled, center, inverseStd];
  },
});

/** `CodexLayerNormGrad`: dy, x [..., C], scale [C], mean, inverseStd [..., 1] → dx [..., C], dScale [C], dBias [C]. */
export const layerNormGradOperator = defineOperator<GradInputs, Record<never, never>>({
  kernelName: "CodexLayerNormGrad",
  compose({ dy, x, scale, mean: center, inverseStd }) {
    const leading = x.shape.slice(0, -1).map((_, axis) => axis);
    const normalized = mul(sub(x, center), inverseStd);
    const scaled = mul(dy, scale);
    const projection = mul(normalized, mean(mul(scaled, normalized), -1, true));
    const dx = mul(inverseStd, sub(sub(scaled, mean(scaled, -1, true)), projection));
    return [dx, sum(mul(dy, normalized), leading), sum(dy, leading)];
  },
});

/**
 * Layer normalization over the last axis: (x − mean) / √(variance + epsilon) · scale + bias, with the biased variance.
 *
 * x [..., C], scale [C], bias [C] or none, all f32 → y [..., C].
 *
 * @throws CODEX_NN_SHAPE when the shapes do not fit.
 * @source https://arxiv.org/abs/1607.06450, equation 4
 */
export function layerNorm(x: Tensor, scale: Tensor, bias?: Tensor, epsilon = 1e-5): Tensor {
  const width = x.shape.at(-1);
  checkShape("layerNorm", "scale", scale, [width]);
  if (bias) checkShape("layerNorm", "bias", bias, [width]);
  const inputs = bias ? [x, scale, bias] : [x, scale];
  const normalize = customGrad((...values) => {
    const [input, factor, offset] = values as [Tensor, Tensor, Tensor | undefined];
    const save = values.at(-1) as unknown as (tensors: Tensor[]) => void;
    const [y, center, inverseStd] = layerNormOperator.run(
      { x: input, scale: factor, bias: bias ? offset : undefined },
      { epsilon },
    );
    save([input, factor, center!, inverseStd!]);
    return {
      value: y!,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [savedX, savedScale, savedMean, savedStd] = saved as [Tensor, Tensor, Tensor, Tensor];
        const gradients = layerNormGradOperator.run(
          { dy, x: savedX, scale: savedScale, mean: savedMean, inverseStd: savedStd },
          {},
        );
        return gradients.slice(0, inputs.length);
      },
    };
  });
  return normalize(...inputs);
}
