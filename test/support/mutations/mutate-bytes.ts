import type { SeededRandom } from "../seeded-random.js";

/** What happens to bytes on their way: flipped, cut, added to, zeroed, repeated, moved. */
const accidents: { readonly [name: string]: (bytes: Buffer, random: SeededRandom) => Buffer } = {
  "a flipped bit": (bytes, random) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8);
    return copy;
  },
  "an end that was cut off": (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  "bytes at the end": (bytes, random) =>
    Buffer.concat([bytes, Buffer.from(Array.from({ length: 1 + random.below(40) }, () => random.below(256)))]),
  "a space at the end": (bytes) => Buffer.concat([bytes, Buffer.from(" ")]),
  zeros: (bytes, random) => {
    const start = random.below(bytes.length + 1);
    return Buffer.from(bytes).fill(0, start, Math.min(bytes.length, start + 1 + random.below(64)));
  },
  "a piece twice": (bytes, random) => {
    const start = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, start + 16), bytes.subarray(start)]);
  },
  "bytes that are not UTF-8": (bytes, random) => {
    const at = random.below(bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, at), Buffer.of(0xff, 0xc0), bytes.subarray(at)]);
  },
  "a byte order mark": (bytes) => Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), bytes]),
};

/** Bytes after one accident, and what it was. */
export function mutateBytes(bytes: Buffer, random: SeededRandom): { readonly what: string; readonly bytes: Buffer } {
  const what = random.pick(Object.keys(accidents));
  return { what, bytes: accidents[what]!(bytes, random) };
}
