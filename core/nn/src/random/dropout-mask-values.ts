import { philoxInto } from "./philox.js";

/**
 * The values of `dropoutMask` on the host.
 *
 * Element e takes lane e mod 8 of Philox at counter (⌊e/8⌋, site, microStep, step): word lane >> 1, its low half
 * first. The 16 bits are kept when they are at least round(rate·65536), and then scaled by 65536/(65536 − threshold).
 *
 * @param key seed's low word, its high word, step, microStep
 */
export function dropoutMaskValues(
  key: ArrayLike<number>,
  shape: readonly number[],
  rate: number,
  site: number,
): Float32Array {
  const size = shape.reduce((product, length) => product * length, 1);
  const threshold = Math.round(rate * 65536);
  const kept = 65536 / (65536 - threshold);
  const mask = new Float32Array(size);
  const words = new Uint32Array(4);
  const [seedLow, seedHigh, step, microStep] = [key[0]!, key[1]!, key[2]!, key[3]!];
  for (let start = 0; start < size; start += 8) {
    philoxInto(words, 0, seedLow, seedHigh, start / 8, site, microStep, step);
    for (let lane = 0; lane < 8 && start + lane < size; lane += 1) {
      const bits = (words[lane >> 1]! >>> ((lane & 1) * 16)) & 0xffff;
      mask[start + lane] = bits >= threshold ? kept : 0;
    }
  }
  return mask;
}
