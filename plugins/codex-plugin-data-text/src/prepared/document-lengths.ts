/** How many documents there are of which length: counts by the smallest power of two that is not below the length. */
export type DocumentLengths = { readonly [tokens: string]: number };

/** Counts documents by their length in tokens. */
export class LengthCounter {
  private readonly counts: number[] = [];

  add(tokens: number): void {
    const power = Math.ceil(Math.log2(Math.max(1, tokens)));
    this.counts[power] = (this.counts[power] ?? 0) + 1;
  }

  get lengths(): DocumentLengths {
    const entries = this.counts.flatMap((count, power) => (count > 0 ? [[String(2 ** power), count]] : []));
    return Object.fromEntries(entries);
  }
}
