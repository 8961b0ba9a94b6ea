import type { Tensor } from "@tensorflow/tfjs-core";
import type { Program } from "codex-core";
import { type GradientsParts, metricPrefix } from "../step/gradients-program.js";
import { picked, renamed, stateNames } from "../step/state-names.js";

/**
 * The loss of one microBatch without gradients and without dropout.
 *
 * Inputs: the objective's. Outputs, scalars: `lossSum`, `weightSum`, `metric/NAME`.
 */
export function evaluateProgram({ model, objective, shape }: GradientsParts): Program<Tensor> {
  return {
    name: "evaluate",
    state: renamed(model.parameters, stateNames.parameter),
    inputs: objective.inputs(shape),
    body(state, inputs) {
      const parameters = picked(state, Object.keys(model.parameters), stateNames.parameter);
      const bound = model.bind(parameters, { training: false });
      const { lossSum, weightSum, metricSums } = objective.loss(bound, inputs, { training: false });
      const sums = Object.entries(metricSums ?? {}).map(([name, sum]) => [metricPrefix + name, sum] as const);
      return { outputs: { lossSum, weightSum, ...Object.fromEntries(sums) } };
    },
  };
}
