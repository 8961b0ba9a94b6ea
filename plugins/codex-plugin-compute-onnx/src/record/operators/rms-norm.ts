import { float, type Value } from "../../ir/value.js";
import { nativeDomain } from "../../target/target.js";
import type { KernelCall, KernelFamily } from "../recorded-kernel.js";

function rmsNorm({ g, input, attrs }: KernelCall): readonly Value[] {
  const [x, scale] = [input("x"), input("scale")];
  const specs = [x.shape, [...x.shape.slice(0, -1), 1]].map((shape) => ({ dtype: x.dtype, shape }));
  const options = { epsilon: float(attrs.get<number>("epsilon")) };
  return g.node("RmsNorm", [x, scale], specs, options, nativeDomain).outputs;
}

function rmsNormGrad({ g, input }: KernelCall): readonly Value[] {
  const [x, scale] = [input("x"), input("scale")];
  const specs = [x, scale].map(({ dtype, shape }) => ({ dtype, shape }));
  return g.node("RmsNormGradient", [input("dy"), x, scale, input("inverseRms")], specs, {}, nativeDomain).outputs;
}

export const rmsNormKernels: KernelFamily = { CodexRmsNorm: rmsNorm, CodexRmsNormGrad: rmsNormGrad };
