import type { Named } from "../contracts/json.js";
import type { ModelLoader, ModelPlan, ModelSpec } from "../contracts/model-loader.js";
import { isCodexError } from "../errors/codex-error.js";
import { planErrors } from "../errors/plan-errors.js";
import { formatBytes } from "../text/quantity.js";
import { largestDivisor, largestFit } from "./largest.js";
import { lastingBytes, limitKey, type MemoryLimit } from "./memory-limit.js";
import { partsInWords } from "./memory-parts.js";
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
 * takes as many tokens in smaller portions; where not even one sequence fits, each of the model's sizes, as large as
 * fits in two digits. Where nothing fits and the config sets the limit, the limit that would do for the smallest step.
 * Empty where nothing is found.
 */
export function nearestFits(facts: RunPlanFacts, limit: MemoryLimit, models: SmallerModels): readonly NearestFit[] {
  const bytes = lastingBytes(limit);
  const fits = (changed: Partial<RunPlanFacts>) => planRun({ ...facts, ...changed }).memoryBytes <= bytes;
  const { microBatch, gradAccumSteps = 1 } = facts.trainer;
  const portions = (size: number) => ({
    "trainer.microBatch": size,
    "trainer.gradAccumSteps": (gradAccumSteps * microBatch!) / size,
  });
  const sizeFits = (size: number) => fits({ trainer: { ...facts.trainer, microBatch: size } });
  const most = microBatch === undefined ? undefined : largestFit(microBatch - 1, sizeFits);
  if (most !== undefined) return [portions(largestDivisor(microBatch!, most))];
  const trainer = microBatch === undefined ? facts.trainer : { ...facts.trainer, microBatch: 1 };
  const step = microBatch === undefined || microBatch === 1 ? {} : portions(1);
  const smaller = Object.entries(models.loader.sizes ?? {}).flatMap(([name, size]) => {
    const modelFits = (value: number) => {
      const model = modelOf(models, name, value);
      return model !== undefined && fits({ model, trainer });
    };
    const value = largestFit(size - 1, modelFits);
    if (value === undefined) return [];
    const round = twoDigits(value);
    return [{ ...step, [`model.${name}`]: modelFits(round) ? round : value }];
  });
  if (smaller.length > 0 || limit.from !== limitKey) return smaller;
  return [{ ...step, [limitKey]: Math.ceil(planRun({ ...facts, trainer }).memoryBytes) }];
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
      what: `The run needs ${least}${formatBytes(plan.memoryBytes)}; there are ${formatBytes(limit.bytes)} (${limit.from}).`,
      why: `Together in memory: ${partsInWords(plan.memory)}.`,
      where: `config → ${limit.from === limitKey ? `${limitKey}, ` : ""}trainer.microBatch, model`,
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
  const keys = Object.keys(nearest[0]!);
  if (keys.includes(limitKey)) {
    return `No smaller step fits, nor with a model of which one size is smaller. Set ${settings[0]} or more.`;
  }
  return keys.every((key) => !key.startsWith("model."))
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

/** A whole number rounded down to its first two digits: 19,227 to 19,000. */
function twoDigits(value: number): number {
  const scale = 10 ** Math.max(0, String(value).length - 2);
  return Math.floor(value / scale) * scale;
}
