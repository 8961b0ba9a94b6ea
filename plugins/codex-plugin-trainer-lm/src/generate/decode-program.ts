import * as tf from "@tensorflow/tfjs-core";
import type { CausalLanguageModel, Program, TensorSpecs } from "codex-core";
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
  const { batch, tokens } = shape;
  return programOf(`prefill-${batch}x${tokens}`, model, shape, {
    count: { shape: [batch], dtype: "int32" },
  });
}

/**
 * Continues sequences by one token each.
 *
 * Inputs: `tokenIds` int32 [batch, 1], `position` int32 [batch], below the capacity. Output: `logits` f32
 * [batch, 1, vocabSize], or without the 1.
 */
export function decodeProgram(model: CausalLanguageModel<Tensor>, shape: Omit<DecodeShape, "tokens">): Program<Tensor> {
  return programOf(`decode-${shape.batch}`, model, { ...shape, tokens: 1 }, positionOf(shape));
}

/** The same, nearly, where a backend can have it cheaper: with its weights narrowed. */
export function draftProgram(model: CausalLanguageModel<Tensor>, shape: Omit<DecodeShape, "tokens">): Program<Tensor> {
  return { ...decodeProgram(model, shape), name: `draft-${shape.batch}`, weights: "int8" };
}

/**
 * Continues sequences by several tokens each. Inputs: `tokenIds` int32 [batch, tokens], `position` int32 [batch], so that
 * all tokens stay below the capacity. Output: `logits` f32 [batch, tokens, vocabSize], after each.
 */
export function verifyProgram(model: CausalLanguageModel<Tensor>, shape: DecodeShape): Program<Tensor> {
  return programOf(`verify-${shape.batch}x${shape.tokens}`, model, shape, positionOf(shape));
}

const positionOf = ({ batch }: { readonly batch: number }): TensorSpecs => ({
  position: { shape: [batch], dtype: "int32" },
});

function programOf(
  name: string,
  model: CausalLanguageModel<Tensor>,
  { batch, tokens, capacity }: DecodeShape,
  spans: TensorSpecs,
): Program<Tensor> {
  const cacheSpecs = model.cacheSpecs(batch, capacity);
  return {
    name,
    state: {
      ...renamed(model.parameters, stateNames.parameter),
      ...renamed(cacheSpecs, stateNames.cache),
    },
    inputs: { tokenIds: { shape: [batch, tokens], dtype: "int32" }, ...spans },
    body(state, inputs) {
      const parameters = picked(state, Object.keys(model.parameters), stateNames.parameter);
      const cache = picked(state, Object.keys(cacheSpecs), stateNames.cache);
      const bound = model.bind(parameters, { training: false });
      const { position, count = model.cachesByPlace ? undefined : tf.ones([batch], "int32") } = inputs;
      const span = { ...(position && { position }), ...(count && { count }) };
      const { logits, cache: grown } = bound.decode(inputs.tokenIds as Tensor, span, cache);
      const written = Object.entries(grown).map(([name, tensor]) => [stateNames.cache(name), tensor] as const);
      return { state: Object.fromEntries(written), outputs: { logits } };
    },
  };
}
