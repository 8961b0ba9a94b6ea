import { type DecayOptions, type LearningRateSchedule, progress, withWarmup } from "./schedule.js";

/**
 * A straight line from the peak at step warmupSteps down to minLearningRate at step maxSteps:
 * min + (learningRate − min)·(1 − p) with p = (step − warmupSteps)/(maxSteps − warmupSteps), in [0, 1].
 */
export function linearSchedule({ warmupSteps = 0, minLearningRate = 0 }: DecayOptions = {}): LearningRateSchedule {
  return withWarmup(warmupSteps, {
    learningRate: (step, { maxSteps, learningRate }) =>
      minLearningRate + (learningRate - minLearningRate) * (1 - progress(step, warmupSteps, maxSteps)),
  });
}
