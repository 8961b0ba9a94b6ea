import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import type { Json, Named } from "../contracts/json.js";
import { isCodexError } from "../errors/codex-error.js";
import type { MetricInterval } from "../evaluation/bootstrap.js";
import { intervalMetrics } from "../evaluation/interval-metrics.js";
import { lastSequence } from "./cut-records.js";
import { fromJsonNumber, toJsonNumbers } from "./json-number.js";
import { NdjsonFile } from "./ndjson-file.js";
import { folderFailure } from "./run-folder-claim.js";
import { RunLock } from "./run-lock.js";
import { rowsOf } from "./run-rows.js";

/** Metrics that were measured of a run after it ended. */
export interface LaterMetrics {
  /** Completed steps of the checkpoint that was measured. */
  readonly step: number;
  readonly metrics: Named<number>;
  /** Of some of the metrics, by their names. */
  readonly intervals?: Named<MetricInterval>;
  /** What measured them: the command's name. Rows of the run itself have no source. */
  readonly source: string;
  /** What was measured, and how: it stands in events.ndjson, beside the row's number. */
  readonly facts: Named<Json>;
}

/** What a run has of the step already, and keeps. */
export interface KeptMetrics {
  /** Metrics that were left out. */
  readonly kept: readonly string[];
  /** Those of them that have another value in the run, so that their intervals were left out too. */
  readonly ofOthers: readonly string[];
}

/**
 * Makes sure that rows can be added to a run, before anything is measured for them.
 *
 * @throws CODEX_RUN_FOLDER_FAILED
 */
export async function requireLoggable(folder: string): Promise<void> {
  await access(folder, constants.W_OK).catch((error) => {
    throw folderFailure(folder, error);
  });
  for (const path of [join(folder, "metrics.ndjson"), join(folder, "events.ndjson")]) {
    await access(path, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw folderFailure(path, error);
    });
  }
}

/**
 * Appends a row to the metrics.ndjson of a run that is not going on. A metric that the run has of the step already is
 * left out: readers have one value of each metric and step. So is an interval where the run has another value, which
 * was measured in another way and may lie outside. An event `measured` tells where the row is from.
 *
 * @throws CODEX_RUN_FOLDER_LIVE, CODEX_RUN_FOLDER_FAILED
 */
export async function logIntoRun(
  folder: string,
  { step, metrics, intervals = {}, source, facts }: LaterMetrics,
): Promise<KeptMetrics> {
  const path = join(folder, "metrics.ndjson");
  const eventsPath = join(folder, "events.ndjson");
  try {
    const lock = await RunLock.acquire(folder);
    try {
      const known = await metricsAt(path, step);
      const isOther = (name: string) => known.has(name) && !isSame(known.get(name), metrics[name]);
      const ofOthers = Object.keys(intervals).filter(isOther);
      const bounds = Object.entries(intervals).map(([name, interval]) =>
        isOther(name) ? {} : intervalMetrics(name, interval),
      );
      const all: Named<number> = Object.assign({}, metrics, ...bounds);
      const fresh = Object.entries(all).filter(([name]) => !known.has(name));
      if (fresh.length > 0) {
        const seq = (await lastSequence([path, eventsPath])) + 1;
        const timeMs = Date.now();
        append(eventsPath, { timeMs, event: "measured", row: seq, step, source, ...facts });
        append(path, { seq, step, timeMs, source, ...toJsonNumbers(Object.fromEntries(fresh)) });
      }
      return { kept: Object.keys(all).filter((name) => known.has(name)), ofOthers };
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw isCodexError(error) ? error : folderFailure(folder, error);
  }
}

function append(path: string, row: Named<Json>): void {
  const file = new NdjsonFile(path);
  try {
    file.append(row);
  } finally {
    file.close();
  }
}

async function metricsAt(path: string, step: number): Promise<ReadonlyMap<string, Json>> {
  const known = new Map<string, Json>();
  for await (const row of rowsOf(path)) {
    if (row.step === step) for (const [name, value] of Object.entries(row)) known.set(name, value);
  }
  return known;
}

/** Whether a row has a value: to the bit, or as near as the same measurement comes on another device. */
function isSame(logged: Json | undefined, value: number | undefined): boolean {
  const number = fromJsonNumber(logged);
  if (number === undefined || value === undefined) return false;
  return Object.is(number, value) || Math.abs(number - value) <= 1e-6 * Math.abs(value);
}
