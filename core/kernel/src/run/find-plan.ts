import { join } from "node:path";
import { type ModelPlan, ModelPoint } from "../contracts/model-loader.js";
import { OptimizerPoint } from "../contracts/optimizer.js";
import { TokenizerPoint } from "../contracts/tokenizer.js";
import { checkConstraints, findWarnings, metricWarnings } from "../plan/constraints.js";
import { checkDisk, type DiskSpace, freeBytesAt } from "../plan/disk-space.js";
import { type NearestFit, nearestFits, refuseMemory } from "../plan/memory-fit.js";
import { type MemoryLimit, memoryLimit } from "../plan/memory-limit.js";
import { planRun, type RunPlan, type RunPlanFacts } from "../plan/plan-run.js";
import { Problems } from "../plan/problems.js";
import { readToldFacts, type ToldFacts } from "../plan/told-facts.js";
import type { Composition } from "./composition.js";
import { type KernelState, readRunSection } from "./kernel-state.js";
import { listCheckpoints } from "./run-summary.js";

/** A run's plan against what it may take. */
export interface FittedPlan {
  readonly run: RunPlan;
  readonly vocabSize: number;
  readonly model: ModelPlan;
  readonly limit: MemoryLimit;
  readonly disk: DiskSpace;
  readonly fits: boolean;
  readonly nearest: readonly NearestFit[];
  readonly warnings: readonly string[];
  readonly told: ToldFacts;
}

/** What planning a run found. */
export interface PlanFindings {
  /** Undefined where tokenizer or model refuse. */
  readonly plan?: FittedPlan;
  readonly problems: Problems;
}

/** Plans a run: asks providers, makes tokenizer, model loader and optimizer, but no device, and writes nothing. */
export async function findPlan(composition: Composition): Promise<PlanFindings> {
  const { container, settings } = composition;
  const { kernel, signal } = settings;
  const problems = new Problems();
  const folders = { project: kernel.projectFolder, cache: readRunSection(kernel).cacheFolder };
  const tokenizer = await problems.collect(() => container.one(TokenizerPoint));
  const context = { folders, signal, ...(tokenizer ? { tokenizer } : {}) };
  const told = await readToldFacts({ parts: composition.plan, context, ...kernel.limits }, problems);
  const loader = await problems.collect(() => container.one(ModelPoint));
  const { vocabSize = 0 } = tokenizer ?? {};
  const spec = { vocabSize, dtype: told.compute.dtype ?? "float32" } as const;
  const model = tokenizer && (await problems.collect(async () => loader?.plan(spec)));
  checkConstraints(told, model, vocabSize, problems);
  if (!model || !loader) return { problems };
  settings.log.info("the model is planned", { vocabSize, ...model });

  const slots = await problems.collect(() => optimizerSlots(composition));
  const facts: RunPlanFacts = { ...told, model, optimizerSlots: slots };
  const run = planRun(facts);
  const limit = memoryLimit(told.compute);
  const fits = run.memoryBytes <= limit.bytes;
  const nearest = fits ? [] : nearestFits(facts, limit, { loader, spec });
  if (!fits) refuseMemory(run, limit, nearest, problems);
  const disk = await diskSpace(kernel);
  const ofMetrics = metricWarnings(kernel.config.value);
  const warnings = [...findWarnings(told, run), ...ofMetrics, ...checkDisk(run, disk, problems)];
  return { plan: { run, vocabSize, model, limit, disk, fits, nearest, warnings, told }, problems };
}

async function diskSpace(kernel: KernelState): Promise<DiskSpace> {
  const folder = readRunSection(kernel).outputFolder ?? join(kernel.projectFolder, "runs");
  const freeBytes = await freeBytesAt(folder);
  return { folder, ...(freeBytes === undefined ? {} : { freeBytes }), kept: listCheckpoints(folder).length };
}

async function optimizerSlots(composition: Composition): Promise<number | undefined> {
  if (!composition.has(OptimizerPoint)) return undefined;
  const optimizer = await composition.container.one(OptimizerPoint);
  return Object.keys(optimizer.slots({ shape: [1], dtype: "float32" })).length;
}
