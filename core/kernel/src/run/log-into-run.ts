import { access, constants, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Json, Named } from "../contracts/json.js";
import { isCodexError } from "../errors/codex-error.js";
import { lastSequence } from "./cut-records.js";
import { toJsonNumbers } from "./json-number.js";
import { NdjsonFile, parseNdjson } from "./ndjson-file.js";
import { folderFailure } from "./run-folder-claim.js";
import { RunLock } from "./run-lock.js";

/** Metrics that were measured of a run after it ended. */
export interface LaterMetrics {
  /** Completed steps of the checkpoint that was measured. */
  readonly step: number;
  readonly metrics: Named<number>;
  /** What measured them: the command's name. Rows of the run itself have no source. */
  readonly source: string;
  /** What was measured, and how: it stands in events.ndjson, beside the row's number. */
  readonly facts: Named<Json>;
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
 * left out: readers have one value of each metric and step. An event `measured` tells where the row is from.
 *
 * @returns the names that were left out
 * @throws CODEX_RUN_FOLDER_LIVE, CODEX_RUN_FOLDER_FAILED
 */
export async function logIntoRun(
  folder: string,
  { step, metrics, source, facts }: LaterMetrics,
): Promise<readonly string[]> {
  const path = join(folder, "metrics.ndjson");
  const eventsPath = join(folder, "events.ndjson");
  try {
    const lock = await RunLock.acquire(folder);
    try {
      const known = await metricsAt(path, step);
      const fresh = Object.entries(metrics).filter(([name]) => !known.has(name));
      if (fresh.length > 0) {
        const seq = (await lastSequence([path, eventsPath])) + 1;
        const timeMs = Date.now();
        append(eventsPath, { timeMs, event: "measured", row: seq, step, source, ...facts });
        append(path, { seq, step, timeMs, source, ...toJsonNumbers(Object.fromEntries(fresh)) });
      }
      return Object.keys(metrics).filter((name) => known.has(name));
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

async function metricsAt(path: string, step: number): Promise<ReadonlySet<string>> {
  const text = await readFile(path, "utf8").catch(() => "");
  const rows = parseNdjson(text).filter((row) => row.step === step);
  return new Set(rows.flatMap((row) => Object.keys(row)));
}
