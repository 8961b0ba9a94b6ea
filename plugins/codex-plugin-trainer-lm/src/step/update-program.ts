import * as tf from "@tensorflow/tfjs-core";
import type { CausalLanguageModel, Named, Optimizer, Program, TensorSpec } from "codex-core";
import { picked, renamed, stateNames } from "./state-names.js";

type Tensor = tf.Tensor;

const scalar: TensorSpec = { shape: [], dtype: "float32" };

/** Resident optimizer state of all parameters. */
function optimizerStateSpecs(
  model: CausalLanguageModel<Tensor>,
  optimizer: Optimizer<Tensor>,
): Record<string, TensorSpec> {
  const specs: Record<string, TensorSpec> = {};
  for (const [name, parameter] of Object.entries(model.parameters)) {
    Object.assign(
      specs,
      renamed(optimizer.slots(parameter), (slot) => stateNames.optimizer(slot, name)),
    );
  }
  return specs;
}

/**
 * The optimizer's update of all parameters from the resident gradients. Elementwise throughout, so that a backend
 * may run it in pieces.
 *
 * Inputs, float32 scalars: `gradientScale`, by which gradients are multiplied (division by the weights and clipping),
 * and the optimizer's scalars. No outputs.
 */
export function updateProgram(model: CausalLanguageModel<Tensor>, optimizer: Optimizer<Tensor>): Program<Tensor> {
  const scalarNames = Object.keys(optimizer.scalars(0, optimizer.learningRate));
  return {
    name: "update",
    state: {
      ...renamed(model.parameters, stateNames.parameter),
      ...renamed(model.parameters, stateNames.gradient),
      ...optimizerStateSpecs(model, optimizer),
    },
    inputs: Object.fromEntries(["gradientScale", ...scalarNames].map((name) => [name, scalar])),
    body(state, inputs) {
      const { gradientScale, ...scalars } = inputs;
      const updated: Record<string, Tensor> = {};
      for (const [name, spec] of Object.entries(model.parameters)) {
        const rename = (slot: string) => stateNames.optimizer(slot, name);
        const slots = picked(state, Object.keys(optimizer.slots(spec)), rename);
        const parameter = state[stateNames.parameter(name)] as Tensor;
        const next = tf.tidy(() => {
          const gradient = tf.mul(state[stateNames.gradient(name)] as Tensor, gradientScale as Tensor);
          return { ...optimizer.update(name, { parameter, slots }, gradient, scalars as Named<Tensor>) };
        });
        updated[stateNames.parameter(name)] = next.parameter;
        for (const [slot, tensor] of Object.entries(next.slots)) updated[rename(slot)] = tensor;
      }
      return { state: updated, outputs: {} };
    },
  };
}
