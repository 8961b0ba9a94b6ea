import type { Tensor } from "@tensorflow/tfjs-core";
import type { Program } from "codex-core";
import { type GradientsParts, metricPrefix } from "../step/gradients-program.js";
import { picked, renamed, stateNames } from "../step/state-names.js";
import { type TokenInputs, tokenFacts } from "./token-facts.js";

/** What an evaluation program is made of. */
export interface EvaluationParts extends GradientsParts {
  /** Whether facts of each token come out too; the objective has to read `tokenIds` and `targetIds` then. */
  readonly withTokens?: boolean;
}

/**
 * The loss of one microBatch without gradients and without dropout.
 *
 * Inputs: the objective's. Outputs, scalars: `lossSum`, `weightSum`, `metric/NAME`; and those of `tokenFacts`, if
 * asked for.
 */
export function evaluateProgram({ model, objective, shape, withTokens }: EvaluationParts): Program<Tensor> {
  return {
    name: withTokens ? "evaluate-tokens" : "evaluate",
    state: renamed(model.parameters, stateNames.parameter),
    inputs: objective.inputs(shape),
    body(state, inputs) {
      const parameters = picked(state, Object.keys(model.parameters), stateNames.parameter);
      const bound = model.bind(parameters, { training: false });
      const { lossSum, weightSum, metricSums } = objective.loss(bound, inputs, { training: false });
      const sums = Object.entries(metricSums ?? {}).map(([name, sum]) => [metricPrefix + name, sum] as const);
      const facts = withTokens ? tokenFacts(bound, tokenInputs(inputs)) : {};
      return { outputs: { lossSum, weightSum, ...Object.fromEntries(sums), ...facts } };
    },
  };
}

function tokenInputs({ tokenIds, targetIds, positionIds, segmentIds }: { [name: string]: Tensor }): TokenInputs {
  const layout = positionIds && segmentIds ? { positionIds, segmentIds } : undefined;
  return { tokenIds: tokenIds as Tensor, targetIds: targetIds as Tensor, layout };
}
