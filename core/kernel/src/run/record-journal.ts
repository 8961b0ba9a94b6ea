import type { Named } from "../contracts/json.js";
import type { TrackerRecord } from "../contracts/tracker.js";
import type { Sample } from "../contracts/trainer.js";
import { toJsonNumbers } from "./json-number.js";
import type { RunFolder } from "./run-folder.js";
import type { TrackerQueue } from "./tracker-queue.js";

/** Numbers the records of a run, writes them into its folder, and hands them to the trackers. */
export class RecordJournal {
  #sequence: number;

  constructor(
    readonly folder: RunFolder,
    readonly queues: readonly TrackerQueue[],
  ) {
    this.#sequence = folder.firstSequence;
  }

  /** A row of metrics.ndjson. */
  metrics(step: number, metrics: Named<number>): void {
    const sequence = this.#sequence++;
    const timeMs = Date.now();
    this.folder.metrics.append({ seq: sequence, step, timeMs, ...toJsonNumbers(metrics) });
    this.#publish({ kind: "metrics", sequence, step, timeMs, metrics: Object.freeze({ ...metrics }) });
  }

  /** A line of events.ndjson. */
  sample({ step, prompt, text }: Sample): void {
    const sequence = this.#sequence++;
    const timeMs = Date.now();
    this.folder.event("sample", { seq: sequence, step, prompt, text });
    this.#publish({ kind: "sample", sequence, step, timeMs, prompt, text });
  }

  #publish(record: TrackerRecord): void {
    Object.freeze(record);
    for (const queue of this.queues) queue.push(record);
  }
}
