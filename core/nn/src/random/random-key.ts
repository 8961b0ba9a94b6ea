import { nnErrors } from "../errors/nn-errors.js";
import type { PhiloxKey } from "./philox.js";

/** Uses of randomness. Each has keys of its own, so that no two uses of one seed draw the same numbers. */
export type RandomUse = "dropout" | "initialization" | "shuffle" | "sampling";

/** Seeds have at most 21 bits in their high word; these tags lie above them. */
const tags: Record<RandomUse, number> = {
  dropout: 0,
  initialization: 0x80000000,
  shuffle: 0x40000000,
  sampling: 0xc0000000,
};

/**
 * The Philox key of a seed for one use: its low word, and its high word with the use's tag. For `dropout` these are
 * the first two elements of a `dropoutMask` key.
 *
 * @throws CODEX_NN_ARGUMENT when the seed is not an integer in [0, 2^53).
 */
export function randomKey(seed: number, use: RandomUse): PhiloxKey {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw nnErrors.CODEX_NN_ARGUMENT({ what: `seed is ${seed}; it must be an integer from 0 to 2^53 − 1.` });
  }
  return [seed >>> 0, (Math.floor(seed / 2 ** 32) ^ tags[use]) >>> 0];
}

/** A number for a name, the same everywhere (FNV-1a over UTF-16 units): the stream of a parameter, by its name. */
export function streamOfName(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
