import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { Batch, BatchReader, BatchShape, Split } from "codex-core";
import { createTemporaryFolder, rejection, removeTemporaryFolders } from "codex-core/testing";
import { BlockCache } from "#src/prepared/block-cache.js";
import { sealed } from "#src/prepared/data-manifest.js";
import { SplitWriter } from "#src/prepared/split-writer.js";
import { openRows, type RowKind } from "#src/rows/open-rows.js";

const separator = Uint16Array.of(999);

/** Prepared data of sources with documents of these lengths; every token tells its place: 100 × document + place. */
async function prepare(sources: { readonly [name: string]: readonly number[] }) {
  const folder = join(await createTemporaryFolder(), "data");
  await mkdir(folder);
  const described: Record<string, unknown> = {};
  for (const [name, lengths] of Object.entries(sources)) {
    const splits: Record<string, unknown> = {};
    for (const split of ["train", "validation"]) {
      const writer = await SplitWriter.create(folder, `${name}-${split}`, separator, 64);
      for (const [document, length] of (split === "train" ? lengths : lengths.slice(0, 2)).entries()) {
        const ids = Uint16Array.from({ length }, (_, place) => 1000 + 100 * document + place);
        await writer.append(ids, length, false);
      }
      splits[split] = (await writer.finish()).contents;
    }
    described[name] = { files: [], dropped: 0, splits };
  }
  const manifest = sealed({
    formatVersion: 2,
    ...{
      corpus: "c",
      tokenizer: "t",
      safety: "s",
      options: "o",
      vocabSize: 60_000,
      bytesPerToken: 2,
      separator: [999],
    },
    split: { kind: "documents", fraction: 0.1 },
    sources: described as never,
    files: {},
  });
  return { folder, manifest, made: true };
}

interface Setting {
  readonly kind: RowKind;
  readonly shape?: Partial<BatchShape>;
  readonly split?: Split;
  readonly seed?: number;
  readonly weights?: Record<string, number>;
  readonly signal?: AbortSignal;
}

const shapeOf = (shape: Partial<BatchShape> = {}): BatchShape => ({ microBatch: 2, contextLength: 16, ...shape });

async function withReader<Result>(
  prepared: Awaited<ReturnType<typeof prepare>>,
  { kind, shape, split = "train", seed, weights = {}, signal = new AbortController().signal }: Setting,
  use: (reader: BatchReader) => Promise<Result>,
): Promise<Result> {
  const opened: { close(): Promise<void> }[] = [];
  try {
    const cache = new BlockCache();
    const settings = { prepared, split, shape: shapeOf(shape), kind, seed, cache, signal, opened };
    return await use(await openRows({ ...settings, weights: new Map(Object.entries(weights)) }));
  } finally {
    await Promise.all(opened.map((file) => file.close()));
  }
}

async function epochOf(reader: BatchReader, epoch = 0): Promise<Batch[]> {
  const batches: Batch[] = [];
  const first = epoch * reader.microBatchesPerEpoch;
  for (let position = first; position < first + reader.microBatchesPerEpoch; position++) {
    batches.push(await reader.read(position));
  }
  return batches;
}

/** All (input, target) that count, in order. */
const pairsOf = (batches: readonly Batch[]) =>
  batches.flatMap(({ tokenIds, targetIds, lossMask }) =>
    [...lossMask!].flatMap((weight, place) => (weight === 1 ? [[tokenIds![place]!, targetIds![place]!] as const] : [])),
  );

/** The (input, target) that documents of these lengths have, each with the separator behind it, the last without. */
const expectedPairs = (lengths: readonly number[]) =>
  lengths.flatMap((length, document) => {
    const ids = Array.from({ length }, (_, place) => 1000 + 100 * document + place);
    if (document < lengths.length - 1) ids.push(999);
    return ids.slice(1).map((target, place) => [ids[place]!, target] as const);
  });

const lengths = [3, 1, 9, 40, 16, 17, 2, 5, 5, 33, 7];
const sorted = (pairs: readonly (readonly [number, number])[]) => pairs.map(String).toSorted();

