/** Two words: the key of a stream. */
export type PhiloxKey = readonly [number, number];

/** Four words: the position in a stream. */
export type PhiloxCounter = readonly [number, number, number, number];

/** Low and high halves of the round's multipliers, 0xd2511f53 and 0xcd9e8d57. */
const [m0, m0Low, m0High] = [0xd2511f53, 0x1f53, 0xd251];
const [m1, m1Low, m1High] = [0xcd9e8d57, 0x8d57, 0xcd9e];
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/** High 32 bits of the 64-bit product of an unsigned word and a multiplier given in halves. */
function multiplyHigh(word: number, low: number, high: number): number {
  const wordLow = word & 0xffff;
  const wordHigh = word >>> 16;
  const middle = wordHigh * low + ((wordLow * low) >>> 16);
  const carry = wordLow * high + (middle & 0xffff);
  return wordHigh * high + (middle >>> 16) + (carry >>> 16);
}

/**
 * Philox4x32-10: four random words as a pure function of two words of key and four of counter. Writes unsigned 32-bit
 * words to `out` at `offset`. Words may be given as signed or unsigned integers.
 *
 * @source Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC 2011), section 4.2
 */
export function philoxInto(
  out: Uint32Array,
  offset: number,
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
): void {
  let [k0, k1, c0, c1, c2, c3] = [key0 | 0, key1 | 0, counter0 | 0, counter1 | 0, counter2 | 0, counter3 | 0];
  for (let round = 0; round < 10; round += 1) {
    const high0 = multiplyHigh(c0, m0Low, m0High);
    const high1 = multiplyHigh(c2, m1Low, m1High);
    const low0 = Math.imul(m0, c0);
    c0 = high1 ^ c1 ^ k0;
    c1 = Math.imul(m1, c2);
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + weyl0) | 0;
    k1 = (k1 + weyl1) | 0;
  }
  out[offset] = c0;
  out[offset + 1] = c1;
  out[offset + 2] = c2;
  out[offset + 3] = c3;
}

/** Four random words of Philox4x32-10, as `philoxInto` writes them. */
export function philox(key: PhiloxKey, counter: PhiloxCounter): Uint32Array {
  const out = new Uint32Array(4);
  philoxInto(out, 0, ...key, ...counter);
  return out;
}
