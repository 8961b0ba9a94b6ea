import type { Batch, BatchReader } from "codex-core";

/** Hands out microBatches in order, and reads the next ones while a step computes. */
export class BatchFeed {
  private readonly pending = new Map<number, Promise<Batch>>();

  /** @param position MicroBatches that were taken before. */
  constructor(
    private readonly reader: BatchReader,
    private position: number,
  ) {}

  /** The next microBatches of a step; each is rejected when it cannot be read. */
  take(count: number): Promise<Batch>[] {
    const taken = Array.from({ length: count }, (_, index) => this.start(this.position + index));
    for (let index = 0; index < count; index += 1) this.pending.delete(this.position + index);
    this.position += count;
    for (let index = 0; index < count; index += 1) this.start(this.position + index);
    return taken;
  }

  /** A failure is told to whoever takes the batch, and to nobody if no one does. */
  private start(position: number): Promise<Batch> {
    let batch = this.pending.get(position);
    if (!batch) {
      batch = this.reader.read(position);
      batch.catch(() => {});
      this.pending.set(position, batch);
    }
    return batch;
  }
}
