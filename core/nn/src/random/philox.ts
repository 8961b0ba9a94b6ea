/** Two words: the key of a stream. */
export type PhiloxKey = readonly [number, number];

/** Four words: the position in a stream. */
export type PhiloxCounter = readonly [number, number, number, number];

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/** High 32 bits of the 64-bit product of two unsigned words. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0;
}

/**
 * Philox4x32-10: four random words as a pure function of key and counter. Writes unsigned 32-bit words to `out` at
 * `offset`.
 *
 * @source Salmon et al., Parallel random numbers: as easy as 1, 2, 3 (SC 2011), section 4.2
 */
export function philoxInto(out: Uint32Array, offset: number, key: PhiloxKey, counter: PhiloxCounter): void {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  k0 >>>= 0;
  k1 >>>= 0;
  for (let round = 0; round < 10; round += 1) {
    const high0 = multiplyHigh(multiplier0, c0 >>> 0);
    const low0 = Math.imul(multiplier0, c0) >>> 0;
    const high1 = multiplyHigh(multiplier1, c2 >>> 0);
    const low1 = Math.imul(multiplier1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  out[offset] = c0;
  out[offset + 1] = c1;
  out[offset + 2] = c2;
  out[offset + 3] = c3;
}

/** Four random words of Philox4x32-10, as `philoxInto` writes them. */
export function philox(key: PhiloxKey, counter: PhiloxCounter): Uint32Array {
  const out = new Uint32Array(4);
  philoxInto(out, 0, key, counter);
  return out;
}
