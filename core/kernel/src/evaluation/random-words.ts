import { createCipheriv, createHash } from "node:crypto";

/**
 * Random unsigned 32-bit words that a seed and a name give, the same on every machine: the key stream of AES-128 in
 * counter mode.
 */
export class RandomWords {
  readonly #cipher;

  constructor(seed: number, name: string) {
    const key = createHash("sha256").update(`${name} ${seed}`).digest().subarray(0, 16);
    this.#cipher = createCipheriv("aes-128-ctr", key, Buffer.alloc(16));
  }

  /** The next ones, each as an integer below `limit`. */
  below(limit: number, count: number): Uint32Array {
    const bytes = this.#cipher.update(Buffer.alloc(4 * count));
    return Uint32Array.from({ length: count }, (_, index) => {
      return Math.floor((bytes.readUInt32LE(4 * index) / 2 ** 32) * limit);
    });
  }
}
