import type { TrackerRecord } from "codex-core";
import { describeTracker, MemoryTracker } from "codex-core/testing";
import { describeMutants } from "./describe-mutants.js";

describe("the suite of trackers", () => {
  describeMutants({
    "a tracker that changes its records": [
      () =>
        describeTracker(
          "mutant",
          () =>
            new (class extends MemoryTracker {
              override async write(records: readonly TrackerRecord[]): Promise<void> {
                for (const record of records) (record as { step: number }).step++;
              }
            })(),
        ),
      /without changing them/,
    ],
    "a tracker that starts another run when one goes on": [
      () =>
        describeTracker(
          "mutant",
          () =>
            new (class extends MemoryTracker {
              override async open(): Promise<string> {
                return `${Math.random()}`;
              }
            })(),
        ),
      /goes on with a run/,
    ],
  });
});
