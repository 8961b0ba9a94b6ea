import type { Named } from "../contracts/json.js";
import { isRepeatableMetric } from "../contracts/repeatable-metric.js";
import type { CodexError } from "../errors/codex-error.js";
import { runErrors } from "../errors/run-errors.js";
import { toJsonNumber } from "./json-number.js";
import type { RunSegment } from "./run-segments.js";
import { lastTold, type SupersededRecords } from "./superseded-records.js";

/** Compares steps that are trained again after an exact resume with what they were the first time, number by number. */
export class ReplayedSteps {
  readonly #before = new Map<number, Map<string, number>>();
  #isReported = false;

  private constructor(readonly onDiverged: (error: CodexError) => void) {}

  /**
   * The steps of a run's segment that were told of before and then cut.
   *
   * @param onDiverged told once, of the first number that is another one now: CODEX_RESUME_DIVERGED
   */
  static async read(
    superseded: SupersededRecords,
    segment: RunSegment,
    onDiverged: (error: CodexError) => void,
  ): Promise<ReplayedSteps> {
    const steps = new ReplayedSteps(onDiverged);
    const told = (await superseded.all()).filter(({ sequence }) => sequence >= segment.fromSequence);
    for (const record of lastTold(told)) {
      if (record.kind !== "metrics") continue;
      const known = steps.#before.get(record.step) ?? new Map<string, number>();
      for (const [name, value] of Object.entries(record.metrics)) if (isRepeatableMetric(name)) known.set(name, value);
      steps.#before.set(record.step, known);
    }
    return steps;
  }

  compare(step: number, metrics: Named<number>): void {
    const before = this.#before.get(step);
    if (!before || this.#isReported) return;
    for (const [name, value] of Object.entries(metrics)) {
      const earlier = before.get(name);
      if (earlier === undefined || toJsonNumber(earlier) === toJsonNumber(value)) continue;
      this.#isReported = true;
      this.onDiverged(
        runErrors.CODEX_RESUME_DIVERGED({
          what: `${name} of step ${step} was ${earlier} before the resume and is ${value} now.`,
          where: `metrics.superseded.ndjson, step ${step}`,
        }),
      );
      return;
    }
  }
}
