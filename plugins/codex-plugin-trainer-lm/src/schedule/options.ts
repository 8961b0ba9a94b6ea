import type { ScheduleFacts } from "codex-core";
import { z } from "zod";

const warmupSteps = z.int().min(0).default(0).describe("Steps in which the learning rate rises to its peak.");
const minLearningRate = z.number().min(0).default(0).describe("Where the decay ends, at maxSteps.");

/** Options of the schedule `constant`. */
export const constantOptions = z.strictObject({ warmupSteps });

/** Options of the schedules `cosine` and `linear`. */
export const decayOptions = z.strictObject({ warmupSteps, minLearningRate });

/** Options of the schedule `warmup-stable-decay`. */
export const warmupStableDecayOptions = z.strictObject({
  warmupSteps,
  minLearningRate,
  decayFraction: z.number().min(0).max(1).default(0.2).describe("Share of maxSteps that decays, at the end."),
});

/** What a plan is told of any of these schedules. */
export function planSchedule({ warmupSteps }: z.infer<typeof constantOptions>): ScheduleFacts {
  return { warmupSteps };
}
