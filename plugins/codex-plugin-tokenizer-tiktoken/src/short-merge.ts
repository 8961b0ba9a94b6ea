/** Bytes of a pre-token for which looking at all pairs again after each merge is quicker than a heap. */
export const shortLength = 40;

/** Ids fit below it. */
const idLimit = 2 ** 18;
const slots = 2 ** 16;
const never = 0x7fffffff;

/**
 * Byte-pair encoding of short pre-tokens, by repeated search for the pair of the lowest rank. What a pair of ids makes
 * is remembered, a slot a pair: another pair of the same slot takes its place.
 */
export class ShortMerge {
  private readonly byteIds: Int32Array;
  private readonly knownPairs = new Float64Array(slots).fill(-1);
  private readonly knownRanks = new Int32Array(slots);
  /** Where the parts of the pre-token start, with its end behind them; the parts' ids; ranks of parts with the next. */
  private readonly starts = new Int32Array(shortLength + 1);
  private readonly ids = new Int32Array(shortLength);
  private readonly ranksOfPairs = new Int32Array(shortLength);

  /** `ranks`: tokens by their bytes as Latin-1 strings, every single byte among them. */
  constructor(private readonly ranks: ReadonlyMap<string, number>) {
    this.byteIds = Int32Array.from({ length: 256 }, (_, byte) => ranks.get(String.fromCharCode(byte))!);
  }

  /** @param bytes of the pre-token, as a Latin-1 string of up to `shortLength` */
  merge(bytes: string): number[] {
    const { starts, ids, ranksOfPairs } = this;
    let count = bytes.length;
    for (let part = 0; part < count; part++) {
      starts[part] = part;
      ids[part] = this.byteIds[bytes.charCodeAt(part)]!;
    }
    starts[count] = count;
    for (let part = 0; part < count; part++) ranksOfPairs[part] = this.rankOf(bytes, part, count);
    for (;;) {
      let lowest = 0;
      for (let part = 1; part < count; part++) if (ranksOfPairs[part]! < ranksOfPairs[lowest]!) lowest = part;
      const rank = ranksOfPairs[lowest]!;
      if (rank === never) break;
      ids[lowest] = rank;
      count--;
      for (let part = lowest + 1; part < count; part++) {
        ids[part] = ids[part + 1]!;
        ranksOfPairs[part] = ranksOfPairs[part + 1]!;
        starts[part] = starts[part + 1]!;
      }
      starts[count] = bytes.length;
      ranksOfPairs[lowest] = this.rankOf(bytes, lowest, count);
      if (lowest > 0) ranksOfPairs[lowest - 1] = this.rankOf(bytes, lowest - 1, count);
    }
    const merged = new Array<number>(count);
    for (let part = 0; part < count; part++) merged[part] = ids[part]!;
    return merged;
  }

  /** What a part and the next one make; `never` where that is no token. */
  private rankOf(bytes: string, part: number, count: number): number {
    if (part + 1 >= count) return never;
    const { starts, ids, knownPairs, knownRanks } = this;
    const left = ids[part]!;
    const right = ids[part + 1]!;
    const pair = left * idLimit + right;
    const slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 16;
    if (knownPairs[slot] === pair) return knownRanks[slot]!;
    const rank = this.ranks.get(bytes.slice(starts[part], starts[part + 2])) ?? never;
    knownPairs[slot] = pair;
    knownRanks[slot] = rank;
    return rank;
  }
}
