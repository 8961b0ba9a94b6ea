import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "../../contracts/json.js";
import type { MetricsRecord, RunDescription, RunOutcome, Tracker, TrackerRecord } from "../../contracts/tracker.js";

export interface MemoryTrackerOptions {
  /** Milliseconds that a write takes. */
  readonly writeMs?: number;
  /** How many writes fail, from the first on; `Infinity` for all. */
  readonly failures?: number;
  /** How many records of a write that fails arrive all the same. */
  readonly arrivingOfFailed?: number;
  readonly failOpen?: boolean;
}

/** A tracker that remembers what it is told; as slow or as broken as a test wants it. */
export class MemoryTracker implements Tracker {
  readonly records: TrackerRecord[] = [];
  /** Sizes of the batches that arrived. */
  readonly batches: number[] = [];
  run: RunDescription | undefined;
  saved: Json | undefined;
  outcome: RunOutcome | undefined;
  attempts = 0;

  constructor(readonly options: MemoryTrackerOptions = {}) {}

  /** The records of metrics that arrived. */
  get metrics(): readonly MetricsRecord[] {
    return this.records.filter((record) => record.kind === "metrics");
  }

  async open(run: RunDescription, saved?: Json): Promise<Json> {
    if (this.options.failOpen) throw new Error("no connection");
    this.run = run;
    this.saved = saved;
    return saved ?? { remoteId: `remote-${run.runId}` };
  }

  async write(records: readonly TrackerRecord[], signal: AbortSignal): Promise<void> {
    this.attempts++;
    const { writeMs, failures = 0, arrivingOfFailed = 0 } = this.options;
    if (writeMs) await sleep(writeMs, undefined, { signal });
    if (this.attempts <= failures) {
      this.records.push(...records.slice(0, arrivingOfFailed));
      throw new Error("the server said 503");
    }
    this.batches.push(records.length);
    this.records.push(...records);
  }

  async missing(records: readonly TrackerRecord[]): Promise<readonly TrackerRecord[]> {
    const nameOf = (record: TrackerRecord) =>
      `${record.kind} ${record.step} ${record.kind === "artifact" ? record.name : ""}`;
    const known = new Set(this.records.map(nameOf));
    return records.filter((record) => !known.has(nameOf(record)));
  }

  async close(outcome: RunOutcome): Promise<void> {
    this.outcome = outcome;
  }
}
