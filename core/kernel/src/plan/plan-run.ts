import type { ModelPlan } from "../contracts/model-loader.js";
import { type MemoryPart, memoryParts } from "./memory-parts.js";
import type { ToldFacts } from "./told-facts.js";

/** What a run is planned from. */
export interface RunPlanFacts extends Pick<ToldFacts, "data" | "trainer" | "compute" | "checkpoint"> {
  readonly model: ModelPlan;
  /** Copies of the parameters that the optimizer keeps: 2 for AdamW. Undefined where there is no optimizer to ask. */
  readonly optimizerSlots?: number;
}

/** What a run will need, known before anything is built. What a part does not tell is left out. */
export interface RunPlan {
  readonly parameterCount: number;
  readonly tokensPerStep?: number;
  /** Floating-point operations of a step: the forward pass, and twice that for the backward pass. */
  readonly flopsPerStep?: number;
  readonly maxSteps?: number;
  readonly flops?: number;
  readonly memory: readonly MemoryPart[];
  /** Sum of the parts: at the least, where something is unknown. */
  readonly memoryBytes: number;
  readonly checkpointBytes?: number;
  readonly diskBytes?: number;
  /** What no part tells, in words. */
  readonly unknown: readonly string[];
}

/** What a run needs in memory, on disk and in operations. Touches nothing. */
export function planRun(facts: RunPlanFacts): RunPlan {
  const { model, checkpoint, optimizerSlots } = facts;
  const memory = memoryParts(facts);
  const tokensPerStep = stepTokens(facts);
  const flopsPerStep = tokensPerStep && 3 * model.forwardFlopsPerToken * tokensPerStep;
  const maxSteps = stepsOf(facts);
  const checkpointBytes = optimizerSlots === undefined ? undefined : model.parameterBytes * (1 + optimizerSlots);
  const { mostOnDisk } = checkpoint;
  return {
    parameterCount: model.parameterCount,
    ...known({ tokensPerStep, flopsPerStep, maxSteps }),
    ...known({ flops: maxSteps && flopsPerStep && flopsPerStep * maxSteps }),
    memory,
    memoryBytes: memory.reduce((sum, { bytes }) => sum + bytes, 0),
    ...known({ checkpointBytes, diskBytes: mostOnDisk && checkpointBytes && checkpointBytes * mostOnDisk }),
    unknown: unknownOf(facts, maxSteps),
  };
}

function stepTokens({ model, trainer }: RunPlanFacts): number | undefined {
  const { microBatch, gradAccumSteps = 1 } = trainer;
  return microBatch && microBatch * gradAccumSteps * model.contextLength;
}

/** Steps of the whole run; by epochs as many as windows of contextLength tokens fill. */
function stepsOf({ model, trainer, data }: RunPlanFacts): number | undefined {
  const { microBatch, gradAccumSteps = 1, maxSteps, maxEpochs } = trainer;
  if (maxEpochs === undefined || !microBatch || data.trainTokens === undefined) {
    return maxEpochs === undefined ? maxSteps : undefined;
  }
  const microBatchesPerEpoch = Math.ceil(data.trainTokens / model.contextLength / microBatch);
  return Math.min(maxSteps ?? Number.POSITIVE_INFINITY, Math.ceil((maxEpochs * microBatchesPerEpoch) / gradAccumSteps));
}

function unknownOf({ trainer, compute, checkpoint, optimizerSlots }: RunPlanFacts, steps?: number): readonly string[] {
  const unknown: [boolean, string][] = [
    [trainer.microBatch === undefined, "what the trainer takes at once: tokens, operations and activations of a step"],
    [optimizerSlots === undefined, "what the optimizer keeps"],
    [compute.activationPeak === undefined, "what the compute backend needs beside the activations"],
    [compute.processBytes === undefined, "the size of the process"],
    [checkpoint.mostOnDisk === undefined, "how many checkpoints are kept"],
    [steps === undefined, "the number of steps"],
  ];
  return unknown.filter(([isUnknown]) => isUnknown).map(([, what]) => what);
}

function known<Facts extends object>(facts: Facts): { [Name in keyof Facts]?: NonNullable<Facts[Name]> } {
  const entries = Object.entries(facts).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof Facts]?: NonNullable<Facts[Name]> };
}
