import { definePoint } from "./contribution-point.js";
import type { Json, JsonObject, Named } from "./json.js";

/** The run that a tracker follows. */
export interface RunDescription {
  readonly runId: string;
  readonly name: string;
  /** Absolute path of the run's folder. */
  readonly folder: string;
  /** The resolved config, secrets left out. */
  readonly config: JsonObject;
  readonly environment: JsonObject;
  readonly startedAtMs: number;
  /** Completed steps when the run goes on from a checkpoint of its own folder: later records are void. */
  readonly resumedAtStep?: number;
}

interface RecordBase {
  /** Counts up by one within a run; the same record never gets two numbers. */
  readonly sequence: number;
  readonly step: number;
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
}

/** Numbers of a step; NaN and infinities are possible. */
export interface MetricsRecord extends RecordBase {
  readonly kind: "metrics";
  readonly metrics: Named<number>;
}

/** A text that the model wrote. */
export interface SampleRecord extends RecordBase {
  readonly kind: "sample";
  readonly prompt: string;
  readonly text: string;
}

export type TrackerRecord = MetricsRecord | SampleRecord;

export interface RunOutcome {
  readonly status: "finished" | "failed" | "interrupted";
  readonly endedAtMs: number;
  readonly error?: string;
}

/**
 * Carries a run's records somewhere. May be slow and may fail: the kernel queues, batches and repeats. Delivery is at
 * least once; a tracker that must not double a record keys by (runId, metric, step).
 */
export interface Tracker {
  /** Opens the run. `saved` is what an earlier `open` of this run returned. Returns what resuming will need. */
  open(run: RunDescription, saved?: Json): Promise<Json>;
  write(records: readonly TrackerRecord[], signal: AbortSignal): Promise<void>;
  close(outcome: RunOutcome): Promise<void>;
}

export const TrackerPoint = definePoint<Tracker, "many">("tracker", { cardinality: "many", failurePolicy: "open" });
