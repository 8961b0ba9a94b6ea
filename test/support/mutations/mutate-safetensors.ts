import type { SeededRandom } from "../seeded-random.js";
import { addMember, doubleMember, replaceValue } from "./hostile-values.js";

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const tensorNames = (header: Record<string, Entry>) => Object.keys(header).filter((name) => name !== "__metadata__");

/** Changes of a header as someone hostile would make them; what is not said otherwise keeps to the rules of JSON. */
const changes: { readonly [name: string]: (header: Record<string, Entry>, random: SeededRandom) => void } = {
  "another dtype": (header, random) => {
    entryOf(header, random).dtype = random.pick(["BF16", "F64", "I32", "F32", "U8", "f32", "__proto__", ""]);
  },
  "a shape of gigabytes": (header, random) => {
    entryOf(header, random).shape = random.pick([[2 ** 31], [2 ** 40, 2 ** 40], [2 ** 53 - 1], [3, 4, 2 ** 30]]);
  },
  "bytes of gigabytes": (header, random) => {
    const length = random.pick([2 ** 30, 2 ** 34, 2 ** 51]);
    Object.assign(entryOf(header, random), { shape: [length / 4], data_offsets: [0, length] });
  },
  "a shape of the same size": (header, random) => {
    entryOf(header, random).shape.unshift(...Array<number>(1 + random.below(5000)).fill(1));
  },
  "a size of none": (header, random) => {
    entryOf(header, random).shape.push(0);
  },
  "moved offsets": (header, random) => {
    const { data_offsets } = entryOf(header, random);
    const by = random.pick([-8, -4, -1, 1, 4, 8, 2 ** 40]);
    data_offsets[0] += by;
    data_offsets[1] += by;
  },
  "offsets that overlap": (header, random) => {
    const entry = entryOf(header, random);
    const [begin] = entryOf(header, random).data_offsets;
    entry.data_offsets = [begin, begin + entry.data_offsets[1] - entry.data_offsets[0]];
  },
  "offsets the wrong way round": (header, random) => {
    entryOf(header, random).data_offsets.reverse();
  },
  "tensors whose names are exchanged": (header, random) => {
    const [one, other] = [random.pick(tensorNames(header)), random.pick(tensorNames(header))];
    [header[one], header[other]] = [header[other]!, header[one]!];
  },
  "another name": (header, random) => {
    const name = random.pick(tensorNames(header));
    const entry = header[name]!;
    delete header[name];
    header[random.pick(["constructor", "", "toString", "a\u0000b", "ü", "x".repeat(100_000)])] = entry;
  },
  "a tensor less": (header, random) => {
    delete header[random.pick(tensorNames(header))];
  },
};

/** Changes of the header's text. */
const textChanges: { readonly [name: string]: (json: string, random: SeededRandom) => string } = {
  "another value": replaceValue,
  "a member more": addMember,
  "a member twice": doubleMember,
  "spaces before": (json) => ` ${json}`,
  "something after": (json, random) => `${json}${random.pick(["}", "{}", "\n", "\u0000", "null"])}`,
};

/** Lengths that a header claims to have. */
const claims = [
  0n,
  1n,
  7n,
  2n ** 20n,
  99_999_999n,
  100_000_000n,
  100_000_001n,
  2n ** 31n,
  2n ** 33n,
  2n ** 53n,
  2n ** 64n - 1n,
];

/** A safetensors file with a hostile header, and what is hostile in it. */
export function mutateSafetensors(
  bytes: Buffer,
  random: SeededRandom,
): { readonly what: string; readonly bytes: Buffer } {
  const headerBytes = Number(bytes.readBigUInt64LE());
  const json = bytes.subarray(8, 8 + headerBytes).toString();
  const data = bytes.subarray(8 + headerBytes);
  const kind = random.below(5);
  if (kind === 0) {
    const claim = random.pick([...claims, BigInt(headerBytes + 1), BigInt(headerBytes - 1), BigInt(bytes.length - 8)]);
    const claiming = Buffer.from(bytes);
    claiming.writeBigUInt64LE(claim);
    return { what: `a header that claims ${claim} bytes`, bytes: claiming };
  }
  if (kind < 3) {
    const what = random.pick(Object.keys(textChanges));
    return { what: `a header with ${what}`, bytes: fileOf(textChanges[what]!(json, random), data) };
  }
  const what = random.pick(Object.keys(changes));
  const header = JSON.parse(json) as Record<string, Entry>;
  changes[what]!(header, random);
  return { what: `a header with ${what}`, bytes: fileOf(JSON.stringify(header), data) };
}

function entryOf(header: Record<string, Entry>, random: SeededRandom): Entry {
  return header[random.pick(tensorNames(header))]!;
}

function fileOf(json: string, data: Buffer): Buffer {
  const text = Buffer.from(json);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, data]);
}
