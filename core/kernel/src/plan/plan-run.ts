import type { ModelPlan } from "../contracts/model-loader.js";

/** What a run is planned from. */
export interface RunPlanFacts {
  readonly model: ModelPlan;
  readonly microBatch: number;
  readonly gradAccumSteps: number;
  /** Left out where the run's length depends on the data. */
  readonly maxSteps?: number;
  /** Copies of the parameters that the optimizer keeps: 2 for AdamW. */
  readonly optimizerSlots: number;
  /** Checkpoints that stay on disk, and the one that is being written. */
  readonly checkpoints: number;
}

/** One part of what a run needs in memory. */
export interface MemoryPart {
  readonly name: string;
  readonly bytes: number;
  /** How it comes about. */
  readonly from: string;
}

/** What a run will need, known before anything is built. */
export interface RunPlan {
  readonly parameterCount: number;
  readonly tokensPerStep: number;
  /** Floating-point operations of a step: the forward pass, and twice that for the backward pass. */
  readonly flopsPerStep: number;
  readonly maxSteps?: number;
  readonly flops?: number;
  readonly memory: readonly MemoryPart[];
  readonly memoryBytes: number;
  readonly checkpointBytes: number;
  readonly diskBytes: number;
}

/** Resident bytes of the process, its libraries and small tensors, as measured with the compiled engine. */
const runtimeBytes = 197e6;

/**
 * Peak of a step over what its backward pass reads: gradients of activations and the runtime's own buffers, measured
 * (docs/plan.md).
 */
const activationPeak = 1.5;

/** What a run needs in memory, on disk and in operations. Touches nothing. */
export function planRun(facts: RunPlanFacts): RunPlan {
  const { model, microBatch, gradAccumSteps, maxSteps, optimizerSlots, checkpoints } = facts;
  const { parameterBytes, contextLength } = model;
  const microBatchTokens = microBatch * contextLength;
  const stateBytes = parameterBytes * (1 + optimizerSlots);
  const activationBytes = Math.round(model.activationBytesPerToken * microBatchTokens * activationPeak);
  const memory: MemoryPart[] = [
    { name: "parameters", bytes: parameterBytes, from: `${model.parameterCount} × 4 bytes` },
    { name: "gradients", bytes: parameterBytes, from: "one for each parameter" },
    { name: "optimizer", bytes: parameterBytes * optimizerSlots, from: `${optimizerSlots} for each parameter` },
    { name: "activations", bytes: activationBytes, from: `${microBatchTokens} tokens of a microBatch` },
    { name: "checkpoint copy", bytes: stateBytes, from: "parameters and optimizer, saved beside training" },
    { name: "runtime", bytes: runtimeBytes, from: "the process and its libraries, measured" },
  ];
  const tokensPerStep = microBatchTokens * gradAccumSteps;
  const flopsPerStep = 3 * model.forwardFlopsPerToken * tokensPerStep;
  return {
    parameterCount: model.parameterCount,
    tokensPerStep,
    flopsPerStep,
    ...(maxSteps === undefined ? {} : { maxSteps, flops: flopsPerStep * maxSteps }),
    memory,
    memoryBytes: memory.reduce((sum, { bytes }) => sum + bytes, 0),
    checkpointBytes: stateBytes,
    diskBytes: stateBytes * checkpoints,
  };
}
