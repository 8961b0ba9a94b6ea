import { join } from "node:path";
import { type Json, type Logger, type Tracker, TrackerPoint, type TrackerRecord } from "codex-core";
import { createFromPlugin, createRunDescription, createTemporaryFolder, silentLogger } from "codex-core/testing";
import plugin from "codex-plugin-tracker-wandb";
import { wandbId } from "../../src/run-place.js";
import { type ReadRun, readRun, runFile } from "./read-run.js";

interface Settings {
  readonly name?: string;
  readonly logger?: Logger;
}

export const { signal } = new AbortController();
export const startedAtMs = createRunDescription("").startedAtMs;
export const outcome = { status: "finished", endedAtMs: startedAtMs + 60_000 } as const;

export const metrics = (sequence: number, step: number, values: { [name: string]: number }): TrackerRecord => ({
  kind: "metrics",
  sequence,
  step,
  timeMs: startedAtMs + sequence * 1000,
  metrics: values,
});

/** The plugin's tracker in a project's folder. */
export const createTracker = (
  project: string,
  options: object = {},
  { name = "wandb", logger = silentLogger }: Settings = {},
): Promise<Tracker> =>
  createFromPlugin(plugin, TrackerPoint, "wandb", {
    options,
    context: { name, logger, folders: { project, cache: project, run: project } },
  });

/** A run in a temporary folder, which is its project's too, and what a reader of its file finds. */
export class TrackedRun {
  private constructor(
    readonly folder: string,
    readonly run = createRunDescription(folder),
  ) {}

  static async create(): Promise<TrackedRun> {
    return new TrackedRun(await createTemporaryFolder());
  }

  /** The run's `.wandb` file, once it was opened. */
  get file(): string {
    return runFile(join(this.folder, "wandb"), wandbId(this.run.runId));
  }

  files(...path: string[]): string {
    return join(this.file, "..", "files", ...path);
  }

  read(): Promise<ReadRun> {
    return readRun(this.file);
  }

  create(options: object = {}, settings: Settings = {}): Promise<Tracker> {
    return createTracker(this.folder, options, settings);
  }

  async opened(options: object = {}, settings: Settings = {}): Promise<{ tracker: Tracker; saved: Json }> {
    const tracker = await this.create(options, settings);
    return { tracker, saved: await tracker.open(this.run) };
  }

  /** Opens the run, writes, and closes it; what opening it again needs. */
  async session(records: readonly TrackerRecord[], options: object = {}): Promise<Json> {
    const { tracker, saved } = await this.opened(options);
    await tracker.write(records, signal);
    await tracker.close(outcome);
    return saved;
  }
}
