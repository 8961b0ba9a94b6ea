import { rm } from "node:fs/promises";
import { hostname } from "node:os";
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
import { tensorboardErrors } from "./errors.js";
import { readEvent, type SummaryValue, summaryEvent, textValue, versionEvent } from "./event.js";
import { EventFile } from "./event-file.js";
import { endValue, startValues } from "./hparams.js";
import { eventOf, mapText, tagsOf } from "./record-event.js";

export interface TensorboardTrackerSettings {
  /** The folder for a run's event file. */
  folderOf(run: RunDescription): string;
}

/** Tags, with their steps and times, that are kept in mind: more than one batch has. */
const keptPlaces = 50_000;

/** Writes a run's records into an event file that TensorBoard reads. */
export class TensorboardTracker implements Tracker, Disposable {
  private run: RunDescription | undefined;
  private folder = "";
  private file: EventFile | undefined;
  /** Newest of the tags that the file has, with steps and times: a step may have several samples. */
  private readonly places = new Set<string>();
  private lastStep = 0;

  constructor(private readonly settings: TensorboardTrackerSettings) {}

  /** @throws CODEX_TRACKER_TENSORBOARD_WRITE */
  async open(run: RunDescription, saved?: Json): Promise<Json> {
    await this.closeFile();
    this.run = run;
    this.folder = this.settings.folderOf(run);
    this.places.clear();
    this.lastStep = 0;
    const known = (saved as { file?: unknown } | null | undefined)?.file;
    const name = typeof known === "string" && /^events\.out\.tfevents\.[\w.-]+$/.test(known) ? known : fileName(run);
    const path = join(this.folder, name);
    await this.guarded(async () => {
      await makeFolder(this.folder);
      if (saved === undefined) await rm(path, { force: true });
      this.file = await EventFile.open(path, (event) => this.remember(event));
      if (this.file.isEmpty) await this.file.append(firstEvents(run));
    });
    return { file: name };
  }

  /** @throws CODEX_TRACKER_TENSORBOARD_WRITE */
  async write(records: readonly TrackerRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { run, file } = this;
    if (!run || !file) return;
    const events = await Promise.all(records.map((record) => eventOf(record, run.folder)));
    await this.guarded(() => file.append(events.filter((event) => event !== undefined)));
    for (const record of records) this.keep(record, tagsOf(record));
  }

  async missing(records: readonly TrackerRecord[]): Promise<readonly TrackerRecord[]> {
    return records.filter((record) => !tagsOf(record).some((tag) => this.places.has(place(record, tag))));
  }

  /** @throws CODEX_TRACKER_TENSORBOARD_WRITE */
  async close(outcome: RunOutcome): Promise<void> {
    const { file } = this;
    await this.guarded(async () => {
      await file?.append([summaryEvent(this.lastStep, outcome.endedAtMs, [endValue(outcome)])]);
      await this.closeFile();
    });
  }

  /** A run that could not be closed lets its file go all the same. */
  async dispose(): Promise<void> {
    await this.closeFile();
  }

  private remember(event: Buffer): void {
    const read = readEvent(event);
    this.keep(read, read.tags);
  }

  private keep(moment: Moment, tags: readonly string[]): void {
    this.lastStep = Math.max(this.lastStep, moment.step);
    for (const tag of tags) {
      this.places.add(place(moment, tag));
      if (this.places.size <= keptPlaces) continue;
      for (const oldest of this.places) {
        this.places.delete(oldest);
        break;
      }
    }
  }

  private async closeFile(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.close();
  }

  private async guarded(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      const what = `The event file cannot be written: ${problem}.`;
      throw tensorboardErrors.CODEX_TRACKER_TENSORBOARD_WRITE({ what, where: this.folder, cause });
    }
  }
}

type Moment = Pick<TrackerRecord, "step" | "timeMs">;

function place({ step, timeMs }: Moment, tag: string): string {
  return `${step} ${Math.round(timeMs)} ${tag}`;
}

/** TensorBoard takes files with `tfevents` in their name, and reads them in the order of the seconds. */
function fileName(run: RunDescription): string {
  const seconds = String(Math.floor(run.startedAtMs / 1000)).padStart(10, "0");
  const host = (run.tags.host ?? hostname()).replaceAll(/[^\w-]+/g, "-");
  return `events.out.tfevents.${seconds}.${host}.${run.runId.replaceAll(/[^\w-]+/g, "-")}`;
}

/** What a file begins with: its version, the settings, and the tags. */
function firstEvents(run: RunDescription): readonly Buffer[] {
  const values: readonly SummaryValue[] = [...startValues(run), textValue("tags", mapText(run.tags))];
  return [versionEvent(run.startedAtMs), summaryEvent(0, run.startedAtMs, values)];
}
