import type { SavedCheckpoint } from "./checkpoint-store.js";
import { definePoint } from "./contribution-point.js";
import type { Named } from "./json.js";
import type { RunRecorder } from "./run-recorder.js";

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

/** Looks on and may answer. Called in the order of the config, awaited. */
export interface Callback {
  /** Before the first step, also of a run that goes on. */
  runStart?(run: CallbackRun): void | Promise<void>;
  stepEnd?(report: StepReport): Answer | Promise<Answer>;
  evaluationEnd?(report: EvaluationReport): Answer | Promise<Answer>;
  checkpointSaved?(saved: SavedCheckpoint): Answer | Promise<Answer>;
}

export const CallbackPoint = definePoint<Callback, "many">("callback", {
  cardinality: "many",
  failurePolicy: "closed",
});
