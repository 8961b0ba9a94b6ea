import { binary, withNumber } from "../../ir/elementwise-operators.js";
import { gemm } from "../../ir/matrix-operators.js";
import { reshape } from "../../ir/movement-operators.js";
import { reduce } from "../../ir/reduction-operators.js";
import { float, int, sizeOf, type Value } from "../../ir/value.js";
import { nativeDomain } from "../../target/target.js";
import type { KernelCall, KernelFamily } from "../recorded-kernel.js";

function layerNorm({ g, native, input, optional, attrs }: KernelCall): readonly Value[] {
  const x = input("x");
  const rows = [...x.shape.slice(0, -1), 1];
  const specs = [x.shape, rows, rows].map((shape) => ({ dtype: x.dtype, shape }));
  const epsilon = float(attrs.get<number>("epsilon"));
  if (native)
    return g.node("LayerNorm", [x, input("scale"), optional("bias")], specs, { epsilon }, nativeDomain).outputs;
  const options = { axis: int(-1), epsilon };
  return g.node("LayerNormalization", [x, input("scale"), optional("bias")], specs, options).outputs;
}

/**
 * With x̂ the normalized input: dx = inverseStd · (dy·scale − mean(dy·scale) − x̂ · mean(dy·scale·x̂)). Both row means
 * are products with the column scale/C, which saves passes over [N, C].
 */
function layerNormGrad({ g, native, input }: KernelCall): readonly Value[] {
  const [dy, x, scale, mean, inverseStd] = ["dy", "x", "scale", "mean", "inverseStd"].map(input) as [
    Value,
    Value,
    Value,
    Value,
    Value,
  ];
  if (native) {
    const specs = [x, scale, scale].map(({ dtype, shape }) => ({ dtype, shape }));
    return g.node("LayerNormGradient", [dy, x, scale, mean, inverseStd], specs, {}, nativeDomain).outputs;
  }
  const width = scale.shape[0]!;
  const count = sizeOf(x.shape) / width;
  const matrix = (value: Value) => reshape(g, value, [count, width]);
  const normalized = binary(g, "Mul", binary(g, "Sub", x, mean), inverseStd);
  const weighted = binary(g, "Mul", dy, normalized);
  const column = withNumber(g, "Mul", reshape(g, scale, [width, 1]), 1 / width);
  const rowMean = (value: Value) => reshape(g, gemm(g, matrix(value), column), mean.shape);
  const centered = binary(g, "Sub", binary(g, "Mul", dy, scale), rowMean(dy));
  const inner = binary(g, "Sub", centered, binary(g, "Mul", normalized, rowMean(weighted)));
  const columnSum = (value: Value) => reduce(g, "ReduceSum", matrix(value), [0]);
  return [binary(g, "Mul", inner, inverseStd), columnSum(weighted), columnSum(dy)];
}

export const layerNormKernels: KernelFamily = { CodexLayerNorm: layerNorm, CodexLayerNormGrad: layerNormGrad };
