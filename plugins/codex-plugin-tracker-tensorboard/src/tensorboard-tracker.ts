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
import { readEvent, summaryEvent, textValue, versionEvent, type WriteFields } from "./event.js";
import { EventFile } from "./event-file.js";
import { endValue, startValues } from "./hparams.js";
import { eventOf, mapText, tagsOf } from "./record-event.js";

export interface TensorboardTrackerSettings {
  /** Tells folders of a run's event file apart. */
  readonly place: string;
  /** The folder for a run's event file. */
  folderOf(run: RunDescription): string;
}

/** Writes a run's records into an event file that TensorBoard reads. */
export class TensorboardTracker implements Tracker, Disposable {
  private run: RunDescription | undefined;
  private folder = "";
  private file: EventFile | undefined;
  private lastStep = 0;

  constructor(private readonly settings: TensorboardTrackerSettings) {}

  get place(): string {
    return this.settings.place;
  }

  /** @throws CODEX_TRACKER_TENSORBOARD_WRITE */
  async open(run: RunDescription, saved?: Json): Promise<Json> {
    await this.closeFile();
    this.run = run;
    this.folder = this.settings.folderOf(run);
    this.lastStep = 0;
    const known = (saved as { file?: unknown } | null | undefined)?.file;
    const name = typeof known === "string" && /^events\.out\.tfevents\.[\w.-]+$/.test(known) ? known : fileName(run);
    const path = join(this.folder, name);
    await this.guarded(async () => {
      await makeFolder(this.folder);
      if (saved === undefined) await rm(path, { force: true });
      this.file = await EventFile.open(path, (event) => this.reach(readEvent(event).step));
      if (this.file.isEmpty) await this.file.append(firstEvents(run));
    });
    return { file: name };
  }

  /** @throws CODEX_TRACKER_TENSORBOARD_WRITE */
  async write(records: readonly TrackerRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { run, file } = this;
    if (!run || !file) return;
    const events: Buffer[] = [];
    for (const record of records) {
      const made = eventOf(record, run.folder);
      const event = made instanceof Buffer ? made : await made;
      if (event) events.push(event);
    }
    await this.guarded(() => file.append(events));
    for (const { step } of records) this.reach(step);
  }

  /** @throws CODEX_TRACKER_TENSORBOARD_WRITE */
  async missing(records: readonly TrackerRecord[]): Promise<readonly TrackerRecord[]> {
    const steps = new Set(records.map(({ step }) => step));
    const found = new Set<string>();
    await this.guarded(async () => {
      await this.file?.read((bytes) => {
        const event = readEvent(bytes);
        if (steps.has(event.step)) for (const tag of event.tags) found.add(place(event, tag));
      });
    });
    return records.filter((record) => !tagsOf(record).some((tag) => found.has(place(record, tag))));
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

  private reach(step: number): void {
    this.lastStep = Math.max(this.lastStep, step);
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

/** A step may have several samples, which their times tell apart. */
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
  const values: readonly WriteFields[] = [...startValues(run), textValue("tags", mapText(run.tags))];
  return [versionEvent(run.startedAtMs), summaryEvent(0, run.startedAtMs, values)];
}
