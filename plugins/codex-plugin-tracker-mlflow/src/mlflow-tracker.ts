import type { Disposable, Json, RunDescription, RunOutcome, Tracker, TrackerRecord } from "codex-core";
import type { ArtifactKind } from "./options.js";
import { addPoints, contentOf } from "./record-content.js";
import { describeRun } from "./run-facts.js";
import type { MetricPoint, RunStatus, RunStore } from "./run-store.js";

export interface MlflowTrackerSettings {
  readonly store: RunStore;
  /** The store's address, as the config or the environment says it. */
  readonly place: string;
  /** Default: the project's name. */
  readonly experiment?: string | undefined;
  readonly artifacts: readonly ArtifactKind[];
}

const statuses: { readonly [S in RunOutcome["status"]]: RunStatus } = {
  finished: "FINISHED",
  failed: "FAILED",
  interrupted: "KILLED",
};

/** Tells MLflow of a run: of each of its segments as a run of MLflow's. */
export class MlflowTracker implements Tracker, Disposable {
  #runFolder = "";

  constructor(private readonly settings: MlflowTrackerSettings) {}

  get place(): string {
    return this.settings.place;
  }

  /** @throws CODEX_TRACKER_MLFLOW_WRITE, CODEX_TRACKER_MLFLOW_UNREACHABLE, CODEX_TRACKER_MLFLOW_REFUSED */
  async open(run: RunDescription, saved?: Json): Promise<Json> {
    const { store, experiment } = this.settings;
    this.#runFolder = run.folder;
    return store.open(await describeRun(run, experiment), saved);
  }

  async write(records: readonly TrackerRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { store, artifacts } = this.settings;
    const { files, ...entries } = contentOf(records, this.#runFolder, artifacts);
    await store.log(entries, signal);
    for (const file of files) await store.putFile(file, signal);
  }

  /** Params, tags and files are set: setting them again changes nothing. */
  async missing(records: readonly TrackerRecord[], signal: AbortSignal): Promise<readonly TrackerRecord[]> {
    const points: MetricPoint[] = [];
    for (const record of records) if (record.kind === "metrics") addPoints(record, points);
    const missing = new Set<MetricPoint>(await this.settings.store.missing(points, signal));
    let next = 0;
    return records.flatMap((record): readonly TrackerRecord[] => {
      if (record.kind !== "metrics") return [record];
      const metrics = Object.entries(record.metrics).filter(() => missing.has(points[next++]!));
      return metrics.length === 0 ? [] : [{ ...record, metrics: Object.fromEntries(metrics) }];
    });
  }

  async close({ status, endedAtMs }: RunOutcome): Promise<void> {
    await this.settings.store.close(statuses[status], Math.round(endedAtMs));
  }

  async dispose(): Promise<void> {
    await this.settings.store.dispose();
  }
}
