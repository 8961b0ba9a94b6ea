import type { ModelPlan } from "codex-core";
import type { GptOptions } from "./options.js";
import { type GptShape, parameterSpecs, sizeOf } from "./parameters.js";

const bytesPerValue = 4;

/** What of a model's options the backward pass's memory depends on. */
export type TrainingOptions = Pick<GptOptions, "dropout" | "activationCheckpointing">;

/** Blocks of queries that attention is composed in, each with the keys up to its own end. */
function attentionBlocks(contextLength: number): number {
  return Math.max(1, Math.min(4, Math.floor(contextLength / 64)));
}

/** Values that the backward pass reads of the forward pass, per token. */
interface KeptValues {
  /** In a layer. */
  readonly layer: number;
  /** Beside the layers: the last layer norm (2), and with composed operators the embedding's mask (1). */
  readonly beside: number;
}

/**
 * What fused operators keep in a layer: the inputs of both layer norms and what they give (4 widths), queries, keys and
 * values (3), the attention's output (1), GELU's input and output (8), and attention's two sums a head.
 */
function keptByFused({ embedDim, headCount }: GptShape): KeptValues {
  return { layer: 16 * embedDim + 2 * headCount, beside: 2 * embedDim };
}

/**
 * What composed operators keep: queries, keys and values by block (2, and 1 for each block, in place of 3), and rows of
 * attention probabilities as long as the blocks' keys, in place of their sums. Dropping out adds the masks of both
 * branches and of the embedding (1 each), those of the attention probabilities, and the probabilities that are left.
 */
function keptByComposed(shape: GptShape, isDropping: boolean): KeptValues {
  const { headCount, embedDim, contextLength } = shape;
  const blocks = attentionBlocks(contextLength);
  const attentionRow = (headCount * contextLength * (blocks + 1)) / (2 * blocks);
  const widths = 15 + blocks + (isDropping ? 2 : 0);
  return {
    layer: widths * embedDim + attentionRow * (isDropping ? 3 : 1),
    beside: (isDropping ? 3 : 2) * embedDim,
  };
}

/**
 * Values that are kept in all. With checkpointing every layer keeps its input (1), and the memory of a layer is counted
 * that is computed again; half as much or as much again for gradients within it and for what the runtime's arena has
 * left of the forward pass in blocks of other sizes, measured (docs/plan.md).
 */
function keptInAll({ layer, beside }: KeptValues, shape: GptShape, layersAgain: number | undefined): number {
  const { layerCount, embedDim } = shape;
  return beside + (layersAgain === undefined ? layerCount * layer : layerCount * embedDim + layersAgain * layer);
}

/**
 * What a model will need. Parameters are exact; a test holds activations against the compiled engine's graphs.
 * Operations count the matrix products alone; attention counts the whole context.
 */
export function planGpt(shape: GptShape, { dropout, activationCheckpointing }: TrainingOptions): ModelPlan {
  const { vocabSize, layerCount, embedDim, contextLength } = shape;
  const sizes = Object.values(parameterSpecs(shape)).map(sizeOf);
  const parameterCount = sizes.reduce((sum, size) => sum + size, 0);
  const fused = keptInAll(keptByFused(shape), shape, activationCheckpointing ? 1.5 : undefined);
  const composed = keptInAll(keptByComposed(shape, dropout > 0), shape, activationCheckpointing ? 2 : undefined);
  const flopsPerLayer = 2 * 12 * embedDim ** 2 + 2 * 2 * contextLength * embedDim;
  return {
    parameterCount,
    parameterBytes: parameterCount * bytesPerValue,
    activationBytesPerToken: fused * bytesPerValue,
    composedBytesPerToken: (composed - fused) * bytesPerValue,
    logitsBytesPerToken: vocabSize * bytesPerValue,
    largestParameterBytes: Math.max(...sizes) * bytesPerValue,
    forwardFlopsPerToken: layerCount * flopsPerLayer + 2 * vocabSize * embedDim,
    contextLength,
  };
}
