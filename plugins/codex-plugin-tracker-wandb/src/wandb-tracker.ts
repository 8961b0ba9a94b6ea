import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Json,
  type Logger,
  makeFolder,
  type RunDescription,
  type RunOutcome,
  type Tracker,
  type TrackerRecord,
} from "codex-core";
import { wandbErrors } from "./errors.js";
import { readRecords } from "./framing.js";
import { interestIn, missingIn } from "./missing.js";
import { type LogPosition, readLog } from "./output-log.js";
import { RecordBatch } from "./record-batch.js";
import * as records from "./records.js";
import { pathKey, RunContent } from "./run-content.js";
import { runFolderName } from "./run-place.js";
import type { Step } from "./step.js";
import { TransactionLog } from "./transaction-log.js";

export interface WandbTrackerSettings {
  /** The folder of all offline runs. */
  readonly folder: string;
  /** The same as the config says it. */
  readonly place: string;
  /** Names of artifacts that become files of the run; `checkpoints` stands for all checkpoints. */
  readonly artifacts: readonly string[];
  readonly outputLog: boolean;
  readonly logger: Logger;
  labelsOf(run: RunDescription): records.RunLabels;
}

/** An offline run that is being written. */
interface OpenRun {
  readonly description: RunDescription;
  readonly filesFolder: string;
  readonly log: TransactionLog;
  /** Paths of the files that it has. */
  readonly listed: Set<string>;
  /** Number of its newest record. */
  number: number;
  /** The step that may get more values. */
  step: Step | undefined;
  position: LogPosition;
}

/** As W&B's own client ends when it is done, fails, or is interrupted. */
const exitCodes = { finished: 0, failed: 1, interrupted: 255 } as const;

/** Writes offline runs as W&B's own client does, for `wandb sync` to upload. */
export class WandbTracker implements Tracker {
  private current: OpenRun | undefined;
  private readonly toldOf = new Set<string>();

  constructor(private readonly settings: WandbTrackerSettings) {}

  get place(): string {
    return this.settings.place;
  }

  /** @throws CODEX_TRACKER_WANDB_WRITE when the run's file cannot be opened, or is there and is none of W&B's */
  async open(run: RunDescription, saved?: Json): Promise<Json> {
    const labels = this.settings.labelsOf(run);
    const state = readState(saved) ?? {
      folder: runFolderName(labels.id, run.startedAtMs),
      // What the log holds of the segments before is theirs.
      logFromMs: run.segment === 1 ? 0 : Date.now(),
    };
    // A call that came through though nobody waited for it any more: a long file takes its time.
    if (saved !== undefined && this.current?.description.runId === run.runId) return state;
    const folder = join(this.settings.folder, state.folder);
    await this.guarded(folder, async () => {
      this.current = undefined;
      for (const name of ["files", "logs"]) await makeFolder(join(folder, name));
      await ignore(this.settings.folder);
      const path = join(folder, `run-${labels.id}.wandb`);
      const goesOn = saved !== undefined && (await stat(path).catch(() => undefined)) !== undefined;
      const content = goesOn ? await RunContent.read(readRecords(path)) : new RunContent();
      await forgetSync(path);
      const { timeMs, count } = content.logged;
      const current: OpenRun = {
        description: run,
        filesFolder: join(folder, "files"),
        log: content.hasRun ? await TransactionLog.openAt(path, content.end) : await TransactionLog.create(path),
        listed: content.files,
        number: content.hasRun ? content.number : 0,
        step: content.open,
        position: timeMs > 0 ? { offset: 0, timeMs, count } : { offset: 0, timeMs: state.logFromMs, count: 0 },
      };
      await append(current, content.hasRun ? changedConfig(run, content) : beginning(run, labels));
      this.current = current;
    });
    return state;
  }

