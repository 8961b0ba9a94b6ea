import { definePoint } from "./contribution-point.js";

/** What a schedule is a function of, beside the step. */
export interface ScheduleSpan {
  /** Steps of the whole run. */
  readonly maxSteps: number;
  /** The optimizer's peak learning rate. */
  readonly learningRate: number;
}

/** The learning rate as a pure function of the 0-based step. */
export interface Schedule {
  learningRate(step: number, span: ScheduleSpan): number;
  /** False where its values are the same whatever `maxSteps` is. Default: true. */
  readonly usesMaxSteps?: boolean;
}

/** What a schedule tells a plan. */
export interface ScheduleFacts {
  /** Steps in which the learning rate rises to its peak. */
  readonly warmupSteps?: number;
}

export const SchedulePoint = definePoint<Schedule, "one", ScheduleFacts>("schedule", {
  cardinality: "one",
  failurePolicy: "closed",
});
