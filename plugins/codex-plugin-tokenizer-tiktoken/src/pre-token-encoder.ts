import { mergeBytePairs } from "./byte-pair-merge.js";
import type { EncodingName } from "./options.js";
import { preTokens } from "./pre-tokens.js";
import { RecentMap } from "./recent-map.js";
import { ShortMerge, shortLength } from "./short-merge.js";

/** Pre-tokens whose ids are remembered; with their keys about 200 bytes each. */
const remembered = 32_768;
/** UTF-16 units of a pre-token that is remembered: longer ones hardly come again. */
const rememberedLength = 64;

/** Encodes by pre-token rules and merges of our own, and remembers what it merged: texts repeat their words. */
export class PreTokenEncoder {
  private readonly idsOf = new RecentMap<readonly number[]>(remembered);
  private readonly short: ShortMerge;
  /** Where the ids of a text are gathered. */
  private room = new Uint32Array(0);

  constructor(
    private readonly name: EncodingName,
    private readonly ranks: ReadonlyMap<string, number>,
  ) {
    this.short = new ShortMerge(ranks);
  }

  encode(text: string): Uint32Array {
    // A token has a byte at the least, a UTF-16 unit three at the most.
    if (this.room.length < 3 * text.length) this.room = new Uint32Array(3 * text.length);
    const { room } = this;
    let count = 0;
    for (const preToken of preTokens(this.name, text)) {
      const ids = this.idsOf.get(preToken) ?? this.merge(preToken);
      for (let index = 0; index < ids.length; index++) room[count++] = ids[index]!;
    }
    return room.slice(0, count);
  }

  private merge(preToken: string): readonly number[] {
    const isAscii = /^[\0-\x7f]*$/.test(preToken);
    const bytes = isAscii ? preToken : Buffer.from(preToken, "utf8").toString("latin1");
    const whole = this.ranks.get(bytes);
    const ids = whole !== undefined ? [whole] : this.mergeBytes(bytes);
    if (preToken.length <= rememberedLength) this.idsOf.set(copyOf(preToken), ids);
    return ids;
  }

  private mergeBytes(bytes: string): readonly number[] {
    return bytes.length <= shortLength ? this.short.merge(bytes) : mergeBytePairs(bytes, this.ranks);
  }
}

/** A long part of a text keeps all of it in memory (V8: from 13 units on): then a string of its own. */
function copyOf(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, "utf16le").toString("utf16le");
}
