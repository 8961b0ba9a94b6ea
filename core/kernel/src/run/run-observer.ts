import type { EvaluationReport, StepReport } from "../contracts/callback.js";
import type { SavedCheckpoint } from "../contracts/checkpoint-store.js";
import type { DeviceInfo } from "../contracts/compute-backend.js";
import type { ModelPlan } from "../contracts/model-loader.js";
import type { Sample, TrainingOutcome } from "../contracts/trainer.js";
import type { CodexError } from "../errors/codex-error.js";

/** When a part was given up: while its plugin was loaded, while it was made, or while it worked. */
export type PartPhase = "activate" | "create" | "run";

/** A part that was left out because its failure is not the run's. */
export interface SkippedPart {
  /** Point key and instance name: `tracker.mlflow`. */
  readonly part: string;
  readonly phase: PartPhase;
  readonly error: CodexError;
}

/** A run that is about to train. */
export interface RunStart {
  readonly runId: string;
  readonly name: string;
  /** Absolute path of the run's folder. */
  readonly folder: string;
  /** What the model needs, where the model and the tokenizer tell. */
  readonly plan?: ModelPlan;
  /** What computes, where the run has a compute backend. */
  readonly device?: DeviceInfo;
  /** The checkpoint that the run goes on from. */
  readonly resumedFrom?: string;
  /** Completed steps of that checkpoint. */
  readonly resumedAtStep?: number;
}

/** A run that ended without an error. */
export interface TrainResult {
  readonly runId: string;
  readonly folder: string;
  readonly outcome: TrainingOutcome;
}

/**
 * Looks on while a kernel works; the console's progress line is one. Called at once, never awaited; what it throws is
 * logged and ignored.
 */
export interface RunObserver {
  runStart?(facts: RunStart): void;
  stepEnd?(report: StepReport): void;
  evaluationEnd?(report: EvaluationReport): void;
  checkpointSaved?(saved: SavedCheckpoint): void;
  sample?(sample: Sample): void;
  partSkipped?(skipped: SkippedPart): void;
  /** Something that the user should know, though the work goes on: one sentence. */
  warning?(text: string): void;
  runEnd?(result: TrainResult): void;
  runFailed?(error: unknown): void;
}