describe("packed rows", () => {
  afterEach(removeTemporaryFolders);

  it("have every next token within a document once, in order, and none across two documents", async () => {
    const prepared = await prepare({ text: lengths });
    await withReader(prepared, { kind: "packed" }, async (reader) => {
      expect(pairsOf(await epochOf(reader))).to.deep.equal(expectedPairs(lengths));
      expect(reader.shapes).to.deep.equal([{ microBatch: 2, contextLength: 16, packed: true }]);
    });
  });

  it("restart positions and change the segment where a document begins", async () => {
    await withReader(await prepare({ text: [5, 4, 3] }), { kind: "packed" }, async (reader) => {
      const { positionIds, segmentIds, tokenIds, lossMask } = await reader.read(0);
      const padding = Array(16 + 5).fill(-1);
      expect([...segmentIds!]).to.deep.equal([0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, ...padding]);
      expect([...positionIds!]).to.deep.equal([0, 1, 2, 3, 4, 0, 1, 2, 3, 0, 1, ...Array(21).fill(0)]);
      expect([...tokenIds!].slice(0, 11)).to.deep.equal([
        1000, 1001, 1002, 1003, 1004, 1100, 1101, 1102, 1103, 1200, 1201,
      ]);
      expect([...lossMask!].slice(11)).to.deep.equal(Array(21).fill(0));
    });
  });

  it("leave little room where documents are short", async () => {
    const many = Array.from({ length: 300 }, (_, document) => 2 + (document % 7));
    await withReader(await prepare({ text: many }), { kind: "packed" }, async (reader) => {
      const batches = await epochOf(reader);
      const filled = pairsOf(batches).length / (batches.length * 32);
      expect(filled).to.be.greaterThan(0.8);
    });
  });

  it("come in another order in each epoch, and the same for a seed", async () => {
    const prepared = await prepare({ text: lengths });
    await withReader(prepared, { kind: "packed", seed: 3 }, async (reader) => {
      const [first, second] = [pairsOf(await epochOf(reader, 0)), pairsOf(await epochOf(reader, 1))];
      expect(sorted(first)).to.deep.equal(sorted(expectedPairs(lengths)));
      expect(sorted(second)).to.deep.equal(sorted(first));
      expect(second).not.to.deep.equal(first);
      const again = await withReader(prepared, { kind: "packed", seed: 3 }, (other) => epochOf(other, 1));
      expect(pairsOf(again)).to.deep.equal(second);
    });
  });

  it("may be opened by several at once, which make one index", async () => {
    const prepared = await prepare({ text: lengths });
    const open = () => withReader(prepared, { kind: "packed" }, async (reader) => pairsOf(await epochOf(reader)));
    for (const pairs of await Promise.all([open(), open(), open()])) {
      expect(pairs).to.deep.equal(expectedPairs(lengths));
    }
  });

  it("leave no index behind when they are stopped while it is made", async () => {
    const prepared = await prepare({ text: lengths });
    const opened = withReader(prepared, { kind: "packed", signal: AbortSignal.abort() }, epochOf);
    expect(await opened.catch((reason: unknown) => reason)).to.have.property("name", "AbortError");
    expect(await readdir(join(prepared.folder, "rows"))).to.deep.equal([]);
  });

  it("refuse a split without a document of two tokens", async () => {
    const prepared = await prepare({ text: [1] });
    const error = await rejection(
      () => withReader(prepared, { kind: "packed" }, async () => {}),
      "CODEX_DATA_SPLIT_TOO_SHORT",
    );
    expect(error.what).to.contain("no document of two tokens");
  });
});

describe("padded rows", () => {
  afterEach(removeTemporaryFolders);

  it("have every next token within a document once, in rows of few lengths", async () => {
    const shape = { contextLength: 64 };
    await withReader(await prepare({ text: lengths }), { kind: "padded", shape, seed: 1 }, async (reader) => {
      const batches = await epochOf(reader);
      expect(sorted(pairsOf(batches))).to.deep.equal(sorted(expectedPairs(lengths)));
      expect(reader.shapes!.map(({ contextLength }) => contextLength)).to.deep.equal([8, 16, 32, 64]);
      const sizes = new Set(batches.map(({ tokenIds }) => tokenIds!.length / 2));
      expect([...sizes].toSorted((one, other) => one - other)).to.deep.equal([8, 16, 32, 64]);
    });
  });

  it("take the shortest length that fits, so that less than half of a row is padding where rows are short", async () => {
    const shape = { contextLength: 64, microBatch: 1 };
    await withReader(await prepare({ text: lengths }), { kind: "padded", shape }, async (reader) => {
      for (const { lossMask } of await epochOf(reader)) {
        const used = lossMask!.filter((weight) => weight === 1).length;
        if (lossMask!.length > 8) expect(used).to.be.greaterThan(lossMask!.length / 2);
      }
    });
  });

  it("mix the lengths over an epoch when there is a seed", async () => {
    const shape = { contextLength: 64, microBatch: 1 };
    await withReader(await prepare({ text: lengths }), { kind: "padded", shape, seed: 1 }, async (reader) => {
      const sizes = (await epochOf(reader)).map(({ tokenIds }) => tokenIds!.length);
      expect(sizes).not.to.deep.equal(sizes.toSorted((one, other) => one - other));
    });
  });
});

for (const kind of ["windows", "packed", "padded"] as const) {
  describe(`mixtures of ${kind}`, () => {
    afterEach(removeTemporaryFolders);
    const long = Array.from({ length: 60 }, () => 20);
    const short = Array.from({ length: 20 }, () => 20);

    it("share the rows of an epoch out by weight", async () => {
      const prepared = await prepare({ one: long, two: short });
      const rowsOf = (weights: Record<string, number>) =>
        withReader(prepared, { kind, weights, seed: 2, shape: { microBatch: 1 } }, async (reader) => {
          return (await epochOf(reader)).length;
        });
      const total = await rowsOf({ one: 1, two: 1 });
      expect(await rowsOf({ one: 1, two: 9 })).to.equal(total);
      const onlyTwo = await rowsOf({ one: 0, two: 1 });
      expect(onlyTwo).to.be.lessThan(total / 3);
    });

    it("read the held-out split of every source, whatever its weight", async () => {
      const prepared = await prepare({ one: [9, 9], two: [9, 9] });
      const setting = { kind, weights: { one: 0, two: 5 }, split: "validation", shape: { contextLength: 8 } } as const;
      await withReader(prepared, setting, async (reader) => {
        expect(pairsOf(await epochOf(reader))).to.have.length(kind === "windows" ? 36 : 34);
      });
    });

    it("name the source that holds too little", async () => {
      const prepared = await prepare({ one: long, two: [1] });
      const setting = { kind, weights: { one: 1, two: 1 } };
      const error = await rejection(() => withReader(prepared, setting, async () => {}), "CODEX_DATA_SPLIT_TOO_SHORT");
      expect(error.what).to.contain("of two");
    });
  });
}
