import type { JsonObject } from "../contracts/json.js";
import type { ModelPlan } from "../contracts/model-loader.js";
import type { Optimizer } from "../contracts/optimizer.js";
import { isJsonObject } from "../plugins/read-json-file.js";
import type { RunPlanFacts } from "./plan-run.js";

/** The facts that a plan needs, of a config; undefined where the trainer does not say how much it takes at once. */
export function planFacts(
  config: JsonObject,
  model: ModelPlan,
  optimizer: Optimizer<unknown> | undefined,
): RunPlanFacts | undefined {
  const trainer = isJsonObject(config.trainer) ? config.trainer : {};
  const checkpoint = isJsonObject(config.checkpoint) ? config.checkpoint : {};
  const { microBatch, gradAccumSteps = 1, maxSteps } = trainer;
  if (typeof microBatch !== "number" || typeof gradAccumSteps !== "number") return undefined;
  const slots = optimizer?.slots({ shape: [1], dtype: "float32" }) ?? {};
  return {
    model,
    microBatch,
    gradAccumSteps,
    ...(typeof maxSteps === "number" ? { maxSteps } : {}),
    optimizerSlots: Object.keys(slots).length,
    checkpoints: countOf(checkpoint.keepLast) + countOf(checkpoint.keepBest) + 1,
  };
}

function countOf(value: JsonObject[string] | undefined): number {
  return typeof value === "number" ? value : 0;
}
