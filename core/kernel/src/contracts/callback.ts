import type { SavedCheckpoint } from "./checkpoint-store.js";
import { definePoint } from "./contribution-point.js";
import type { Named } from "./json.js";
import type { RunRecorder } from "./run-recorder.js";

/** A step that begins. */
export interface StepStart {
  /** 1 is the first. A step that is skipped begins again, with other data. */
  readonly step: number;
  readonly maxSteps: number;
}

/** A microBatch that is about to go through the model. Where memory turns out to be short, a step's first one comes again. */
export interface MicroStepStart {
  /** The step that it is part of: 1 is the first. */
  readonly step: number;
  /** Its place in the step, from 0 on. */
  readonly microStep: number;
  readonly gradAccumSteps: number;
}

/** A microBatch whose gradients are there. */
export interface MicroStepReport extends MicroStepStart {
  /** Mean nats over its unmasked tokens; NaN where all are masked. */
  readonly loss: number;
  /** Its unmasked tokens. */
  readonly weightSum: number;
}

/** Facts of one completed step. */
export interface StepReport {
  /** Completed steps: 1 after the first. */
  readonly step: number;
  readonly maxSteps: number;
  /** Passes over the training split so far, with fraction. */
  readonly epoch: number;
  /**
   * `train/loss`, `train/gradNorm`, `train/learningRate`, `train/tokensPerSecond`, `train/stepMs`. The unit at the end
   * of a name tells what a clock measured; see `isRepeatableMetric`.
   */
  readonly metrics: Named<number>;
}

/** What begins after so many completed steps. */
export interface AfterStep {
  readonly step: number;
}

/** Facts of one evaluation. */
export interface EvaluationReport {
  readonly step: number;
  /** `eval/loss`, `eval/perplexity`, `eval/accuracy`. */
  readonly metrics: Named<number>;
}

/** What a callback may ask for. */
export interface CallbackAnswer {
  /** Stop after this step, for this reason. */
  readonly stop?: string;
  /** Save a checkpoint now. */
  readonly save?: boolean;
}

type Answer = CallbackAnswer | undefined | void;

/** The run that a callback looks on at. */
export interface CallbackRun {
  readonly runId: string;
  /** Absolute path of the run's folder. */
  readonly folder: string;
  /** Takes what the callback has to tell of the run, until the run ends: it reaches every tracker. */
  readonly recorder: RunRecorder;
}

/**
 * Looks on, and may answer to what has ended. Called in the order of the config, awaited; a hook that no callback has
 * costs nothing.
 */
export interface Callback {
  /** Before the first step, also of a run that goes on. */
  runStart?(run: CallbackRun): void | Promise<void>;
  stepStart?(start: StepStart): void | Promise<void>;
  microStepStart?(start: MicroStepStart): void | Promise<void>;
  microStepEnd?(report: MicroStepReport): void | Promise<void>;
  /** As often as the trainer reports. */
  stepEnd?(report: StepReport): Answer | Promise<Answer>;
  evaluationStart?(start: AfterStep): void | Promise<void>;
  evaluationEnd?(report: EvaluationReport): Answer | Promise<Answer>;
  /** Before the state is copied that will be saved. */
  checkpointStart?(start: AfterStep): void | Promise<void>;
  /** When the checkpoint is durable; steps may lie between. */
  checkpointSaved?(saved: SavedCheckpoint): Answer | Promise<Answer>;
}

export const CallbackPoint = definePoint<Callback, "many">("callback", {
  cardinality: "many",
  failurePolicy: "closed",
});
