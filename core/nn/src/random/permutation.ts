import { nnErrors } from "../errors/nn-errors.js";
import { philox } from "./philox.js";
import { randomKey } from "./random-key.js";

const rounds = 8;

/** Mixes 32 bits so that each depends on all (the finalizer of MurmurHash3). */
function mix(word: number): number {
  let hash = word;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Which order `createPermutation` gives. */
export interface PermutationOptions {
  readonly size: number;
  readonly seed: number;
  /** Which order of the seed: the epoch, an unsigned 32-bit integer. */
  readonly stream: number;
}

/**
 * A shuffled order of 0 … size − 1 that takes no memory: place → element, each element at one place. A Feistel
 * network of eight rounds over as many bits as the size needs; results past the size go through it again. Round keys
 * are Philox words at counters (round, 0, stream, 0).
 *
 * @throws CODEX_NN_ARGUMENT when the size is not an integer in [1, 2^52], or a place is outside [0, size).
 * @source Black and Rogaway, Ciphers with arbitrary finite domains (CT-RSA 2002), section 4
 */
export function createPermutation({ size, seed, stream }: PermutationOptions): (place: number) => number {
  if (!Number.isInteger(size) || size < 1 || size > 2 ** 52) {
    throw nnErrors.CODEX_NN_ARGUMENT({ what: `A permutation cannot have size ${size}.` });
  }
  const key = randomKey(seed, "shuffle");
  const keys = Array.from({ length: rounds }, (_, round) => philox(key, [round, 0, stream, 0])[0]!);
  let bits = 0;
  while (2 ** bits < size) bits += 1;
  const highSize = 2 ** (bits >> 1);
  const lowSize = 2 ** (bits - (bits >> 1));
  const scramble = (value: number) => {
    let high = Math.floor(value / lowSize);
    let low = value % lowSize;
    for (let round = 0; round < rounds; round += 2) {
      high = (high ^ mix(low ^ keys[round]!)) & (highSize - 1);
      low = (low ^ mix(high ^ keys[round + 1]!)) & (lowSize - 1);
    }
    return high * lowSize + low;
  };
  return (place) => {
    if (!Number.isInteger(place) || place < 0 || place >= size) {
      throw nnErrors.CODEX_NN_ARGUMENT({ what: `Place ${place} is outside a permutation of ${size}.` });
    }
    let element = scramble(place);
    while (element >= size) element = scramble(element);
    return element;
  };
}
