import * as tf from "@tensorflow/tfjs-core";
import type { CausalLanguageModel, Program } from "codex-core";
import { picked, renamed, stateNames } from "../step/state-names.js";

type Tensor = tf.Tensor;

/**
 * Runs `tokens` tokens of one sequence through the model, from a position on, with resident keys and values.
 *
 * Inputs: `tokenIds` int32 [1, tokens], `position` int32 scalar. Output: `logits` f32 [vocabSize] after the last token.
 *
 * @param capacity Tokens that the cache holds; position + tokens stays within it.
 */
export function decodeProgram(model: CausalLanguageModel<Tensor>, tokens: number, capacity: number): Program<Tensor> {
  const cacheSpecs = model.cacheSpecs(1, capacity);
  return {
    name: `decode-${tokens}`,
    state: {
      ...renamed(model.parameters, stateNames.parameter),
      ...renamed(cacheSpecs, stateNames.cache),
    },
    inputs: { tokenIds: { shape: [1, tokens], dtype: "int32" }, position: { shape: [], dtype: "int32" } },
    body(state, { tokenIds, position }) {
      const parameters = picked(state, Object.keys(model.parameters), stateNames.parameter);
      const cache = picked(state, Object.keys(cacheSpecs), stateNames.cache);
      const bound = model.bind(parameters, { training: false });
      const { logits, cache: grown } = bound.decode(tokenIds as Tensor, position as Tensor, cache);
      const last = tf.reshape(tf.slice(logits, [0, tokens - 1, 0], [1, 1, model.vocabSize]), [model.vocabSize]);
      const written = Object.entries(grown).map(([name, tensor]) => [stateNames.cache(name), tensor] as const);
      return { state: Object.fromEntries(written), outputs: { logits: last } };
    },
  };
}
