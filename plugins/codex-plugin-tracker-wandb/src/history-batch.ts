import { historyRecord, summaryRecord, type WriteRecord } from "./records.js";
import { type Step, withValues } from "./step.js";

/**
 * Gathers the values of a batch by step. W&B wants one history record a step, with steps that grow, so the newest step
 * stays open: its values stand in the summary, with its `_step`, until a later step or the end of the run completes it.
 * A file that ends there tells which step was open.
 */
export class HistoryBatch {
  private readonly complete: Step[] = [];
  private readonly changed = new Map<string, string>();
  /** Values of the open step that came in this batch. */
  private fresh: ReadonlyMap<string, string> = new Map();

  /** @param open the step that is open before the batch */
  constructor(public open: Step | undefined) {}

  /** A step's values as far as they are not written yet. */
  find(step: number): Step | undefined {
    return this.open?.step === step ? this.open : this.complete.find((known) => known.step === step);
  }

  add(added: Step): void {
    if (added.values.size === 0) return;
    if (this.open && added.step < this.open.step) {
      // Late: its step was written, or was never heard of.
      const index = this.complete.findIndex(({ step }) => step === added.step);
      if (index >= 0) this.complete[index] = withValues(this.complete[index]!, added);
      else this.complete.push(added);
      return;
    }
    if (this.open && added.step > this.open.step) {
      this.complete.push(this.open);
      this.open = undefined;
    }
    if (this.open) {
      this.open = withValues(this.open, added);
      this.fresh = new Map([...this.fresh, ...added.values]);
    } else {
      this.open = added;
      this.fresh = added.values;
    }
    for (const [key, json] of added.values) this.changed.set(key, json);
  }

  /** The summary comes before the history that it sums up, so that no crash parts them. */
  records(startedAtMs: number): readonly WriteRecord[] {
    const older = new Map([...this.changed].filter(([key]) => !this.fresh.has(key)));
    return [
      ...(older.size > 0 ? [summaryRecord(older)] : []),
      ...this.complete.map((step) => historyRecord(step, startedAtMs)),
      ...(this.fresh.size > 0 ? [summaryRecord(this.fresh, this.open, startedAtMs)] : []),
    ];
  }
}
