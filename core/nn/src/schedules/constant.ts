import { type LearningRateSchedule, type WarmupOptions, withWarmup } from "./schedule.js";

/** The peak learning rate at every step after the warmup. */
export function constantSchedule({ warmupSteps = 0 }: WarmupOptions = {}): LearningRateSchedule {
  const schedule = withWarmup(warmupSteps, { learningRate: (_step, { learningRate }) => learningRate });
  return { ...schedule, usesMaxSteps: false };
}
