import { definePoint } from "./contribution-point.js";
import type { JsonObject } from "./json.js";

/** A row of a run's metrics.ndjson. */
export interface MetricsRow {
  readonly step: number;
  /** Milliseconds since the Unix epoch; null when the row does not tell. */
  readonly timeMs: number | null;
  /** Counts up within a run; null when the row does not tell. */
  readonly sequence: number | null;
  /** Names of metrics. Rows of equal names share one array. */
  readonly keys: readonly string[];
  /** A number for each key; NaN and infinities are possible. */
  readonly values: readonly number[];
}

/** What is known of a run beside its metrics; null where its folder does not tell. */
export interface RunFacts {
  readonly runId: string;
  readonly name: string | null;
  /** `running`, `finished`, `failed`, `interrupted`, `crashed` or `unknown`. */
  readonly status: string;
  /** ISO 8601. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** As it was typed, without secrets. */
  readonly command: string | null;
  /** Absolute path. */
  readonly folder: string;
  /** The resolved config, secrets left out. */
  readonly config: JsonObject | null;
}

/** The metrics of a run, from its file as it stood when it was opened. */
export interface MetricsReading {
  /** Whether the rows before the given mark stand in the file still, so that `rows` are those after it. */
  readonly goesOn: boolean;
  /** In the file's order, some at a time. To be read once. */
  readonly rows: AsyncIterable<readonly MetricsRow[]>;
  /** Stands for all rows up to the last of `rows`, once they have been read. */
  mark(): string;
}

/** A run that a sink takes. */
export interface MetricsRun {
  readonly facts: RunFacts;
  /**
   * Reads the run's rows: those after a mark where what it stands for is in the file still, else all. A run that was
   * resumed from an earlier checkpoint has other rows than before: what was taken of it has to go.
   *
   * @param mark what an earlier reading's `mark` gave
   */
  read(mark?: string): Promise<MetricsReading>;
}

/** What a sink is asked to do. */
export interface SinkRequest {
  /** Each with a runId of its own. */
  readonly runs: readonly MetricsRun[];
  /** The target's file name. */
  readonly name: string;
  /** An empty folder to write the new files into. They replace the target's once `write` has ended well. */
  readonly folder: string;
  /** The folder of the target's files, not to be changed; undefined when none of them is there, or all are empty. */
  readonly before?: string;
  /** Aborted when the user stops the command; `write` then rejects soon. */
  readonly signal: AbortSignal;
}

/** How many values of a run were written. */
export interface WrittenRun {
  readonly runId: string;
  readonly values: number;
  /** `added`: to those of an earlier time. `whole`: in place of all that there was. */
  readonly how: "added" | "whole";
}

/**
 * A form of table file that runs' metrics are put into, one row a value. After `write` the new files hold the rows of
 * the given runs as they stand, and everything else that the target held before. They are put in the target's place by
 * the kernel, at once and only when they are whole: a sink needs neither locks nor transactions.
 */
export interface MetricsSink {
  /** Names of the files that a target of a name consists of, that name first. */
  files(name: string): readonly string[];
  /**
   * @throws a coded error when the target's file is there and is of another kind: it must not be lost. Other errors are
   *   told as failures to write.
   */
  write(request: SinkRequest): Promise<readonly WrittenRun[]>;
}

/** Filled by a plugin, chosen on the command line: no section of a run's config names it. */
export const SinkPoint = definePoint<MetricsSink, "one">("sink", { cardinality: "one", failurePolicy: "closed" });
