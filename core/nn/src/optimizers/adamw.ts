import { add, div, mul, sqrt, square, sub, type Tensor } from "@tensorflow/tfjs-core";
import { nnErrors } from "../errors/nn-errors.js";
import { defineOperator } from "../operators/operator.js";

/** What AdamW is made with. */
export interface AdamWOptions {
  /** Decay rates of the two moments, each in [0, 1). Default: [0.9, 0.95]. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the corrected second moment. Default: 1e-8. */
  readonly epsilon?: number;
  /** Decoupled decay of tensors with two or more dimensions, a factor of the learning rate. Default: 0.1. */
  readonly weightDecay?: number;
}

/** Shape and dtype of a tensor. */
export interface AdamWTensorSpec {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32";
}

/** One parameter with its moments. */
export interface AdamWState {
  readonly parameter: Tensor;
  /** `exp_avg` and `exp_avg_sq`, shaped as the parameter. */
  readonly slots: { readonly [slot: string]: Tensor };
}

/** AdamW as pure functions; its state is the caller's. */
export interface AdamW {
  slots(parameter: AdamWTensorSpec): { readonly [slot: string]: AdamWTensorSpec };
  scalars(step: number, learningRate: number): { readonly [name: string]: number };
  update(name: string, current: AdamWState, gradient: Tensor, scalars: { readonly [name: string]: Tensor }): AdamWState;
}

interface UpdateInputs {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly expAvg: Tensor;
  readonly expAvgSq: Tensor;
  readonly stepSize: Tensor;
  readonly inverseRootCorrection: Tensor;
  /** Left out: no decay. */
  readonly decayFactor?: Tensor;
}

interface UpdateAttrs {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/**
 * `CodexAdamW`: parameter, gradient, expAvg, expAvgSq of one shape, scalars stepSize, inverseRootCorrection,
 * decayFactor? → the new parameter, expAvg, expAvgSq. Has no gradient. A backend may write them over the old ones: these
 * are not to be read afterwards.
 */
export const adamWOperator = defineOperator<UpdateInputs, UpdateAttrs>({
  kernelName: "CodexAdamW",
  compose({ parameter, gradient, stepSize, decayFactor, ...current }, { beta1, beta2, epsilon }) {
    const expAvg = add(current.expAvg, mul(sub(gradient, current.expAvg), 1 - beta1));
    const expAvgSq = add(mul(current.expAvgSq, beta2), mul(square(gradient), 1 - beta2));
    const denominator = add(mul(sqrt(expAvgSq), current.inverseRootCorrection), epsilon);
    const change = mul(div(expAvg, denominator), stepSize);
    return [sub(decayFactor ? mul(parameter, decayFactor) : parameter, change), expAvg, expAvgSq];
  },
});

/**
 * AdamW with PyTorch's formula and placement of epsilon. With t = step + 1, g the gradient, and wd = 0 for tensors of
 * fewer than two dimensions:
 *
 *     m = m + (1 − β1)·(g − m)
 *     v = β2·v + (1 − β2)·g²
 *     p = p·(1 − lr·wd) − lr / (1 − β1ᵗ) · m / (√v / √(1 − β2ᵗ) + epsilon)
 *
 * All that depends on the step is computed in double precision on the host and comes in as three scalars, so that
 * nothing of it is baked into a compiled program. `update` is elementwise: tensors of one shape and scalars only.
 *
 * @throws CODEX_NN_ARGUMENT when a beta is not in [0, 1), epsilon is not positive, or the decay is negative.
 * @source https://arxiv.org/abs/1711.05101, algorithm 2
 */
export function createAdamW(options: AdamWOptions = {}): AdamW {
  const { betas: [beta1, beta2] = [0.9, 0.95], epsilon = 1e-8, weightDecay = 0.1 } = options;
  const inRange = (beta: number) => beta >= 0 && beta < 1;
  if (!inRange(beta1) || !inRange(beta2)) {
    throw nnErrors.CODEX_NN_ARGUMENT({ what: `AdamW got betas [${beta1}, ${beta2}]; each must be in [0, 1).` });
  }
  if (!(epsilon > 0) || !(weightDecay >= 0)) {
    throw nnErrors.CODEX_NN_ARGUMENT({
      what: `AdamW got epsilon ${epsilon} and weightDecay ${weightDecay}; they must be above 0, and 0 or more.`,
    });
  }
  return {
    slots: ({ shape, dtype }) => ({ exp_avg: { shape, dtype }, exp_avg_sq: { shape, dtype } }),
    scalars(step, learningRate) {
      return {
        decayFactor: 1 - learningRate * weightDecay,
        stepSize: learningRate / (1 - beta1 ** (step + 1)),
        inverseRootCorrection: 1 / Math.sqrt(1 - beta2 ** (step + 1)),
      };
    },
    update(_name, { parameter, slots }, gradient, scalars) {
      const decays = weightDecay > 0 && parameter.rank >= 2;
      const { stepSize, inverseRootCorrection, decayFactor } = scalars;
      const [next, expAvg, expAvgSq] = adamWOperator.run(
        {
          parameter,
          gradient,
          expAvg: slots.exp_avg!,
          expAvgSq: slots.exp_avg_sq!,
          stepSize: stepSize!,
          inverseRootCorrection: inverseRootCorrection!,
          decayFactor: decays ? decayFactor : undefined,
        },
        { beta1, beta2, epsilon },
      ) as [Tensor, Tensor, Tensor];
      return { parameter: next, slots: { exp_avg: expAvg, exp_avg_sq: expAvgSq } };
    },
  };
}
