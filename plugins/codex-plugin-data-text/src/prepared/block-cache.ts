interface HeldBlock {
  readonly bytes: Promise<Uint8Array>;
  /** 0 until it was read. */
  sizeBytes: number;
}

/**
 * Keeps the blocks that were asked for last, up to a number of bytes: small data stays in memory whole, large data
 * takes no more than that. Callers that want the same block at the same time share one read.
 */
export class BlockCache {
  private readonly blocks = new Map<string, HeldBlock>();
  private heldBytes = 0;

  constructor(private readonly maxBytes = 64 * 2 ** 20) {}

  /** The block of a name; nobody may change its bytes. A failed read is not kept. */
  get(name: string, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = this.blocks.get(name);
    if (known) {
      this.blocks.delete(name);
      this.blocks.set(name, known);
      return known.bytes;
    }
    const block: HeldBlock = { bytes: read(), sizeBytes: 0 };
    this.blocks.set(name, block);
    block.bytes.then(
      ({ length }) => this.count(name, block, length),
      () => this.blocks.get(name) === block && this.blocks.delete(name),
    );
    return block.bytes;
  }

  private count(name: string, block: HeldBlock, sizeBytes: number): void {
    if (this.blocks.get(name) !== block) return;
    block.sizeBytes = sizeBytes;
    this.heldBytes += sizeBytes;
    for (const [oldest, { sizeBytes: freedBytes }] of this.blocks) {
      if (this.heldBytes <= this.maxBytes) return;
      this.blocks.delete(oldest);
      this.heldBytes -= freedBytes;
    }
  }
}
