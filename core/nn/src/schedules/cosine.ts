import { type DecayOptions, type LearningRateSchedule, progress, withWarmup } from "./schedule.js";

/**
 * Half a cosine from the peak at step warmupSteps down to minLearningRate at step maxSteps:
 * min + (learningRate − min)·(1 + cos(π·p))/2 with p = (step − warmupSteps)/(maxSteps − warmupSteps), in [0, 1].
 *
 * @source https://arxiv.org/abs/1608.03983, equation 5, without restarts
 */
export function cosineSchedule({ warmupSteps = 0, minLearningRate = 0 }: DecayOptions = {}): LearningRateSchedule {
  return withWarmup(warmupSteps, {
    learningRate(step, { maxSteps, learningRate }) {
      const share = (1 + Math.cos(Math.PI * progress(step, warmupSteps, maxSteps))) / 2;
      return minLearningRate + (learningRate - minLearningRate) * share;
    },
  });
}
