import type { Named } from "../contracts/json.js";
import type { NewRecord, RunRecorder } from "../contracts/run-recorder.js";
import type { TrackerRecord } from "../contracts/tracker.js";
import { toRow } from "./record-row.js";
import type { RunFolder } from "./run-folder.js";

/**
 * Numbers the records of a run and writes them into its folder, where trackers are served from: metrics into
 * metrics.ndjson, others into events.ndjson.
 */
export class RecordJournal implements RunRecorder {
  #lastSequence: number;
  /** Step of the newest record. */
  lastStep = 0;

  /** @param onMetrics told of each row of metrics after it was written */
  constructor(
    readonly folder: RunFolder,
    readonly onMetrics: (step: number, metrics: Named<number>) => void = () => undefined,
  ) {
    this.#lastSequence = folder.firstSequence - 1;
  }

  /** Number of the newest record; all up to it are in the files. */
  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** @throws CODEX_RUN_FOLDER_FAILED */
  record(record: NewRecord): void {
    const sequence = this.#lastSequence + 1;
    const numbered = { ...record, sequence, timeMs: Date.now() } as TrackerRecord;
    const file = record.kind === "metrics" ? this.folder.metrics : this.folder.events;
    file.append(toRow(numbered));
    this.#lastSequence = sequence;
    this.lastStep = record.step;
    if (record.kind === "metrics") this.onMetrics(record.step, record.metrics);
  }
}
