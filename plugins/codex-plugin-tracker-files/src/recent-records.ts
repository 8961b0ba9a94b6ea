/** What tells a record from others of its run. */
export interface RecordKey {
  readonly sequence: number;
  readonly step: number;
}

const capacity = 16_384;

/** The newest records of a file, at least `capacity`, so that one that is delivered again is not written again. */
export class RecentRecords {
  /** Steps by the records' numbers. */
  #newer = new Map<number, number>();
  #older: ReadonlyMap<number, number> = new Map();

  /** @returns whether it was not among them */
  add(key: RecordKey): boolean {
    if (this.has(key)) return false;
    // In two halves: taking the oldest out of one, each time, would pass by all that were taken out before.
    if (this.#newer.size === capacity) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(key.sequence, key.step);
    return true;
  }

  has({ sequence, step }: RecordKey): boolean {
    return (this.#newer.get(sequence) ?? this.#older.get(sequence)) === step;
  }

  /** Forgets a record that was added last. */
  remove({ sequence }: RecordKey): void {
    this.#newer.delete(sequence);
  }
}
