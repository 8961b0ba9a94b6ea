import type { ModelPlan } from "codex-core";
import { type GptShape, parameterSpecs, sizeOf } from "./parameters.js";

const bytesPerValue = 4;

/**
 * What a model will need. Parameters are exact. Activations are what the backward pass reads: in a block the inputs
 * of both layer norms and what they give (4 widths), queries, keys and values (3), the attention's output (1), GELU's
 * input and output (8), and a row of attention probabilities for each head (and its mask, when dropping out); beside
 * the blocks the last layer norm (2 widths). The head holds logits, their probabilities and their gradient. Operations
 * count the matrix products alone; attention counts the whole context, as it is computed.
 */
export function planGpt(shape: GptShape, dropout: number): ModelPlan {
  const { vocabSize, layerCount, headCount, embedDim, contextLength } = shape;
  const sizes = Object.values(parameterSpecs(shape)).map(sizeOf);
  const parameterCount = sizes.reduce((sum, size) => sum + size, 0);
  const attentionRow = headCount * contextLength * (dropout > 0 ? 2 : 1);
  const keptPerToken = layerCount * (16 * embedDim + attentionRow) + 2 * embedDim;
  const flopsPerLayer = 2 * 12 * embedDim ** 2 + 2 * 2 * contextLength * embedDim;
  return {
    parameterCount,
    parameterBytes: parameterCount * bytesPerValue,
    activationBytesPerToken: keptPerToken * bytesPerValue,
    headBytesPerToken: 3 * vocabSize * bytesPerValue,
    largestParameterBytes: Math.max(...sizes) * bytesPerValue,
    forwardFlopsPerToken: layerCount * flopsPerLayer + 2 * vocabSize * embedDim,
    contextLength,
  };
}
