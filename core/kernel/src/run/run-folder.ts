import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import type { Json, JsonObject, Named } from "../contracts/json.js";
import { isCodexError } from "../errors/codex-error.js";
import { cutRecords, lastSequence } from "./cut-records.js";
import { makeFolder } from "./make-folder.js";
import { NdjsonFile } from "./ndjson-file.js";
import { folderFailure, type RunFolderClaim } from "./run-folder-claim.js";
import type { RunLock } from "./run-lock.js";
import { type RunSegment, readSegments } from "./run-segments.js";
import { lastRecordMs, ranMs } from "./run-time.js";
import { setAside } from "./set-aside.js";
import { writeFileWhole } from "./write-file.js";

export interface RunFolderSettings {
  readonly name: string;
  /** The words of the command line, without secrets. */
  readonly command: readonly string[];
  /** Checkpoint that the run goes on from, in this folder or another. */
  readonly resumedFrom?: string;
  /** Completed steps of that checkpoint, when it is of this folder: later records are cut. */
  readonly resumedAtStep?: number;
  /** The numbers from now on are not promised to be those of an uninterrupted run: readers see another one. */
  readonly isInexact?: boolean;
  /** The run that this one repeats. */
  readonly replayOf?: string;
}

/** How a run ended, for run.json. */
export interface RunEnd {
  readonly status: "finished" | "failed" | "interrupted";
  readonly error?: unknown;
}

/** The folder of a run that is going on, locked. Every other view of the run is derived from it. */
export class RunFolder {
  #record: Record<string, Json>;

  private constructor(
    readonly path: string,
    readonly runId: string,
    readonly firstSequence: number,
    /** What readers see as runs, the one that goes on last. */
    readonly segments: readonly RunSegment[],
    readonly metrics: NdjsonFile,
    readonly events: NdjsonFile,
    readonly lock: RunLock,
    record: Record<string, Json>,
  ) {
    this.#record = record;
  }

  /**
   * Begins a run in a folder that was claimed: what is of a line that the run leaves is set aside, and the run's own
   * records are opened.
   *
   * @throws CODEX_RUN_FOLDER_FAILED
   */
  static async begin(claim: RunFolderClaim, settings: RunFolderSettings): Promise<RunFolder> {
    try {
      await makeFolder(join(claim.path, "checkpoints"));
      return await RunFolder.#begin(claim, settings);
    } catch (error) {
      if (isCodexError(error)) throw error;
      throw folderFailure(claim.path, error);
    }
  }

  static async #begin(claim: RunFolderClaim, settings: RunFolderSettings): Promise<RunFolder> {
    const { path: folder, runId, earlier, goesOn, lock } = claim;
    const path = (name: string) => join(folder, name);
    if (earlier && !goesOn) await rm(path("trackers"), { recursive: true, force: true });
    const earlierRanMs = goesOn && earlier ? ranMs(folder, earlier, lastRecordMs(folder)) : undefined;
    const recordFiles = [path("metrics.ndjson"), path("events.ndjson")];
    const sequence = await lastSequence(recordFiles);
    const { resumedAtStep = 0, isInexact } = settings;
    for (const file of recordFiles) await cutRecords(file, goesOn ? resumedAtStep : -1);
    const superseded = await setAside(path("checkpoints"), resumedAtStep);
    const earlierSegments = goesOn ? readSegments(earlier?.segments) : [];
    const isNewSegment = !goesOn || isInexact === true;
    const begun: RunSegment = { fromSequence: sequence + 1, fromStep: resumedAtStep };
    const segments = isNewSegment ? [...earlierSegments, begun] : earlierSegments;
    const record: Record<string, Json> = {
      runId,
      name: settings.name,
      status: "running",
      pid: process.pid,
      host: hostname(),
      command: settings.command,
      segments: segments.map((segment) => ({ ...segment })),
      startedAt: goesOn && typeof earlier?.startedAt === "string" ? earlier.startedAt : new Date().toISOString(),
      ...(goesOn ? { resumedAt: new Date().toISOString() } : {}),
      ...(earlierRanMs === undefined ? {} : { earlierRanMs }),
      ...(settings.resumedFrom === undefined ? {} : { resumedFrom: settings.resumedFrom }),
      ...(settings.replayOf === undefined ? {} : { replayOf: settings.replayOf }),
    };
    await writeFileWhole(path("run.json"), toJsonFile(record));
    const metrics = new NdjsonFile(path("metrics.ndjson"));
    const events = new NdjsonFile(path("events.ndjson"));
    const opened = new RunFolder(folder, runId, sequence + 1, segments, metrics, events, lock, record);
    if (superseded.length > 0) opened.event("superseded", { checkpoints: superseded });
    return opened;
  }

  get logPath(): string {
    return join(this.path, "log.ndjson");
  }

  /** When the run began, milliseconds since the Unix epoch; a run that goes on began when its first part did. */
  get startedAtMs(): number {
    return Date.parse(String(this.#record.startedAt));
  }

  /** Adds a line to events.ndjson. */
  event(event: string, fields: Named<Json | undefined>): void {
    this.events.append({ timeMs: Date.now(), event, ...fields });
  }

  async writeJson(name: string, value: JsonObject): Promise<void> {
    await this.writeText(name, toJsonFile(value));
  }

  async writeText(name: string, text: string): Promise<void> {
    try {
      await makeFolder(dirname(join(this.path, name)));
      await writeFileWhole(join(this.path, name), text);
    } catch (error) {
      throw folderFailure(join(this.path, name), error);
    }
  }

  /** Says how the run ended. */
  async writeEnd({ status, error }: RunEnd): Promise<void> {
    this.#record = { ...this.#record, status, endedAt: new Date().toISOString() };
    if (error !== undefined) this.#record.error = describeError(error);
    await this.writeText("run.json", toJsonFile(this.#record));
  }

  /** Says how the run ended and lets the folder go. */
  async close(end: RunEnd): Promise<void> {
    try {
      await this.writeEnd(end);
    } finally {
      this.metrics.close();
      this.events.close();
      await this.lock.release();
    }
  }
}

/** An error as run.json, events and the log keep it. */
export function describeError(error: unknown): JsonObject {
  if (!isCodexError(error)) {
    return error instanceof Error ? { name: error.name, what: error.message } : { what: String(error) };
  }
  const { code, what, where, why, fix } = error;
  return {
    code,
    what,
    ...(where === undefined ? {} : { where }),
    ...(why === undefined ? {} : { why }),
    ...(fix === undefined ? {} : { fix }),
  };
}

function toJsonFile(value: JsonObject): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
