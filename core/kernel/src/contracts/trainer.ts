import type {
  AfterStep,
  CallbackAnswer,
  EvaluationReport,
  MicroStepReport,
  MicroStepStart,
  StepReport,
  StepStart,
} from "./callback.js";
import type { CheckpointAttachment, LoadedCheckpoint, SavedCheckpoint } from "./checkpoint-store.js";
import type { Program } from "./compute-backend.js";
import { definePoint } from "./contribution-point.js";
import type { JsonObject, Named } from "./json.js";
import type { CausalLanguageModel } from "./model-loader.js";
import type { Objective } from "./objective.js";
import type { Optimizer } from "./optimizer.js";
import type { PartState } from "./stateful.js";

/** A text that the model wrote. */
export interface Sample {
  readonly step: number;
  readonly prompt: string;
  readonly text: string;
}

/** What the user should know, though the run goes on. */
export interface RunNotice {
  /** The event's name in events.ndjson: `microBatchHalved`. */
  readonly event: string;
  /** One sentence. */
  readonly text: string;
  readonly facts: JsonObject;
}

/**
 * What only callbacks want to know, and none may: a hook that is left out is not called, and what it would be told need
 * not be found out. Each call is awaited.
 */
export interface LookingHooks {
  readonly stepStart?: (start: StepStart) => Promise<void>;
  readonly microStepStart?: (start: MicroStepStart) => Promise<void>;
  readonly microStepEnd?: (report: MicroStepReport) => Promise<void>;
  readonly evaluationStart?: (start: AfterStep) => Promise<void>;
  readonly checkpointStart?: (start: AfterStep) => Promise<void>;
}

/**
 * How a trainer tells the run what happens. Each call reaches the trackers without waiting for them and the
 * callbacks in order, awaited; the answers come back merged.
 */
export interface RunHooks extends LookingHooks {
  stepEnd(report: StepReport): Promise<CallbackAnswer>;
  evaluationEnd(report: EvaluationReport): Promise<CallbackAnswer>;
  checkpointSaved(saved: SavedCheckpoint): Promise<CallbackAnswer>;
  sample(sample: Sample): void;
  /** Warns the user, and keeps it in the run's log and events. May come before `begin`. */
  notice(notice: RunNotice): void;
}

/** What the kernel hands to a trainer. */
export interface TrainingRun {
  readonly runId: string;
  readonly seed: number;
  /** Aborted by SIGINT, SIGTERM or a stop from outside: finish the step, save, return `interrupted`. */
  readonly signal: AbortSignal;
  readonly hooks: RunHooks;
  /** The checkpoint to go on from, already read; let go, and undefined, once `begin` was called. */
  readonly resumeFrom?: LoadedCheckpoint | undefined;
  /** What may differ from the checkpoint's run, though a position in the data then means something else. */
  readonly allowChanged?: readonly "data"[];
  /**
   * To be called once, when all that could refuse the run was looked at, before the first hook: until then nothing in
   * the run's folder has changed, and a run that is refused leaves it as it was.
   */
  begin(): Promise<void>;
  /** What every checkpoint carries beside tensors: the resolved config, the tokenizer. */
  readonly attachments: readonly CheckpointAttachment[];
  /**
   * The run is a probe: a few steps, each reported, until the signal is aborted. Nothing is evaluated or sampled, and
   * what is saved is thrown away.
   */
  readonly isProbe?: boolean;
  /** States of all stateful parts of the run, but the trainer's own. */
  partStates(): Named<PartState>;
}

/** How a training ended. */
export interface TrainingOutcome {
  readonly status: "finished" | "interrupted";
  /** Why it ended: `maxSteps`, `earlyStopping`, `wallTime`, `signal`, or a callback's reason. */
  readonly reason: string;
  /** Completed steps. */
  readonly step: number;
  /** The last known metrics. */
  readonly metrics: Named<number>;
}

/** The training loop. Gets its parts as dependencies. */
export interface Trainer {
  train(run: TrainingRun): Promise<TrainingOutcome>;
  /**
   * Options of its own that, with the parts that it got, change no number of a step, beside those that their schema
   * marks as observing: `maxSteps`, where nothing but the end of the run depends on it. Default: none.
   */
  readonly observingOptions?: readonly string[];
}

/** What a trainer makes its programs of. */
export interface ProgramParts {
  readonly model: CausalLanguageModel<unknown>;
  readonly objective: Objective<unknown>;
  readonly optimizer: Optimizer<unknown>;
}

/** What a trainer tells a plan. */
export interface TrainerFacts {
  /** Sequences of contextLength tokens in one microStep. */
  readonly microBatch?: number;
  /** MicroSteps of one step. Left out: 1. */
  readonly gradAccumSteps?: number;
  readonly maxSteps?: number;
  /** Passes over the training split. With maxSteps too, the shorter one counts. */
  readonly maxEpochs?: number;
  /** Steps between evaluations. Left out: one, at the end. */
  readonly evalEvery?: number;
  /** The run fails without a validation split. */
  readonly needsValidation?: boolean;
  /** The programs of a step and of an evaluation, for batches of the full shape. */
  programs?(parts: ProgramParts): readonly Program<unknown>[];
}

export const TrainerPoint = definePoint<Trainer, "one", TrainerFacts>("trainer", {
  cardinality: "one",
  failurePolicy: "closed",
});
