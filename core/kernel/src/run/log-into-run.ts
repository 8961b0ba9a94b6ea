import { join } from "node:path";
import type { Named } from "../contracts/json.js";
import { isCodexError } from "../errors/codex-error.js";
import { lastSequence } from "./cut-metrics.js";
import { toJsonNumbers } from "./json-number.js";
import { NdjsonFile } from "./ndjson-file.js";
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
 * Appends a row to the metrics.ndjson of a run that is not going on.
 *
 * @throws CODEX_RUN_FOLDER_LIVE, CODEX_RUN_FOLDER_FAILED
 */
export async function logIntoRun(folder: string, { step, metrics, source }: LaterMetrics): Promise<void> {
  const path = join(folder, "metrics.ndjson");
  try {
    const lock = await RunLock.acquire(folder);
    try {
      const sequence = await lastSequence([path, join(folder, "events.ndjson")]);
      const file = new NdjsonFile(path);
      file.append({ seq: sequence + 1, step, timeMs: Date.now(), source, ...toJsonNumbers(metrics) });
      file.close();
    } finally {
      await lock.release();
    }
  } catch (error) {
    throw isCodexError(error) ? error : folderFailure(folder, error);
  }
}
