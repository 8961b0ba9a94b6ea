import type { Named } from "../contracts/json.js";
import type { ModelLoader, ModelPlan, ModelSpec } from "../contracts/model-loader.js";
import { isCodexError } from "../errors/codex-error.js";
import { planErrors } from "../errors/plan-errors.js";
import type { MemoryLimit } from "./memory-limit.js";
import { planRun, type RunPlan, type RunPlanFacts } from "./plan-run.js";
import type { Problems } from "./problems.js";

/** A change after which a run fits: config keys with their values. */
export type NearestFit = Named<number>;

/** Where smaller models come from. */
export interface SmallerModels {
  readonly loader: ModelLoader<unknown>;
  readonly spec: ModelSpec;
}

/**
 * The changes after which a run fits into a limit, each one by itself and planned. The first choice is a step that
 * takes as many tokens in smaller portions; where not even one sequence fits, the largest value of each of the model's
 * sizes. Empty where nothing is found.
 */
export function nearestFits(facts: RunPlanFacts, limitBytes: number, models: SmallerModels): readonly NearestFit[] {
  const fits = (changed: Partial<RunPlanFacts>) => planRun({ ...facts, ...changed }).memoryBytes <= limitBytes;
  const { microBatch, gradAccumSteps = 1 } = facts.trainer;
  const portions = (size: number) => ({
    "trainer.microBatch": size,
    "trainer.gradAccumSteps": (gradAccumSteps * microBatch!) / size,
  });
  for (let size = (microBatch ?? 1) - 1; size >= 1; size--) {
    if (microBatch! % size === 0 && fits({ trainer: { ...facts.trainer, microBatch: size } })) return [portions(size)];
  }
  const trainer = microBatch === undefined ? facts.trainer : { ...facts.trainer, microBatch: 1 };
  const step = microBatch === undefined || microBatch === 1 ? {} : portions(1);
  return Object.entries(models.loader.sizes ?? {}).flatMap(([name, size]) => {
    const value = largest(size - 1, (smaller) => {
      const model = modelOf(models, name, smaller);
      return model !== undefined && fits({ model, trainer });
    });
    return value === undefined ? [] : [{ ...step, [`model.${name}`]: value }];
  });
}

/** Adds CODEX_PLAN_MEMORY, with what would fit. */
export function refuseMemory(
  plan: RunPlan,
  limit: MemoryLimit,
  nearest: readonly NearestFit[],
  problems: Problems,
): void {
  const least = plan.unknown.length > 0 ? "at least " : "about ";
  problems.add(
    planErrors.CODEX_PLAN_MEMORY({
      what: `The run needs ${least}${mebibytes(plan.memoryBytes)}; ${mebibytes(limit.bytes)} are there (${limit.from}).`,
      where: "config → trainer.microBatch, model",
      ...(nearest.length > 0 ? { fix: nearestText(nearest) } : {}),
    }),
  );
}

function nearestText(nearest: readonly NearestFit[]): string {
  const settings = nearest.map((fit) =>
    Object.entries(fit)
      .map(([key, value]) => `${key}=${value}`)
      .join(" "),
  );
  const isModelKept = Object.keys(nearest[0]!).every((key) => !key.startsWith("model."));
  return isModelKept
    ? `Set ${settings.join(", or ")}, which takes as many tokens a step.`
    : `Not even one sequence at a time fits. Set ${settings.join(", or ")}.`;
}

function modelOf({ loader, spec }: SmallerModels, name: string, value: number): ModelPlan | undefined {
  try {
    return loader.resized?.(name, value).plan(spec);
  } catch (error) {
    if (isCodexError(error)) return undefined;
    throw error;
  }
}

/** The largest whole number from 1 to `most` that fits, of which all smaller ones fit too. */
function largest(most: number, fits: (value: number) => boolean): number | undefined {
  let [below, above] = [0, most + 1];
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2);
    if (fits(middle)) below = middle;
    else above = middle;
  }
  return below === 0 ? undefined : below;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
