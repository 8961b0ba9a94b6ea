import { RankHeap } from "./rank-heap.js";

/**
 * Byte-pair encoding of one pre-token in O(n log n): the pair of the lowest rank is merged first, the leftmost of
 * equals, until no pair is a token. The result is the same as that of merging by repeated search.
 *
 * `bytes`: the pre-token's bytes as a Latin-1 string. `ranks`: tokens by such strings, every single byte among them.
 *
 * @source R. Sennrich, B. Haddow and A. Birch, Neural Machine Translation of Rare Words with Subword Units, ACL 2016
 */
export function mergeBytePairs(bytes: string, ranks: ReadonlyMap<string, number>): number[] {
  const whole = ranks.get(bytes);
  if (whole !== undefined) return [whole];
  const parts = new Parts(bytes, ranks);
  for (let at = parts.popLowest(); at >= 0; at = parts.popLowest()) parts.mergeWithNext(at);
  return parts.tokens();
}

const none = -1;

/** The parts of a pre-token as a linked list over the places where they start. */
class Parts {
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  /** Rank of the pair that a part makes with its next one, `none` where it is no token or the part is merged. */
  private readonly pairRanks: Int32Array;
  private readonly heap: RankHeap;

  constructor(
    private readonly bytes: string,
    private readonly ranks: ReadonlyMap<string, number>,
  ) {
    const { length } = bytes;
    this.next = Int32Array.from({ length: length + 1 }, (_, at) => at + 1);
    this.previous = Int32Array.from({ length: length + 1 }, (_, at) => at - 1);
    this.pairRanks = new Int32Array(length + 1).fill(none);
    this.heap = new RankHeap(length);
    for (let at = 0; at + 1 < length; at++) this.updatePair(at);
  }

  /** Where the pair of the lowest rank starts; `none` when no pair is a token. */
  popLowest(): number {
    for (let entry = this.heap.pop(); entry; entry = this.heap.pop()) {
      if (this.pairRanks[entry.at] === entry.rank) return entry.at;
    }
    return none;
  }

  mergeWithNext(at: number): void {
    const merged = this.next[at]!;
    const after = this.next[merged]!;
    this.next[at] = after;
    this.previous[after] = at;
    this.pairRanks[merged] = none;
    this.updatePair(at);
    if (at > 0) this.updatePair(this.previous[at]!);
  }

  tokens(): number[] {
    const tokens: number[] = [];
    for (let at = 0; at < this.bytes.length; at = this.next[at]!) {
      tokens.push(this.ranks.get(this.bytes.slice(at, this.next[at]))!);
    }
    return tokens;
  }

  private updatePair(at: number): void {
    const middle = this.next[at]!;
    const rank = middle < this.bytes.length ? this.ranks.get(this.bytes.slice(at, this.next[middle])) : undefined;
    this.pairRanks[at] = rank ?? none;
    if (rank !== undefined) this.heap.push(rank, at);
  }
}
