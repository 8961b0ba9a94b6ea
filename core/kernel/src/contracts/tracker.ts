import { definePoint } from "./contribution-point.js";
import type { Json, JsonObject, Named } from "./json.js";

/** The run that a tracker follows. */
export interface RunDescription {
  /**
   * Names the run for readers, uniquely; it can be the name of a file. A run that went on inexactly from a checkpoint
   * is another one to them: its segments after the first have an id of their own, with `-2`, `-3` … at its end.
   */
  readonly runId: string;
  /** Counts the segments of a run that went on inexactly; 1 for the first, and mostly the only one. */
  readonly segment: number;
  readonly name: string;
  /** Name of the project: of its package, or of its folder. */
  readonly project: string;
  /** Absolute path of the run's folder. Files that records name lie in it. */
  readonly folder: string;
  /** The runId of the run that this one is a part of, as trials are of a sweep. */
  readonly parent?: string;
  /** The run, or this segment of it, has ended: what is left of it is delivered, and there is nothing to watch. */
  readonly isOver: boolean;
  /** The resolved config, secrets left out. `flattenConfig` makes params of it. */
  readonly config: JsonObject;
  /** What `environment.json` holds. */
  readonly environment: JsonObject;
  /**
   * What to find the run by: `runId`, `host`, `platform`, `node`, `command`, `gitCommit`, `gitBranch`, `gitDirty`,
   * where they are known, and what the config's `run.tags` adds.
   */
  readonly tags: Named<string>;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
}

interface RecordBase {
  /** Counts up within a run; the same record never gets two numbers. */
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

/** A text of a step. */
export interface TextRecord extends RecordBase {
  readonly kind: "text";
  readonly key: string;
  readonly text: string;
}

/** How often values fell between edges. */
export interface HistogramRecord extends RecordBase {
  readonly kind: "histogram";
  readonly key: string;
  /** Ascending, one more than there are counts; neighbours may be equal, the outer ones infinite. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

export interface TableRecord extends RecordBase {
  readonly kind: "table";
  readonly key: string;
  readonly columns: readonly string[];
  /** A cell for each column. */
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
}

/** A picture that lies in the run's folder. */
export interface ImageRecord extends RecordBase {
  readonly kind: "image";
  readonly key: string;
  /** PNG file, relative to the run's folder. It may be gone when the record is delivered late. */
  readonly path: string;
}

/** A file or folder that the run made. */
export interface ArtifactRecord extends RecordBase {
  readonly kind: "artifact";
  /** What readers call it: `config.yaml`, `report.html`. */
  readonly name: string;
  readonly type: "file" | "checkpoint";
  /** Relative to the run's folder. It may be gone when the record is delivered late: old checkpoints are deleted. */
  readonly path: string;
}

/** Settings that became known while the run went on, beside those of its config. */
export interface ParamsRecord extends RecordBase {
  readonly kind: "params";
  readonly params: Named<string | number | boolean>;
}

/** Tags that became known while the run went on. */
export interface TagsRecord extends RecordBase {
  readonly kind: "tags";
  readonly tags: Named<string>;
}

export type TrackerRecord =
  | MetricsRecord
  | SampleRecord
  | TextRecord
  | HistogramRecord
  | TableRecord
  | ImageRecord
  | ArtifactRecord
  | ParamsRecord
  | TagsRecord;

export interface RunOutcome {
  readonly status: "finished" | "failed" | "interrupted";
  readonly endedAtMs: number;
  readonly error?: string;
}

/**
 * Carries a run's records to a reader. It may be slow and may fail: records wait in the run's folder, each call is
 * tried again, and what was not taken when the run ends is delivered when it goes on, or by `codex runs sync`.
 *
 * Calls never overlap: one that does not settle in its time counts as failed, and the next waits for it. Records come
 * in the order of their numbers. An error means "try again"; one with a number `retryAfterMs` says when. A record that
 * the reader cannot take is left out, not thrown at: it would hold up all that come after it. Kinds that the reader has
 * no place for are left out too.
 *
 * Each record is settled once: those that a resumed run makes again are not sent again. Only where a write failed, or
 * the process died in it, does the same batch come again, less what `missing` finds there.
 */
export interface Tracker {
  /**
   * Where records go, as the options say it: a folder, an address. A run whose records another place has is new to the
   * tracker, and gets all of them; what may be there already `missing` is asked for. Left out, there is one place.
   */
  readonly place?: string;
  /**
   * Opens the run. `saved` is what an earlier `open` of this run returned: the run is there already, perhaps closed, and
   * perhaps with a last line that a crash cut. Without `saved` it is new to this tracker, though an earlier try may have
   * failed half-way. Returns what opening it again will need, never a secret.
   */
  open(run: RunDescription, saved?: Json): Promise<Json>;
  write(records: readonly TrackerRecord[], signal: AbortSignal): Promise<void>;
  /**
   * Of a batch that may have arrived in part: what is not there yet, a metrics record with the metrics that are not.
   * Without it the whole batch is written again.
   */
  missing?(records: readonly TrackerRecord[], signal: AbortSignal): Promise<readonly TrackerRecord[]>;
  /** Says how the run ended. `open` may follow, of the same run or of its next segment. */
  close(outcome: RunOutcome): Promise<void>;
}

export const TrackerPoint = definePoint<Tracker, "many">("tracker", {
  cardinality: "many",
  failurePolicy: "open",
  observes: true,
});
