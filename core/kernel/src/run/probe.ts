import { readFileSync } from "node:fs";
import type { CheckpointStore } from "../contracts/checkpoint-store.js";
import { CheckpointPoint } from "../contracts/checkpoint-store.js";
import { SafetyPoint } from "../contracts/safety-filter.js";
import { type RunHooks, TrainerPoint, type TrainingRun } from "../contracts/trainer.js";
import { planErrors } from "../errors/plan-errors.js";
import type { RunLog } from "../logging/run-log.js";
import { Composition } from "./composition.js";
import { type KernelState, readRunSection } from "./kernel-state.js";
import type { SafeObserver } from "./safe-observer.js";
import { toRunError } from "./to-run-error.js";

/** A measure with its spread. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** What a few real steps of a run were like. */
export interface ProbeAnswer {
  /** Steps that were measured, after the first ones, which also compile. */
  readonly steps: number;
  readonly stepMs: Spread;
  /** By the median; undefined where the trainer does not tell how much it takes at once. */
  readonly tokensPerSecond?: number;
  /** Steps of the whole run. */
  readonly maxSteps: number;
  /** Of all steps, without evaluations, samples and the writing of checkpoints. */
  readonly durationMs: Spread;
  /** Peak of the process's resident memory. */
  readonly peakMemoryBytes: number;
}

export interface ProbeSettings {
  readonly signal: AbortSignal;
  readonly log: RunLog;
  readonly observer: SafeObserver;
  readonly tokensPerStep?: number;
}

/** Steps that are not measured: the first ones compile, and fill caches. */
const warmupSteps = 2;
const mostSteps = 10;
/** Measured steps may take so long together; two are taken in any case. */
const measuredMs = 20_000;

/**
 * Takes a few steps of a run with its own trainer, data and device, and throws the results away. Makes no run folder;
 * data may be prepared, into the cache.
 *
 * @throws CODEX_PLAN_PROBE when the run ends before two steps could be measured; what the run itself would throw
 */
export async function probe(kernel: KernelState, settings: ProbeSettings): Promise<ProbeAnswer> {
  const { log, observer } = settings;
  const stop = new AbortController();
  const signal = AbortSignal.any([settings.signal, stop.signal]);
  const parts = { ...kernel.parts, [CheckpointPoint.key]: forgetfulStore };
  const roots = [TrainerPoint, SafetyPoint];
  const composition = await Composition.plan({ kernel: { ...kernel, parts }, signal, log, observer, roots });
  const clock = new StepClock(() => stop.abort());
  try {
    const trainer = await composition.container.one(TrainerPoint);
    await trainer.train(probeRun(kernel, signal, clock, observer));
  } catch (error) {
    throw toRunError(error, settings.signal, "The probe");
  } finally {
    await composition.dispose();
  }
  settings.signal.throwIfAborted();
  return clock.answer(settings.tokensPerStep);
}

function probeRun(kernel: KernelState, signal: AbortSignal, clock: StepClock, observer: SafeObserver): TrainingRun {
  const hooks: RunHooks = {
    stepEnd: async ({ maxSteps }) => {
      clock.stepEnd(maxSteps);
      return {};
    },
    evaluationEnd: async () => ({}),
    checkpointSaved: async () => ({}),
    sample: () => undefined,
    notice: ({ text }) => observer.notify("warning", text),
  };
  const { name, seed } = readRunSection(kernel);
  return {
    runId: `${name}-probe`,
    seed,
    signal,
    hooks,
    isProbe: true,
    begin: async () => clock.start(),
    attachments: [],
    partStates: () => ({}),
  };
}

/** Times the steps of a trainer from one report to the next. */
class StepClock {
  readonly #stepMs: number[] = [];
  #reports = 0;
  #maxSteps = 0;
  #lastMs = 0;

  constructor(private readonly enough: () => void) {}

  start(): void {
    this.#lastMs = performance.now();
  }

  stepEnd(maxSteps: number): void {
    const nowMs = performance.now();
    this.#maxSteps = maxSteps;
    this.#reports++;
    if (this.#reports > warmupSteps) this.#stepMs.push(nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    const spentMs = this.#stepMs.reduce((sum, ms) => sum + ms, 0);
    if (this.#stepMs.length >= mostSteps || (this.#stepMs.length >= 2 && spentMs >= measuredMs)) this.enough();
  }

  /** @throws CODEX_PLAN_PROBE */
  answer(tokensPerStep: number | undefined): ProbeAnswer {
    const [steps, maxSteps] = [this.#stepMs.length, this.#maxSteps];
    if (steps < 2) {
      throw planErrors.CODEX_PLAN_PROBE({ what: `The run has ended after ${this.#reports} steps.` });
    }
    const sorted = this.#stepMs.toSorted((a, b) => a - b);
    const stepMs = { median: sorted[Math.floor(steps / 2)]!, least: sorted[0]!, most: sorted.at(-1)! };
    const { median, least, most } = stepMs;
    return {
      steps,
      stepMs,
      ...(tokensPerStep === undefined ? {} : { tokensPerSecond: (tokensPerStep / median) * 1000 }),
      maxSteps,
      durationMs: { median: median * maxSteps, least: least * maxSteps, most: most * maxSteps },
      peakMemoryBytes: peakMemoryBytes(),
    };
  }
}

/** VmHWM on Linux; elsewhere what the system tells of the process. */
function peakMemoryBytes(): number {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
    if (line) return Number(line[1]) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}

const nothingIsKept = (): never => {
  throw new TypeError("A probe keeps no checkpoints.");
};

/** Takes checkpoints and keeps none. */
const forgetfulStore: CheckpointStore = {
  save: async ({ step, metrics }) => ({ path: "", step, metrics, sizeBytes: 0 }),
  load: async () => nothingIsKept(),
  inspect: async () => nothingIsKept(),
  verify: async () => nothingIsKept(),
  list: async () => [],
  prune: async () => [],
};
