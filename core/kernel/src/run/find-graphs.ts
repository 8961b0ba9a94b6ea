import type { ProgramGraph } from "../contracts/compute-backend.js";
import { ModelPoint } from "../contracts/model-loader.js";
import { ObjectivePoint } from "../contracts/objective.js";
import { OptimizerPoint } from "../contracts/optimizer.js";
import type { ToldFacts } from "../plan/told-facts.js";
import type { Composition } from "./composition.js";

/**
 * The graphs of a run's programs, made by the backend without a device. Empty where the backend compiles none, or the
 * trainer does not tell its programs.
 */
export async function findGraphs(
  { container }: Composition,
  { trainer, compute }: ToldFacts,
  vocabSize: number,
): Promise<readonly ProgramGraph[]> {
  if (!trainer.programs || !compute.graphOf) return [];
  const loader = await container.one(ModelPoint);
  const parts = {
    model: await loader.load({ vocabSize, dtype: compute.dtype ?? "float32" }),
    objective: await container.one(ObjectivePoint),
    optimizer: await container.one(OptimizerPoint),
  };
  return trainer.programs(parts).map((program) => compute.graphOf!(program));
}
