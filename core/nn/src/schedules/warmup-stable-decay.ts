import { nnErrors } from "../errors/nn-errors.js";
import { type DecayOptions, type LearningRateSchedule, progress, withWarmup } from "./schedule.js";

/** Options of `warmupStableDecaySchedule`. */
export interface WarmupStableDecayOptions extends DecayOptions {
  /** Share of maxSteps that decays, at the end, in [0, 1]. Default: 0.2. */
  readonly decayFraction?: number;
}

/**
 * The peak after the warmup, until the last round(decayFraction·maxSteps) steps fall in a straight line to
 * minLearningRate at step maxSteps: min + (learningRate − min)·(1 − p) with p = (step − start)/(maxSteps − start) and
 * start = max(warmupSteps, maxSteps − round(decayFraction·maxSteps)).
 *
 * @throws CODEX_NN_ARGUMENT when decayFraction is not in [0, 1].
 * @source https://arxiv.org/abs/2404.06395, section 4.1
 */
export function warmupStableDecaySchedule(options: WarmupStableDecayOptions = {}): LearningRateSchedule {
  const { warmupSteps = 0, minLearningRate = 0, decayFraction = 0.2 } = options;
  if (!(decayFraction >= 0 && decayFraction <= 1)) {
    throw nnErrors.CODEX_NN_ARGUMENT({ what: `decayFraction is ${decayFraction}; it must be in [0, 1].` });
  }
  return withWarmup(warmupSteps, {
    learningRate(step, { maxSteps, learningRate }) {
      const start = Math.max(warmupSteps, maxSteps - Math.round(decayFraction * maxSteps));
      if (step < start) return learningRate;
      return minLearningRate + (learningRate - minLearningRate) * (1 - progress(step, start, maxSteps));
    },
  });
}
