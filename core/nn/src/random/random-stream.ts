import { nnErrors } from "../errors/nn-errors.js";
import { philoxInto } from "./philox.js";
import { type RandomUse, randomKey } from "./random-key.js";

/** All that a stream is: what a checkpoint keeps of it. */
export interface RandomStreamState {
  readonly seed: number;
  readonly use: RandomUse;
  readonly stream: number;
  /** Words drawn so far. */
  readonly position: number;
}

/** A sequence of random numbers that can be stopped and gone on with at any position. */
export interface RandomStream {
  /** An integer in [0, 2^32). */
  nextUint32(): number;
  /** A double in [0, 1) with 53 random bits; draws two words. */
  nextUniform(): number;
  state(): RandomStreamState;
}

/**
 * Opens a stream of Philox words at a position: word i is lane i mod 4 of counter (⌊i/4⌋ low, ⌊i/4⌋ high, stream, 0).
 *
 * @throws CODEX_NN_ARGUMENT when seed, stream or position are out of range.
 */
export function createRandomStream({ seed, use, stream, position }: RandomStreamState): RandomStream {
  const [key0, key1] = randomKey(seed, use);
  if (!Number.isSafeInteger(position) || position < 0 || stream >>> 0 !== stream) {
    throw nnErrors.CODEX_NN_ARGUMENT({
      what: `A random stream cannot start at stream ${stream}, position ${position}.`,
    });
  }
  const words = new Uint32Array(4);
  let next = position;
  let filled = -1;
  const nextUint32 = () => {
    const block = Math.floor(next / 4);
    if (block !== filled) {
      philoxInto(words, 0, key0, key1, block >>> 0, Math.floor(block / 2 ** 32), stream, 0);
      filled = block;
    }
    const word = words[next % 4]!;
    next += 1;
    return word;
  };
  return {
    nextUint32,
    nextUniform: () => ((nextUint32() >>> 5) * 67108864 + (nextUint32() >>> 6)) / 9007199254740992,
    state: () => ({ seed, use, stream, position: next }),
  };
}
