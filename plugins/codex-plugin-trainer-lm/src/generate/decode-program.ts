import * as tf from "@tensorflow/tfjs-core";
import type { CausalLanguageModel, Program, TensorSpec } from "codex-core";
import { picked, renamed, stateNames } from "../step/state-names.js";

type Tensor = tf.Tensor;

/** Sizes of a pass over `batch` sequences. */
export interface DecodeShape {
  readonly batch: number;
  /** New tokens of each sequence, padding counted. */
  readonly tokens: number;
  /** Tokens that the cache holds of each sequence. */
  readonly capacity: number;
}

/**
 * Begins sequences, with resident keys and values.
 *
 * Inputs: `tokenIds` int32 [batch, tokens], padded on the right; `count` int32 [batch], tokens that are no padding.
 * Output: `logits` f32 [batch, vocabSize] after the last of them.
 */
export function prefillProgram(model: CausalLanguageModel<Tensor>, shape: DecodeShape): Program<Tensor> {
  return programOf(`prefill-${shape.batch}x${shape.tokens}`, model, shape, "count");
}

/**
 * Continues sequences by one token each.
 *
 * Inputs: `tokenIds` int32 [batch, 1], `position` int32 [batch], below the capacity. Output: `logits` f32
 * [batch, vocabSize].
 */
export function decodeProgram(model: CausalLanguageModel<Tensor>, shape: Omit<DecodeShape, "tokens">): Program<Tensor> {
  return programOf(`decode-${shape.batch}`, model, { ...shape, tokens: 1 }, "position");
}

function programOf(
  name: string,
  model: CausalLanguageModel<Tensor>,
  { batch, tokens, capacity }: DecodeShape,
  input: "count" | "position",
): Program<Tensor> {
  const cacheSpecs = model.cacheSpecs(batch, capacity);
  const perSequence: TensorSpec = { shape: [batch], dtype: "int32" };
  return {
    name,
    state: {
      ...renamed(model.parameters, stateNames.parameter),
      ...renamed(cacheSpecs, stateNames.cache),
    },
    inputs: { tokenIds: { shape: [batch, tokens], dtype: "int32" }, [input]: perSequence },
    body(state, inputs) {
      const parameters = picked(state, Object.keys(model.parameters), stateNames.parameter);
      const cache = picked(state, Object.keys(cacheSpecs), stateNames.cache);
      const bound = model.bind(parameters, { training: false });
      const { position, count = tf.ones([batch], "int32") } = inputs;
      const span = position ? { position, count } : { count };
      const { logits, cache: grown } = bound.decode(inputs.tokenIds as Tensor, span, cache);
      const written = Object.entries(grown).map(([name, tensor]) => [stateNames.cache(name), tensor] as const);
      return { state: Object.fromEntries(written), outputs: { logits } };
    },
  };
}
