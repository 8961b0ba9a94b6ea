import type { Named } from "codex-core";
import { z } from "zod";
import { trainerErrors } from "../errors.js";
import type { EarlyStoppingOptions } from "./options.js";

export const earlyStoppingStateSchema = z.strictObject({
  best: z.number().nullable(),
  worseInRow: z.int().min(0),
});

/** What early stopping remembers; kept in checkpoints. */
export type EarlyStoppingState = z.infer<typeof earlyStoppingStateSchema>;

/** Counts evaluations that were no better than the best one. A value that is not finite is never better. */
export class EarlyStopping {
  private best: number | null;
  private worseInRow: number;

  constructor(
    private readonly options: EarlyStoppingOptions,
    saved: EarlyStoppingState = { best: null, worseInRow: 0 },
  ) {
    this.best = saved.best;
    this.worseInRow = saved.worseInRow;
  }

  get state(): EarlyStoppingState {
    return { best: this.best, worseInRow: this.worseInRow };
  }

  get isExhausted(): boolean {
    return this.worseInRow >= this.options.patience;
  }

  /** @throws CODEX_TRAIN_MONITOR when the metrics lack the monitored one. */
  record(metrics: Named<number>): void {
    const { monitor, mode, minDelta } = this.options;
    const value = metrics[monitor];
    if (value === undefined) {
      throw trainerErrors.CODEX_TRAIN_MONITOR({
        what: `Evaluations give no metric "${monitor}"; they give ${Object.keys(metrics).join(", ")}.`,
        where: "trainer.earlyStopping.monitor",
      });
    }
    const gain = this.best === null ? Number.POSITIVE_INFINITY : mode === "min" ? this.best - value : value - this.best;
    if (Number.isFinite(value) && gain > minDelta) {
      this.best = value;
      this.worseInRow = 0;
    } else {
      this.worseInRow += 1;
    }
  }
}
