const rounds = 6;

/** A well-mixed 32-bit number made of 32-bit words. */
export function mixWords(...words: number[]): number {
  let mixed = 0x9e3779b9;
  for (const word of words) {
    mixed = Math.imul(mixed ^ word, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    mixed ^= mixed >>> 16;
  }
  return mixed >>> 0;
}

/** The two 32-bit words of a seed up to 2^53. */
export function seedWords(seed: number): [number, number] {
  return [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
}

/**
 * A permutation of 0 … size-1 that a key selects and that takes no memory: a balanced Feistel network over the next
 * power of four, walked until the result is below size (fewer than four rounds of it on average).
 *
 * @source J. Black and P. Rogaway, Ciphers with Arbitrary Finite Domains, CT-RSA 2002, methods 2 and 3
 */
export function createPermutation(size: number, ...key: number[]): (index: number) => number {
  const halfBits = Math.max(1, Math.ceil(Math.log2(Math.max(2, size)) / 2));
  const half = 2 ** halfBits;
  const roundKeys = Array.from({ length: rounds }, (_, round) => mixWords(round, ...key));
  const once = (value: number): number => {
    let left = Math.floor(value / half);
    let right = value % half;
    for (const roundKey of roundKeys) {
      [left, right] = [right, (left ^ mixWords(roundKey, right)) & (half - 1)];
    }
    return (left >>> 0) * half + (right >>> 0);
  };
  return (index) => {
    let value = once(index);
    while (value >= size) value = once(value);
    return value;
  };
}