  /** @throws CODEX_TRACKER_WANDB_WRITE */
  async write(batch: readonly TrackerRecord[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const run = this.opened();
    await this.guarded(run.filesFolder, async () => {
      const content = new RecordBatch(
        {
          runFolder: run.description.folder,
          filesFolder: run.filesFolder,
          artifacts: this.settings.artifacts,
          listed: run.listed,
          startedAtMs: run.description.startedAtMs,
          leftOut: (record, why) => this.tellOnce(record, why),
        },
        run.step,
      );
      for (const record of batch) {
        const added = content.add(record);
        // To wait for each, though few have to, costs more than all else.
        if (added) await added;
      }
      const { lines, position } = await this.logOf(run);
      await append(run, [...lines, ...content.records()]);
      // Only now: a batch that failed leaves the run as it was.
      run.step = content.open;
      run.position = position;
      for (const path of content.listed) run.listed.add(path);
    });
  }

  async missing(batch: readonly TrackerRecord[]): Promise<readonly TrackerRecord[]> {
    const { log, filesFolder } = this.opened();
    return this.guarded(filesFolder, async () => {
      const content = await RunContent.read(log.records(), interestIn(batch));
      return missingIn(content, filesFolder, batch);
    });
  }

  /** @throws CODEX_TRACKER_WANDB_WRITE */
  async close({ status, endedAtMs, error }: RunOutcome): Promise<void> {
    const run = this.current;
    if (!run) return;
    const { startedAtMs } = run.description;
    const seconds = Math.max(0, Math.floor((endedAtMs - startedAtMs) / 1000));
    await this.guarded(run.filesFolder, async () => {
      const { lines, position } = await this.logOf(run);
      await append(run, lines);
      run.position = position;
      await append(run, [
        // What follows from here is cut off when the run goes on.
        records.runtimeRecord(seconds),
        ...(run.step ? [records.historyRecord(run.step, startedAtMs)] : []),
        ...(error === undefined ? [] : [records.outputRecord(endedAtMs, error)]),
        records.exitRecord(exitCodes[status], seconds),
      ]);
      this.current = undefined;
      await run.log.sync();
      await forgetSync(run.log.path);
    });
  }

  /** What came to the run's own log, as records. */
  private async logOf({
    description,
    position,
  }: OpenRun): Promise<{ lines: readonly records.WriteRecord[]; position: LogPosition }> {
    if (!this.settings.outputLog) return { lines: [], position };
    const read = await readLog(join(description.folder, "log.ndjson"), position);
    return { lines: read.lines.map(({ timeMs, text }) => records.outputRecord(timeMs, text)), position: read.position };
  }

  private opened(): OpenRun {
    if (!this.current) throw new Error("no run is open");
    return this.current;
  }

  private tellOnce({ kind }: TrackerRecord, why: string): void {
    const told = `${kind}: ${why}`;
    if (this.toldOf.has(told)) return;
    this.toldOf.add(told);
    this.settings.logger.warn(`W&B gets no ${kind} of which ${why}`);
  }

  private async guarded<Result>(where: string, action: () => Promise<Result>): Promise<Result> {
    try {
      return await action();
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      const what = `The files of the W&B run cannot be written: ${problem}.`;
      throw wandbErrors.CODEX_TRACKER_WANDB_WRITE({ what, where, cause });
    }
  }
}

/** As `wandb init` does: runs are not the project's source, and a commit of it is not another one for them. */
async function ignore(folder: string): Promise<void> {
  const path = join(folder, ".gitignore");
  await writeFile(path, "*\n!settings\n", { flag: "wx" }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") return;
    // The empty file that a full disk leaves would pass for somebody's own.
    await rm(path, { force: true });
    throw error;
  });
}

/** `wandb sync` leaves out what it uploaded before, though there is more of it now; all of it may come again. */
async function forgetSync(path: string): Promise<void> {
  await rm(`${path}.synced`, { force: true });
}

async function append(run: OpenRun, added: readonly records.WriteRecord[]): Promise<void> {
  await run.log.append(added.map((record, index) => records.recordBytes(record, run.number + 1 + index)));
  run.number += added.length;
}

function beginning(run: RunDescription, labels: records.RunLabels): readonly records.WriteRecord[] {
  const header = records.headerRecord("codex-plugin-tracker-wandb");
  return [header, records.runRecord(run, labels), records.environmentRecord(run)];
}

/** The config of a run that goes on, as far as it is another one. */
function changedConfig(run: RunDescription, { config }: RunContent): readonly records.WriteRecord[] {
  const changed = records.configEntries(run).filter(([path, json]) => config.get(pathKey(path)) !== json);
  return changed.length > 0 ? [records.configRecord(changed)] : [];
}

interface SavedState {
  readonly [key: string]: Json;
  /** Name of the run's folder. */
  readonly folder: string;
  /** What was logged before is not the run's. */
  readonly logFromMs: number;
}

function readState(saved: Json | undefined): SavedState | undefined {
  const state = saved as Partial<SavedState> | null | undefined;
  const isWhole = typeof state?.folder === "string" && typeof state.logFromMs === "number";
  return isWhole ? { folder: state.folder!, logFromMs: state.logFromMs! } : undefined;
}
