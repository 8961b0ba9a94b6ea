import type { MemoryLimit } from "./memory-limit.js";
import { planRun, type RunPlan, type RunPlanFacts } from "./plan-run.js";

/** A step that takes as many tokens as another, in other portions. */
export interface NearestStep {
  readonly microBatch: number;
  readonly gradAccumSteps: number;
}

/** A run's plan against what it may take. */
export interface MemoryFit {
  readonly plan: RunPlan;
  readonly fits: boolean;
  /** The nearest step that fits, where the run's own does not and there is one. */
  readonly nearest?: NearestStep;
}

/** Plans a run and compares it with a limit. */
export function memoryFit(facts: RunPlanFacts, limit: MemoryLimit): MemoryFit {
  const plan = planRun(facts);
  if (plan.memoryBytes <= limit.bytes) return { plan, fits: true };
  const nearest = nearestStep(facts, limit.bytes);
  return { plan, fits: false, ...(nearest ? { nearest } : {}) };
}

/**
 * The nearest shape of a step that fits into a limit and takes as many tokens: fewer sequences at once, more microSteps.
 * Undefined when not even one sequence fits.
 */
export function nearestStep(facts: RunPlanFacts, limitBytes: number): NearestStep | undefined {
  for (let microBatch = facts.microBatch - 1; microBatch >= 1; microBatch--) {
    if (facts.microBatch % microBatch !== 0) continue;
    const gradAccumSteps = (facts.gradAccumSteps * facts.microBatch) / microBatch;
    if (planRun({ ...facts, microBatch }).memoryBytes <= limitBytes) return { microBatch, gradAccumSteps };
  }
  return undefined;
}
