import { nnErrors } from "../errors/nn-errors.js";

/** What a schedule is a function of, beside the step. */
export interface ScheduleRange {
  /** Steps of the whole run. */
  readonly maxSteps: number;
  /** The peak. */
  readonly learningRate: number;
}

/** The learning rate as a pure function of the 0-based step. */
export interface LearningRateSchedule {
  learningRate(step: number, range: ScheduleRange): number;
  /** False where its values are the same whatever `maxSteps` is. Default: true. */
  readonly usesMaxSteps?: boolean;
}

/** Options of every schedule. */
export interface WarmupOptions {
  /** Steps s < warmupSteps take learningRate·(s + 1)/warmupSteps. Default: 0. */
  readonly warmupSteps?: number;
}

/** Options of schedules that decay. */
export interface DecayOptions extends WarmupOptions {
  /** Where the decay ends. Default: 0. */
  readonly minLearningRate?: number;
}

/**
 * Puts a linear warmup before a schedule: step s < warmupSteps takes learningRate·(s + 1)/warmupSteps, so that the
 * first step is not lost and the last one of the warmup has the peak.
 *
 * @throws CODEX_NN_ARGUMENT when warmupSteps is not an integer of 0 or more.
 */
export function withWarmup(warmupSteps: number, after: LearningRateSchedule): LearningRateSchedule {
  if (!Number.isInteger(warmupSteps) || warmupSteps < 0) {
    throw nnErrors.CODEX_NN_ARGUMENT({ what: `warmupSteps is ${warmupSteps}; it must be an integer of 0 or more.` });
  }
  return {
    learningRate(step, range) {
      if (!Number.isInteger(step) || step < 0) {
        throw nnErrors.CODEX_NN_ARGUMENT({ what: `step is ${step}; it must be an integer of 0 or more.` });
      }
      return step < warmupSteps ? (range.learningRate * (step + 1)) / warmupSteps : after.learningRate(step, range);
    },
  };
}

/** Share of the way from `start` to `end` at a step, in [0, 1]. */
export function progress(step: number, start: number, end: number): number {
  return end <= start ? 1 : Math.min(1, Math.max(0, (step - start) / (end - start)));
}
