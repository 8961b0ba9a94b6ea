import type { Json } from "codex-core";

/** A number as MLflow keeps it. `timestamp` is whole milliseconds since the Unix epoch. */
export interface MetricPoint {
  readonly key: string;
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
}

/** A param or a tag. */
export interface NamedText {
  readonly key: string;
  readonly value: string;
}

/** What the run was trained on. */
export interface Dataset {
  readonly name: string;
  readonly digest: string;
  readonly sourceType: string;
  /** JSON text. */
  readonly source: string;
  /** JSON text. */
  readonly profile: string;
}

/** A run as MLflow describes it. */
export interface StoredRun {
  /** The runId of Codex, which is the tag `runId` too. */
  readonly runId: string;
  readonly experiment: string;
  readonly userName: string;
  readonly startTimeMs: number;
  readonly params: readonly NamedText[];
  readonly tags: readonly NamedText[];
  readonly dataset: Dataset | undefined;
  /** The runId of Codex of the run that this one is a part of. */
  readonly parent: string | undefined;
}

/** A file to be: a text, or a copy of a file. */
export interface ArtifactFile {
  /** Below the run's artifacts, with `/`. */
  readonly path: string;
  readonly content: { readonly text: string } | { readonly copyOf: string };
}

export interface LoggedEntries {
  readonly metrics: readonly MetricPoint[];
  /** One whose key the run has already stays what it is. */
  readonly params: readonly NamedText[];
  readonly tags: readonly NamedText[];
}

export type RunStatus = "FINISHED" | "FAILED" | "KILLED";

/** Where runs of MLflow are kept. It has one run open at a time, and leaves out what it cannot keep. */
export interface RunStore {
  /** Finds or makes experiment and run, and says that it is running. `saved` is what it returned before. */
  open(run: StoredRun, saved: Json | undefined): Promise<Json>;
  log(entries: LoggedEntries, signal: AbortSignal): Promise<void>;
  /** Of points that may have arrived in part, those that are not there. */
  missing(points: readonly MetricPoint[], signal: AbortSignal): Promise<readonly MetricPoint[]>;
  putFile(file: ArtifactFile, signal: AbortSignal): Promise<void>;
  close(status: RunStatus, endTimeMs: number): Promise<void>;
  dispose(): void | Promise<void>;
}
