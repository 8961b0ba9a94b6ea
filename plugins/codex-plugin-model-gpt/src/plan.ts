import type { ModelPlan } from "codex-core";
import type { GptOptions } from "./options.js";
import { type GptShape, parameterSpecs, sizeOf } from "./parameters.js";

const bytesPerValue = 4;

/** What of a model's options the backward pass's memory depends on. */
export type TrainingOptions = Pick<GptOptions, "dropout" | "activationCheckpointing">;

/** Blocks of queries that the compiled attention works in, each with the keys up to its own end. */
function attentionBlocks(contextLength: number): number {
  return Math.max(1, Math.min(4, Math.floor(contextLength / 64)));
}

/**
 * Values that the backward pass reads of the forward pass, per token, as the compiled engine keeps them; a test holds
 * this against its graphs. In a layer: the inputs of both layer norms and what they give (4 widths), queries, keys and
 * values with their parts by block (2, and 1 for each block), the attention's output (1), GELU's input and output (8),
 * and rows of attention probabilities as long as the blocks' keys. Beside the layers: the last layer norm (2).
 * Dropping out adds the masks of both branches and of the embedding (1 each), those of the attention probabilities,
 * and the probabilities that are left. With checkpointing every layer keeps its
 * input (1), and the memory of two layers is counted: the one that is computed again, and what the runtime's arena has
 * left of the forward pass in blocks of other sizes, measured (docs/plan.md).
 */
function keptPerToken(shape: GptShape, { dropout, activationCheckpointing }: TrainingOptions): number {
  const { layerCount, headCount, embedDim, contextLength } = shape;
  const blocks = attentionBlocks(contextLength);
  const isDropping = dropout > 0;
  const attentionRow = (headCount * contextLength * (blocks + 1)) / (2 * blocks);
  const widths = 15 + blocks + (isDropping ? 2 : 0);
  const perLayer = widths * embedDim + attentionRow * (isDropping ? 3 : 1);
  const beside = (isDropping ? 3 : 2) * embedDim;
  return activationCheckpointing ? layerCount * embedDim + 2 * perLayer + beside : layerCount * perLayer + beside;
}

/**
 * What a model will need. Parameters are exact. The head holds logits, their probabilities and their gradient.
 * Operations count the matrix products alone; attention counts the whole context.
 */
export function planGpt(shape: GptShape, training: TrainingOptions): ModelPlan {
  const { vocabSize, layerCount, embedDim, contextLength } = shape;
  const sizes = Object.values(parameterSpecs(shape)).map(sizeOf);
  const parameterCount = sizes.reduce((sum, size) => sum + size, 0);
  const flopsPerLayer = 2 * 12 * embedDim ** 2 + 2 * 2 * contextLength * embedDim;
  return {
    parameterCount,
    parameterBytes: parameterCount * bytesPerValue,
    activationBytesPerToken: keptPerToken(shape, training) * bytesPerValue,
    headBytesPerToken: 3 * vocabSize * bytesPerValue,
    largestParameterBytes: Math.max(...sizes) * bytesPerValue,
    forwardFlopsPerToken: layerCount * flopsPerLayer + 2 * vocabSize * embedDim,
    contextLength,
  };
}
