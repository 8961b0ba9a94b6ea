import type { KernelInstaller } from "../operations/kernel-installer.js";
import type { Value } from "../operations/value.js";

interface Inputs {
  readonly parameter: Value;
  readonly gradient: Value;
  readonly expAvg: Value;
  readonly expAvgSq: Value;
  readonly stepSize: Value;
  readonly inverseRootCorrection: Value;
  readonly decayFactor?: Value;
}

interface Attrs {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * AdamW by `ResourceApplyAdam`, one pass over parameter, moments and gradient, in their place. It has
 *
 *     p − lr·√(1 − β2ᵗ) / (1 − β1ᵗ) · m / (√v + epsilon)
 *
 * so that PyTorch's formula comes out with an epsilon and a rate that are divided by the operator's own
 * inverseRootCorrection = 1 / √(1 − β2ᵗ), and with powers of the betas that are zero.
 */
export function installAdamW(installer: KernelInstaller): void {
  installer.install<Inputs, Attrs>("CodexAdamW", (operations, inputs, { beta1, beta2, epsilon }) => {
    const { last } = operations;
    const { parameter, gradient, expAvg, expAvgSq, stepSize, inverseRootCorrection, decayFactor } = inputs;
    const rate = operations.one("RealDiv", [stepSize, inverseRootCorrection]);
    const smallest = operations.one("RealDiv", [operations.scalar(epsilon), inverseRootCorrection]);
    const decayed = decayFactor ? operations.mul(parameter, decayFactor) : parameter;
    if (decayFactor) operations.giveAway(parameter);
    const variables = [decayed, expAvg, expAvgSq].map((value) => operations.variable(value));
    const zero = operations.scalar(0);
    const betas = [operations.scalar(beta1), operations.scalar(beta2)];
    operations.run("ResourceApplyAdam", [...variables, zero, zero, rate, ...betas, smallest, gradient], [], 0);
    return variables.map((variable) =>
      operations.one("ReadVariableOp", [last(variable)], operations.constants.floatType),
    );
  });
}
