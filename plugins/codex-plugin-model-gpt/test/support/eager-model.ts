import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import type { BoundModel, CausalLanguageModel, ForwardContext } from "codex-core";
import { installOperators } from "codex-nn";
import { GptLoader, type GptOptions } from "codex-plugin-model-gpt";

export const tinyOptions: GptOptions = {
  layerCount: 2,
  headCount: 3,
  embedDim: 12,
  contextLength: 7,
  dropout: 0,
  bias: true,
};

export const vocabSize = 11;

/** A small model with values that no symmetry hides mistakes in: biases and scales are drawn too. */
export async function tinyModel(change: Partial<GptOptions> = {}) {
  tf.enableProdMode();
  await tf.setBackend("cpu");
  installOperators("cpu");
  const model = await new GptLoader({ ...tinyOptions, ...change }).load({ vocabSize, dtype: "float32" });
  const values = new Map<string, Float32Array>();
  let salt = 0;
  for (const [name, data] of model.initialize(1)) {
    salt += 1;
    values.set(
      name,
      data.map((value, index) => value * (value === 1 ? 1 : 10) + Math.sin(index * 1.7 + salt) * 0.1),
    );
  }
  return { model, values };
}

/** Runs an action with the model bound to its values, all tensors freed after it. */
export function withModel<Result>(
  { model, values }: { model: CausalLanguageModel<tf.Tensor>; values: ReadonlyMap<string, Float32Array> },
  context: ForwardContext<tf.Tensor>,
  action: (bound: BoundModel<tf.Tensor>) => Result,
): Result {
  tf.engine().startScope();
  try {
    const parameters = Object.fromEntries(
      Object.entries(model.parameters).map(([name, { shape }]) => [
        name,
        tf.tensor(values.get(name) as Float32Array, [...shape]),
      ]),
    );
    return action(model.bind(parameters, context));
  } finally {
    tf.engine().endScope();
  }
}

/** Token ids [batch, tokens] int32. */
export const idsTensor = (rows: readonly (readonly number[])[]) =>
  tf.tensor2d(
    rows.map((row) => [...row]),
    undefined,
    "int32",
  );
