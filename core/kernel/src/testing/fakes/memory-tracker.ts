import { setTimeout as sleep } from "node:timers/promises";
import type { Json } from "../../contracts/json.js";
import type { RunDescription, RunOutcome, Tracker, TrackerRecord } from "../../contracts/tracker.js";

export interface MemoryTrackerOptions {
  /** Milliseconds that a write takes. */
  readonly writeMs?: number;
  /** How many writes fail, from the first on; `Infinity` for all. */
  readonly failures?: number;
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

  async open(run: RunDescription, saved?: Json): Promise<Json> {
    if (this.options.failOpen) throw new Error("no connection");
    this.run = run;
    this.saved = saved;
    return saved ?? { remoteId: `remote-${run.runId}` };
  }

  async write(records: readonly TrackerRecord[], signal: AbortSignal): Promise<void> {
    this.attempts++;
    if (this.options.writeMs) await sleep(this.options.writeMs, undefined, { signal });
    if (this.attempts <= (this.options.failures ?? 0)) throw new Error("the server said 503");
    this.batches.push(records.length);
    this.records.push(...records);
  }

  async close(outcome: RunOutcome): Promise<void> {
    this.outcome = outcome;
  }
}
