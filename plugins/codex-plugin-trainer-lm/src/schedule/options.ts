import type { ScheduleFacts } from "codex-core";
import { z } from "zod";

const warmupSteps = z
  .int()
  .min(0)
  .default(0)
  .meta({ "x-codex-unit": "steps" })
  .describe("Steps in which the learning rate rises to its peak.");
const minLearningRate = z
  .number()
  .min(0)
  .default(0)
  .describe("Learning rate at which the decay ends, at the last step.");

/** Options of the schedule `constant`. */
export const constantOptions = z.strictObject({ warmupSteps }).describe("Stays at the peak after the warm-up.");

const decayOptions = z.strictObject({ warmupSteps, minLearningRate });

/** Options of the schedule `cosine`. */
export const cosineOptions = decayOptions.describe("Falls along half a cosine from the peak to the last step.");

/** Options of the schedule `linear`. */
export const linearOptions = decayOptions.describe("Falls along a line from the peak to the last step.");

/** Options of the schedule `warmup-stable-decay`. */
export const warmupStableDecayOptions = z
  .strictObject({
    warmupSteps,
    minLearningRate,
    decayFraction: z.number().min(0).max(1).default(0.2).describe("Share of maxSteps that decays, at the end."),
  })
  .describe("Stays at the peak, and falls at the end.");

/** What a plan is told of any of these schedules. */
export function planSchedule({ warmupSteps }: z.infer<typeof constantOptions>): ScheduleFacts {
  return { warmupSteps };
}
