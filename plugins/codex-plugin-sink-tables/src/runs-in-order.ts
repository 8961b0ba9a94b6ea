import type { MetricsRun } from "codex-core";

/**
 * Says where the rows of given runs go in a table that is written anew: in place of the first row that it had of each,
 * so that the same runs give the same file; those it had none of come last.
 */
export class RunsInOrder {
  readonly #open: Map<string, MetricsRun>;
  readonly #given: ReadonlySet<string>;

  constructor(runs: readonly MetricsRun[]) {
    this.#open = new Map(runs.map((run) => [run.facts.runId, run]));
    this.#given = new Set(this.#open.keys());
  }

  /** What an old row of a run becomes: it is kept, replaced by the run's new rows, or dropped. */
  fate(runId: string): "keep" | "drop" | MetricsRun {
    if (!this.#given.has(runId)) return "keep";
    const run = this.#open.get(runId);
    this.#open.delete(runId);
    return run ?? "drop";
  }

  /** The runs of which there was no row. */
  rest(): readonly MetricsRun[] {
    const rest = [...this.#open.values()];
    this.#open.clear();
    return rest;
  }
}
