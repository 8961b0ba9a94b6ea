import { planErrors } from "../errors/plan-errors.js";
import type { MemoryLimit } from "./memory-limit.js";
import { nearestFit, planRun, type RunPlanFacts } from "./plan-run.js";

/**
 * Refuses a run that cannot fit, and names the nearest step that can.
 *
 * @throws CODEX_PLAN_MEMORY
 */
export function checkMemory(facts: RunPlanFacts, limit: MemoryLimit): void {
  const { memoryBytes } = planRun(facts);
  if (memoryBytes <= limit.bytes) return;
  const fit = nearestFit(facts, limit.bytes);
  throw planErrors.CODEX_PLAN_MEMORY({
    what: `The run needs about ${megabytes(memoryBytes)}; ${megabytes(limit.bytes)} are there (${limit.from}).`,
    where: "config → trainer.microBatch, model",
    ...(fit
      ? {
          fix:
            `Set trainer.microBatch=${fit.microBatch} trainer.gradAccumSteps=${fit.gradAccumSteps}, ` +
            "which takes as many tokens a step.",
        }
      : {}),
  });
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
