import type { TrackerRecord } from "../contracts/tracker.js";

const capacity = 1000;

/** A record that was read, and where its line ends. */
interface ReadRecord {
  readonly record: TrackerRecord;
  readonly end: number;
}

/**
 * The newest records that were read of a run's metrics.ndjson, by where in the file their line begins: all its trackers
 * read the same rows at about the same time, and only the first of them reads the file.
 */
export class RecordCache {
  readonly #records = new Map<number, ReadRecord>();

  get(begin: number): ReadRecord | undefined {
    return this.#records.get(begin);
  }

  add(begin: number, record: TrackerRecord, end: number): void {
    this.#records.set(begin, { record, end });
    if (this.#records.size <= capacity) return;
    for (const oldest of this.#records.keys()) {
      this.#records.delete(oldest);
      break;
    }
  }
}
