import { planErrors } from "../errors/plan-errors.js";
import { memoryFit } from "./memory-fit.js";
import type { MemoryLimit } from "./memory-limit.js";
import type { RunPlanFacts } from "./plan-run.js";

/**
 * Refuses a run that cannot fit, and names the nearest step that can.
 *
 * @throws CODEX_PLAN_MEMORY
 */
export function checkMemory(facts: RunPlanFacts, limit: MemoryLimit): void {
  const { plan, fits, nearest } = memoryFit(facts, limit);
  if (fits) return;
  throw planErrors.CODEX_PLAN_MEMORY({
    what: `The run needs about ${megabytes(plan.memoryBytes)}; ${megabytes(limit.bytes)} are there (${limit.from}).`,
    where: "config → trainer.microBatch, model",
    ...(nearest
      ? {
          fix:
            `Set trainer.microBatch=${nearest.microBatch} trainer.gradAccumSteps=${nearest.gradAccumSteps}, ` +
            "which takes as many tokens a step.",
        }
      : {}),
  });
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
