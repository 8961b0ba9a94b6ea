import { realpath } from "node:fs/promises";
import { join } from "node:path";
import {
  type Disposable,
  type Json,
  makeFolder,
  type RunDescription,
  type RunOutcome,
  type Tracker,
  type TrackerRecord,
} from "codex-core";
import { createCsvFormat } from "./csv-format.js";
import { filesErrors } from "./errors.js";
import { createEventsFormat, createMetricsNdjsonFormat, createSamplesFormat } from "./ndjson-format.js";
import { RecordFile, type RecordFormat } from "./record-file.js";
import { writeRunFile } from "./run-file.js";

export interface FilesTrackerSettings {
  readonly formats: readonly ("csv" | "ndjson")[];
  readonly samples: boolean;
  readonly events: boolean;
  /** Tells folders of a run's files apart. */
  readonly place: string;
  /** The folder for a run's files. */
  folderOf(run: RunDescription): string;
}

/** Writes a run's records to files: metrics as CSV or NDJSON, all others as NDJSON; what run it is as JSON. */
export class FilesTracker implements Tracker, Disposable {
  private files: OpenFile[] = [];
  private folder = "";
  private run: RunDescription | undefined;
  /** The run's own folder has a run.json and an events.ndjson already, the run's. */
  private isRunFolder = false;

  constructor(private readonly settings: FilesTrackerSettings) {}

  get place(): string {
    return this.settings.place;
  }

  /** @throws CODEX_TRACKER_FILES_WRITE when a file cannot be opened, or is there and is not this tracker's. */
  async open(run: RunDescription, saved?: Json): Promise<Json> {
    // Files of a run that was here before are not this one's.
    const lastStep = saved === undefined ? -1 : Number.POSITIVE_INFINITY;
    await this.closeFiles();
    this.folder = this.settings.folderOf(run);
    this.run = run;
    await this.guarded(async () => {
      await makeFolder(this.folder);
      this.isRunFolder = (await realpath(this.folder)) === (await realpath(run.folder));
      for (const open of this.openers()) this.files.push(await open(this.folder, lastStep));
      await this.tellOfRun();
    });
    return { runId: run.runId };
  }

  /** @throws CODEX_TRACKER_FILES_WRITE */
  async write(records: readonly TrackerRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.guarded(async () => {
      for (const file of this.files) await file.write(records);
    });
  }

  /**
   * What no file has. What only some of them have, because the disk became full after them, the others get here: it has
   * arrived, and must not come again by another number.
   *
   * @throws CODEX_TRACKER_FILES_WRITE
   */
  async missing(records: readonly TrackerRecord[]): Promise<readonly TrackerRecord[]> {
    const isThere = (record: TrackerRecord) => this.files.some((file) => file.has(record));
    const arrived = records.filter(isThere);
    await this.guarded(async () => {
      for (const file of this.files) await file.write(arrived);
    });
    return records.filter((record) => !arrived.includes(record));
  }

  async close(outcome: RunOutcome): Promise<void> {
    await this.guarded(async () => {
      await this.closeFiles();
      await this.tellOfRun(outcome);
    });
  }

  /** A run that could not be opened has files open all the same. */
  async dispose(): Promise<void> {
    await this.closeFiles();
  }

  private openers(): Opener[] {
    const { formats, samples, events } = this.settings;
    return [
      ...(formats.includes("csv") ? [openerOf(createCsvFormat())] : []),
      ...(formats.includes("ndjson") ? [openerOf(createMetricsNdjsonFormat())] : []),
      ...(samples ? [openerOf(createSamplesFormat())] : []),
      ...(events && !this.isRunFolder ? [openerOf(createEventsFormat())] : []),
    ];
  }

  private async tellOfRun(outcome?: RunOutcome): Promise<void> {
    if (this.run && !this.isRunFolder) await writeRunFile(this.folder, this.run, outcome);
  }

  private async closeFiles(): Promise<void> {
    await Promise.all(this.files.splice(0).map((file) => file.close()));
  }

  private async guarded(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      throw filesErrors.CODEX_TRACKER_FILES_WRITE({
        what: `The tracker's files cannot be written: ${problem}.`,
        where: this.folder,
        cause,
      });
    }
  }
}

type OpenFile = Pick<RecordFile<"metrics">, "has" | "write" | "close">;
type Opener = (folder: string, lastStep: number) => Promise<OpenFile>;

function openerOf<Kind extends TrackerRecord["kind"]>(format: RecordFormat<Kind>): Opener {
  return (folder, lastStep) => RecordFile.open(join(folder, format.fileName), format, lastStep);
}
