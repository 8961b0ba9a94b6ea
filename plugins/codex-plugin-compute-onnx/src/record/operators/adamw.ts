import { scalarLike } from "../../ir/elementwise-operators.js";
import { float, producer, sameShape, type Value } from "../../ir/value.js";
import { nativeDomain } from "../../target/target.js";
import type { KernelCall, KernelFamily } from "../recorded-kernel.js";

/** A gradient that is multiplied by a scalar, and that scalar: the update multiplies for itself. */
function unscaled(gradient: Value): readonly [Value, Value | undefined] {
  const [x, scale] = (producer(gradient, "Mul")?.inputs ?? []) as readonly Value[];
  return x && scale?.shape.length === 0 && sameShape(x.shape, gradient.shape) ? [x, scale] : [gradient, undefined];
}

function adamw({ g, input, optional, attrs }: KernelCall): readonly Value[] {
  const parameter = input("parameter");
  const [gradient, gradientScale] = unscaled(input("gradient"));
  const [beta1, beta2] = [attrs.get<number>("beta1"), attrs.get<number>("beta2")];
  const options = {
    firstRate: float(1 - beta1),
    secondDecay: float(beta2),
    secondRate: float(1 - beta2),
    epsilon: float(attrs.get<number>("epsilon")),
  };
  const decayFactor = optional("decayFactor") ?? scalarLike(g, parameter, 1);
  const scalars = [decayFactor, input("stepSize"), input("inverseRootCorrection"), gradientScale];
  const tensors = [parameter, gradient, input("expAvg"), input("expAvgSq")];
  const specs = Array.from({ length: 3 }, () => ({ dtype: parameter.dtype, shape: parameter.shape }));
  return g.node("AdamW", [...tensors, ...scalars], specs, options, nativeDomain).outputs;
}

export const adamwKernels: KernelFamily = { CodexAdamW: adamw };
