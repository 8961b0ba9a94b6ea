import * as tf from "@tensorflow/tfjs-core";
import type {
  BatchShape,
  CausalLanguageModel,
  Named,
  Objective,
  ObjectiveOutput,
  Program,
  TensorSpec,
} from "codex-core";
import { squaredSum } from "codex-nn";
import { picked, renamed, stateNames } from "./state-names.js";

type Tensor = tf.Tensor;

/** What a gradients program is made of. */
export interface GradientsParts {
  readonly model: CausalLanguageModel<Tensor>;
  readonly objective: Objective<Tensor>;
  readonly shape: BatchShape;
}

/** Prefix of a metric sum among a program's outputs. */
export const metricPrefix = "metric/";

const scalarKey: TensorSpec = { shape: [4], dtype: "int32" };

/**
 * One microStep: the loss of a microBatch and its gradients. `fresh` sets the resident gradients, `accumulate` adds
 * to them. Nothing is divided here: the sum of weights is known only after the last microStep.
 *
 * Inputs: the objective's, and `randomKey` int32 [4] = seed's low word, its high word, step, microStep.
 * Outputs, scalars: `lossSum`, `weightSum`, `gradientSquaredSum` (of the resident gradients), `metric/NAME`.
 */
export function gradientsProgram(parts: GradientsParts, mode: "fresh" | "accumulate"): Program<Tensor> {
  const { model, objective, shape } = parts;
  const names = Object.keys(model.parameters);
  return {
    name: `gradients-${mode}`,
    state: {
      ...renamed(model.parameters, stateNames.parameter),
      ...renamed(model.parameters, stateNames.gradient),
    },
    inputs: { ...objective.inputs(shape), randomKey: scalarKey },
    body(state, inputs) {
      const { randomKey, ...batch } = inputs;
      const parameters = picked(state, names, stateNames.parameter);
      const { value, grads, sums } = differentiate(names, parameters, (bound) =>
        objective.loss(model.bind(bound, { training: true, randomKey }), batch, { training: true }),
      );
      const resident: Record<string, Tensor> = {};
      names.forEach((name, index) => {
        const gradient = grads[index] ?? tf.zerosLike(parameters[name] as Tensor);
        const key = stateNames.gradient(name);
        resident[key] = mode === "fresh" ? gradient : tf.add(state[key] as Tensor, gradient);
      });
      const gradientSquaredSum = tf.addN(Object.values(resident).map((gradient) => squaredSum(gradient)));
      return { state: resident, outputs: { lossSum: value, ...sums, gradientSquaredSum } };
    },
  };
}

interface Differentiated {
  readonly value: Tensor;
  /** By the order of the names; undefined for a parameter that the loss does not depend on. */
  readonly grads: readonly (Tensor | undefined)[];
  readonly sums: Named<Tensor>;
}

/**
 * The loss sum with its gradients. The gradient scope frees all that the loss made beside its value, so the other
 * sums are kept as copies, and handed on as tensors of the caller's scope.
 */
function differentiate(
  names: readonly string[],
  parameters: Named<Tensor>,
  loss: (parameters: Named<Tensor>) => ObjectiveOutput<Tensor>,
): Differentiated {
  const kept: Record<string, Tensor> = {};
  const ordered = names.map((name) => parameters[name] as Tensor);
  const compute = () => {
    const { lossSum, weightSum, metricSums } = loss(parameters);
    kept.weightSum = tf.keep(tf.clone(weightSum));
    for (const [name, sum] of Object.entries(metricSums ?? {})) kept[metricPrefix + name] = tf.keep(tf.clone(sum));
    return lossSum;
  };
  const { value, grads } = tf.engine().gradients(compute, ordered, undefined, true);
  const sums: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(kept)) {
    sums[name] = tf.clone(tensor);
    tensor.dispose();
  }
  return { value, grads, sums };
}
