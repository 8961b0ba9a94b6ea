const placeCount = 2 ** 32;

/** A binary heap of (rank, place), lowest rank first, leftmost place first among equals. */
export class RankHeap {
  /** rank × 2^32 + place: exact in a double for ranks below 2^21. */
  private keys: Float64Array;
  private size = 0;

  constructor(capacity: number) {
    this.keys = new Float64Array(Math.max(16, capacity));
  }

  push(rank: number, at: number): void {
    if (this.size === this.keys.length) this.grow();
    const key = rank * placeCount + at;
    const { keys } = this;
    let index = this.size++;
    for (let parent = (index - 1) >> 1; index > 0 && keys[parent]! > key; parent = (index - 1) >> 1) {
      keys[index] = keys[parent]!;
      index = parent;
    }
    keys[index] = key;
  }

  pop(): { readonly rank: number; readonly at: number } | undefined {
    if (this.size === 0) return undefined;
    const lowest = this.keys[0]!;
    this.size--;
    if (this.size > 0) this.sink(this.keys[this.size]!);
    return { rank: Math.floor(lowest / placeCount), at: lowest % placeCount };
  }

  private sink(key: number): void {
    const { keys, size } = this;
    let index = 0;
    for (let child = 1; child < size; child = 2 * index + 1) {
      if (child + 1 < size && keys[child + 1]! < keys[child]!) child++;
      if (keys[child]! >= key) break;
      keys[index] = keys[child]!;
      index = child;
    }
    keys[index] = key;
  }

  private grow(): void {
    const larger = new Float64Array(this.keys.length * 2);
    larger.set(this.keys);
    this.keys = larger;
  }
}
