import { z } from "zod";
import { trainerErrors } from "../errors.js";
import type { StepMeasure } from "../step/training-step.js";
import type { GuardOptions } from "./options.js";

export const guardStateSchema = z.strictObject({
  skippedInRow: z.int().min(0),
  skippedTotal: z.int().min(0),
  accepted: z.int().min(0),
  meanGradNorm: z.number().min(0),
});

/** What the guard remembers; kept in checkpoints. */
export type GuardState = z.infer<typeof guardStateSchema>;

/** Steps that the running mean of gradNorm looks back over. */
const meanWindow = 100;

/**
 * Looks at a step before its update: one whose loss or gradient is not finite, or whose gradient is far above its
 * running mean, leaves parameters, moments and step count as they are. So does one in which no token counts, as where
 * all rows are padding; that is no sign of instability.
 */
export class StepGuard {
  private skippedInRow = 0;
  private skippedTotal = 0;
  private accepted = 0;
  private meanGradNorm = 0;
  private emptyInRow = 0;

  /** @param stepsPerEpoch steps of a whole pass, of which one at least has to have a token that counts */
  constructor(
    private readonly options: GuardOptions,
    private readonly stepsPerEpoch: number,
    saved?: GuardState,
  ) {
    if (saved) Object.assign(this, saved);
  }

  get state(): GuardState {
    const { skippedInRow, skippedTotal, accepted, meanGradNorm } = this;
    return { skippedInRow, skippedTotal, accepted, meanGradNorm };
  }

  /** Why the step has to be skipped; undefined when it may be taken. */
  objection({ loss, gradNorm, weightSum }: StepMeasure): string | undefined {
    if (weightSum === 0) return "No token of it counts.";
    if (!Number.isFinite(loss)) return `The loss is ${loss}.`;
    if (!Number.isFinite(gradNorm)) return `The gradNorm is ${gradNorm}.`;
    const { spikeFactor, spikeWarmupSteps } = this.options;
    if (spikeFactor === undefined || this.accepted < spikeWarmupSteps) return undefined;
    const limit = spikeFactor * this.meanGradNorm;
    return gradNorm > limit ? `The gradNorm ${gradNorm} is above ${limit}, ${spikeFactor} times its mean.` : undefined;
  }

  /**
   * Counts a step that was measured.
   *
   * @param step Completed steps before it.
   * @throws CODEX_TRAIN_UNSTABLE when more than `maxSkippedSteps` in a row had to be skipped.
   * @throws CODEX_TRAIN_NOTHING_TO_LEARN when no token counted in as many steps as a whole pass has.
   */
  record({ gradNorm, weightSum }: StepMeasure, objection: string | undefined, step: number): void {
    this.emptyInRow = weightSum === 0 ? this.emptyInRow + 1 : 0;
    if (this.emptyInRow >= this.stepsPerEpoch) {
      throw trainerErrors.CODEX_TRAIN_NOTHING_TO_LEARN({
        what: `No token counted in the ${this.emptyInRow} steps after step ${step}, a whole pass over the data.`,
        where: "config → data",
      });
    }
    if (weightSum === 0) return;
    if (objection === undefined) {
      this.skippedInRow = 0;
      this.accepted += 1;
      this.meanGradNorm += (gradNorm - this.meanGradNorm) / Math.min(this.accepted, meanWindow);
      return;
    }
    this.skippedInRow += 1;
    this.skippedTotal += 1;
    if (this.skippedInRow <= this.options.maxSkippedSteps) return;
    throw trainerErrors.CODEX_TRAIN_UNSTABLE({
      what: `${this.skippedInRow} steps in a row had to be skipped after step ${step}. ${objection}`,
      where: "trainer.guard.maxSkippedSteps",
    });
  }
}
