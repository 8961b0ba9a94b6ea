import { expect } from "chai";
import type { Batch, BatchReader, BatchShape } from "codex-core";
import { rowBatches } from "#src/rows/row-batches.js";
import { trainWindows, validationWindows } from "#src/rows/windows.js";
import { numberedTokens } from "../support/numbered-tokens.js";

const trainReader = (tokenCount: number, shape: BatchShape, seed?: number) =>
  rowBatches(
    [{ shape, stream: trainWindows(numberedTokens(tokenCount), shape.contextLength, seed) }],
    tokenCount,
    seed,
  );
const validationReader = (tokenCount: number, shape: BatchShape) =>
  rowBatches([{ shape, stream: validationWindows(numberedTokens(tokenCount), shape.contextLength) }], tokenCount);

const readAll = async (reader: BatchReader, from: number, to: number): Promise<Batch[]> => {
  const batches: Batch[] = [];
  for (let position = from; position < to; position++) batches.push(await reader.read(position));
  return batches;
};

/** Targets that count, in the order of the batches. */
const targets = (batches: Batch[]) =>
  batches.flatMap(({ targetIds, lossMask }) => [...targetIds!].filter((_, index) => lossMask![index] === 1));

describe("validationWindows", () => {
  for (const tokenCount of [9, 10, 16, 17, 33, 100]) {
    it(`has each of ${tokenCount} tokens but the first as a target once, in order`, async () => {
      const reader = validationReader(tokenCount, { microBatch: 3, contextLength: 8 });
      const batches = await readAll(reader, 0, reader.microBatchesPerEpoch);
      expect(targets(batches)).to.deep.equal(Array.from({ length: tokenCount - 1 }, (_, index) => index + 1));
      for (const { tokenIds, targetIds, lossMask } of batches) {
        expect(tokenIds).to.have.length(24);
        tokenIds!.forEach((id, index) => {
          expect(lossMask![index] === 1 ? targetIds![index] : id + 1).to.equal(id + 1);
        });
      }
    });
  }

  it("begins again behind its end", async () => {
    const reader = validationReader(50, { microBatch: 2, contextLength: 8 });
    expect(await reader.read(reader.microBatchesPerEpoch + 1)).to.deep.equal(await reader.read(1));
  });
});

describe("trainWindows", () => {
  const shape = { microBatch: 3, contextLength: 8 };

  it("reads every window of an epoch once, in an order and from a place of the epoch's own", async () => {
    const reader = trainReader(203, shape, 7);
    const epochs = [0, 1, 2].map((epoch) => epoch * reader.microBatchesPerEpoch);
    const seen = new Set<string>();
    for (const start of epochs) {
      const found = targets(await readAll(reader, start, start + reader.microBatchesPerEpoch));
      const sorted = found.toSorted((left, right) => left - right);
      expect(sorted).to.deep.equal(sorted.map((_, index) => sorted[0]! + index));
      expect(found.length).to.be.greaterThan(203 - 2 * shape.contextLength);
      expect(found).not.to.deep.equal(sorted);
      seen.add(`${sorted[0]} ${found.join()}`);
    }
    expect(seen.size).to.equal(3);
  });

  it("starts windows at every phase over the epochs", async () => {
    const reader = trainReader(203, shape, 7);
    const phases = new Set<number>();
    for (let epoch = 0; epoch < 200; epoch++) {
      const { tokenIds } = await reader.read(epoch * reader.microBatchesPerEpoch);
      phases.add(tokenIds![0]! % 8);
    }
    expect(phases.size).to.equal(8);
  });

  it("depends on the seed's high bits too", async () => {
    const one = await trainReader(203, shape, 7).read(0);
    expect(await trainReader(203, shape, 7 + 2 ** 32).read(0)).not.to.deep.equal(one);
    expect(await trainReader(203, shape, 8).read(0)).not.to.deep.equal(one);
  });

  it("reads in order from the first token on without a seed", async () => {
    const reader = trainReader(203, shape);
    const found = targets(await readAll(reader, 0, reader.microBatchesPerEpoch));
    expect(found).to.deep.equal(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  for (const tokenCount of [9, 15, 16, 17]) {
    it(`reads a split of ${tokenCount} tokens, little longer than one sequence`, async () => {
      const reader = trainReader(tokenCount, shape, 1);
      for (let position = 0; position < 50; position++) {
        expect(targets([await reader.read(position)]).length).to.be.oneOf([8, 16]);
      }
    });
  }

  for (const position of [-1, 0.5, Number.NaN, 2 ** 53]) {
    it(`refuses position ${position}`, async () => {
      expect(await trainReader(99, shape, 1).read(position).catch(String)).to.contain("RangeError");
    });
  }
});
