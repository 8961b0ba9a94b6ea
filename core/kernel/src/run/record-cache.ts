import type { TrackerRecord } from "../contracts/tracker.js";

const capacity = 1000;

/** The newest metrics records that were read of a run: all its trackers read the same rows at about the same time. */
export class RecordCache {
  readonly #records = new Map<number, TrackerRecord>();

  get(sequence: number): TrackerRecord | undefined {
    return this.#records.get(sequence);
  }

  add(record: TrackerRecord): void {
    this.#records.set(record.sequence, record);
    if (this.#records.size <= capacity) return;
    for (const oldest of this.#records.keys()) {
      this.#records.delete(oldest);
      break;
    }
  }
}
