import { philoxInto } from "./philox.js";
import { randomKey } from "./random-key.js";

/** Which values `normalValues` gives. */
export interface NormalOptions {
  readonly seed: number;
  /** Which sequence of the seed: an unsigned 32-bit integer, `streamOfName(name)` for a parameter. */
  readonly stream: number;
  readonly size: number;
  readonly standardDeviation: number;
  /** Default: 0. */
  readonly mean?: number;
}

const toRadians = (2 * Math.PI) / 2 ** 32;

/**
 * Normal values that depend on seed, stream and index only. Values 4i to 4i + 3 come from the four words w of Philox
 * at counter (i, 0, stream, 0) by Box–Muller in double precision, with u = (w + ½)/2^32: √(−2 ln u0)·cos(2π·u1), the
 * same with sin, and so with w2 and w3. The largest magnitude possible is 6.8 standard deviations.
 *
 * @throws CODEX_NN_ARGUMENT when the seed is not an integer in [0, 2^53).
 * @source https://doi.org/10.1214/aoms/1177706645
 */
export function normalValues(options: NormalOptions): Float32Array {
  const { seed, stream, size, standardDeviation, mean = 0 } = options;
  const [key0, key1] = randomKey(seed, "initialization");
  const values = new Float32Array(size);
  const words = new Uint32Array(4);
  for (let start = 0; start < size; start += 4) {
    philoxInto(words, 0, key0, key1, start / 4, 0, stream, 0);
    for (let lane = 0; lane < 4 && start + lane < size; lane += 2) {
      const radius = standardDeviation * Math.sqrt(-2 * Math.log((words[lane]! + 0.5) / 2 ** 32));
      const angle = (words[lane + 1]! + 0.5) * toRadians;
      values[start + lane] = mean + radius * Math.cos(angle);
      if (start + lane + 1 < size) values[start + lane + 1] = mean + radius * Math.sin(angle);
    }
  }
  return values;
}
