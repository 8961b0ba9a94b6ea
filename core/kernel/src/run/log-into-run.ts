import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Named } from "../contracts/json.js";
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
}

/**
 * Appends a row to the metrics.ndjson of a run that is not going on. A metric that the run has of the step already is
 * left out: readers have one value of each metric and step.
 *
 * @returns the names that were left out
 * @throws CODEX_RUN_FOLDER_LIVE, CODEX_RUN_FOLDER_FAILED
 */
export async function logIntoRun(folder: string, { step, metrics, source }: LaterMetrics): Promise<readonly string[]> {
  const path = join(folder, "metrics.ndjson");
  try {
    const lock = await RunLock.acquire(folder);
    try {
      const known = await metricsAt(path, step);
      const fresh = Object.entries(metrics).filter(([name]) => !known.has(name));
      if (fresh.length > 0) {
        const sequence = await lastSequence([path, join(folder, "events.ndjson")]);
        const file = new NdjsonFile(path);
        const numbers = toJsonNumbers(Object.fromEntries(fresh));
        file.append({ seq: sequence + 1, step, timeMs: Date.now(), source, ...numbers });
        file.close();
      }
      return Object.keys(metrics).filter((name) => known.has(name));
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw isCodexError(error) ? error : folderFailure(folder, error);
  }
}

async function metricsAt(path: string, step: number): Promise<ReadonlySet<string>> {
  const text = await readFile(path, "utf8").catch(() => "");
  const rows = parseNdjson(text).filter((row) => row.step === step);
  return new Set(rows.flatMap((row) => Object.keys(row)));
}
