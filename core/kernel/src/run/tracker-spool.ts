import { appendFile, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Json, Named } from "../contracts/json.js";
import type { TrackerRecord } from "../contracts/tracker.js";
import { fromJsonNumbers, toJsonNumbers } from "./json-number.js";
import { makeFolder } from "./make-folder.js";
import { parseNdjson } from "./ndjson-file.js";
import { writeFileWhole } from "./write-file.js";

/** Records that a tracker did not settle, on disk: `RUN/trackers/NAME.spool.ndjson`. */
export class TrackerSpool {
  constructor(readonly path: string) {}

  /** Records of an earlier part of the run, without those past a step. */
  async read(upToStep = Number.POSITIVE_INFINITY): Promise<TrackerRecord[]> {
    const text = await readFile(this.path, "utf8").catch(() => "");
    return parseNdjson(text)
      .map(toRecord)
      .filter((record) => record !== undefined)
      .filter((record) => record.step <= upToStep);
  }

  /** Keeps exactly these records. */
  async replace(records: readonly TrackerRecord[]): Promise<void> {
    if (records.length === 0) return rm(this.path, { force: true });
    await makeFolder(dirname(this.path));
    await writeFileWhole(this.path, toLines(records));
  }

  async append(records: readonly TrackerRecord[]): Promise<void> {
    if (records.length === 0) return;
    await makeFolder(dirname(this.path));
    await appendFile(this.path, toLines(records));
  }
}

function toLines(records: readonly TrackerRecord[]): string {
  return records.map((record) => `${JSON.stringify(toRow(record))}\n`).join("");
}

function toRow(record: TrackerRecord): object {
  return record.kind === "metrics" ? { ...record, metrics: toJsonNumbers(record.metrics) } : record;
}

function toRecord(row: Record<string, Json>): TrackerRecord | undefined {
  const { kind, sequence, step, timeMs, metrics, prompt, text } = row;
  if (typeof sequence !== "number" || typeof step !== "number" || typeof timeMs !== "number") return undefined;
  if (kind === "metrics" && typeof metrics === "object" && metrics !== null) {
    return { kind, sequence, step, timeMs, metrics: fromJsonNumbers(metrics as Named<Json>) };
  }
  if (kind === "sample" && typeof prompt === "string" && typeof text === "string") {
    return { kind, sequence, step, timeMs, prompt, text };
  }
  return undefined;
}
