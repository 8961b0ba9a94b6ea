import {
  broadcast_util,
  cast,
  Equal,
  Greater,
  greater,
  greaterEqual,
  Less,
  LessEqual,
  LogicalAnd,
  LogicalNot,
  LogicalOr,
  less,
  lessEqual,
  Maximum,
  Minimum,
  mul,
  NotEqual,
  registerGradient,
  reshape,
  SquaredDifference,
  sub,
  sum,
  type Tensor,
  zeros,
} from "@tensorflow/tfjs-core";
import "../gradients.js";

/** Adds a gradient up along the axes that broadcasting stretched. */
function toShapeOf(input: Tensor, gradient: Tensor): Tensor {
  const axes = broadcast_util.getReductionAxes(input.shape, gradient.shape);
  return reshape(axes.length > 0 ? sum(gradient, axes) : gradient, input.shape);
}

type Share = (a: Tensor, b: Tensor) => Tensor;

/** A gradient of two inputs under broadcasting, by each input's share of dy. */
function registerBroadcast(kernelName: string, shareOfA: Share, shareOfB: Share): void {
  registerGradient({
    kernelName,
    inputsToSave: ["a", "b"],
    gradFunc(dy, saved) {
      const [a, b] = saved as [Tensor, Tensor];
      return {
        a: () => toShapeOf(a, mul(dy as Tensor, shareOfA(a, b))),
        b: () => toShapeOf(b, mul(dy as Tensor, shareOfB(a, b))),
      };
    },
  });
}

const one = (condition: Tensor) => cast(condition, "float32");

/**
 * What tfjs-core's own gradients leave out. Those of maximum, minimum and squaredDifference do not sum over
 * broadcast axes, and most comparisons have none, so that a condition computed from a parameter, as in
 * where(greater(x, 0), …), cannot be differentiated around. Where both are equal, maximum and minimum give the
 * whole gradient to the first, as in tfjs-core.
 * Called when this package is loaded. To be called again after a library that registers tfjs-core's own anew.
 */
export function registerCoreGradients(): void {
  registerBroadcast(
    Maximum,
    (a, b) => one(greaterEqual(a, b)),
    (a, b) => one(less(a, b)),
  );
  registerBroadcast(
    Minimum,
    (a, b) => one(lessEqual(a, b)),
    (a, b) => one(greater(a, b)),
  );
  registerBroadcast(
    SquaredDifference,
    (a, b) => mul(sub(a, b), 2),
    (a, b) => mul(sub(b, a), 2),
  );

  for (const kernelName of [Equal, NotEqual, Greater, Less, LessEqual, LogicalAnd, LogicalOr, LogicalNot]) {
    const inputs = kernelName === LogicalNot ? ["x"] : ["a", "b"];
    registerGradient({
      kernelName,
      inputsToSave: inputs,
      gradFunc: (_, saved) => Object.fromEntries(inputs.map((name, index) => [name, () => zeros(saved[index]!.shape)])),
    });
  }
}

registerCoreGradients();
