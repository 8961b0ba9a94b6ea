/** What tells a record from others of its run. */
export interface RecordKey {
  readonly sequence: number;
  readonly step: number;
}

const capacity = 16_384;

/** The newest records of a file, so that one that is delivered again is not written again. */
export class RecentRecords {
  private readonly keys = new Set<string>();

  add({ sequence, step }: RecordKey): void {
    this.keys.add(`${sequence} ${step}`);
    if (this.keys.size <= capacity) return;
    for (const oldest of this.keys) {
      this.keys.delete(oldest);
      break;
    }
  }

  has({ sequence, step }: RecordKey): boolean {
    return this.keys.has(`${sequence} ${step}`);
  }
}
