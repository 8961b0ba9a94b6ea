import { expect } from "chai";
import type { Batch, BatchReader } from "codex-core";
import { trainReader, validationReader } from "#src/batch-readers.js";
import { createPermutation } from "#src/permutation.js";

const fileOf = (tokenCount: number) => {
  const tokens = Uint16Array.from({ length: tokenCount }, (_, index) => index);
  return async (start: number, count: number) => tokens.subarray(start, start + count);
};

const readAll = async (reader: BatchReader, from: number, to: number): Promise<Batch[]> => {
  const batches: Batch[] = [];
  for (let position = from; position < to; position++) batches.push(await reader.read(position));
  return batches;
};

/** Targets that count, in the order of the batches. */
const targets = (batches: Batch[]) =>
  batches.flatMap(({ targetIds, lossMask }) => [...targetIds!].filter((_, index) => lossMask![index] === 1));

describe("validationReader", () => {
  for (const tokenCount of [9, 10, 16, 17, 33, 100]) {
    it(`has each of ${tokenCount} tokens but the first as a target once, in order`, async () => {
      const reader = validationReader(fileOf(tokenCount), tokenCount, { microBatch: 3, contextLength: 8 });
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
    const reader = validationReader(fileOf(50), 50, { microBatch: 2, contextLength: 8 });
    expect(await reader.read(reader.microBatchesPerEpoch + 1)).to.deep.equal(await reader.read(1));
  });
});

describe("trainReader", () => {
  const shape = { microBatch: 3, contextLength: 8 };

  it("reads every window of an epoch once, in an order and from a place of the epoch's own", async () => {
    const reader = trainReader(fileOf(203), 203, shape, 7);
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
    const reader = trainReader(fileOf(203), 203, shape, 7);
    const phases = new Set<number>();
    for (let epoch = 0; epoch < 200; epoch++) {
      const { tokenIds } = await reader.read(epoch * reader.microBatchesPerEpoch);
      phases.add(tokenIds![0]! % 8);
    }
    expect(phases.size).to.equal(8);
  });

  it("depends on the seed's high bits too", async () => {
    const one = await trainReader(fileOf(203), 203, shape, 7).read(0);
    expect(await trainReader(fileOf(203), 203, shape, 7 + 2 ** 32).read(0)).not.to.deep.equal(one);
    expect(await trainReader(fileOf(203), 203, shape, 8).read(0)).not.to.deep.equal(one);
  });

  it("reads in order from the first token on without a seed", async () => {
    const reader = trainReader(fileOf(203), 203, shape);
    const found = targets(await readAll(reader, 0, reader.microBatchesPerEpoch));
    expect(found).to.deep.equal(Array.from({ length: 200 }, (_, index) => index + 1));
  });

  for (const tokenCount of [9, 15, 16, 17]) {
    it(`reads a split of ${tokenCount} tokens, little longer than one sequence`, async () => {
      const reader = trainReader(fileOf(tokenCount), tokenCount, shape, 1);
      for (let position = 0; position < 50; position++) {
        expect(targets([await reader.read(position)]).length).to.be.oneOf([8, 16]);
      }
    });
  }

  for (const position of [-1, 0.5, Number.NaN, 2 ** 53]) {
    it(`refuses position ${position}`, async () => {
      expect(await trainReader(fileOf(99), 99, shape, 1).read(position).catch(String)).to.contain("RangeError");
    });
  }
});

describe("createPermutation", () => {
  for (const size of [1, 2, 3, 5, 16, 17, 1000, 4097]) {
    it(`is a permutation of ${size}`, () => {
      const permutation = createPermutation(size, 1, 2, 3);
      const images = Array.from({ length: size }, (_, index) => permutation(index));
      expect(images.toSorted((left, right) => left - right)).to.deep.equal(images.map((_, index) => index));
    });
  }

  it("stays below sizes beyond 32 bits", () => {
    const size = 2 ** 34 + 1;
    const permutation = createPermutation(size, 9);
    for (let index = 0; index < 1000; index++) {
      const image = permutation(size - 1 - index);
      expect(Number.isSafeInteger(image) && image >= 0 && image < size).to.equal(true);
    }
  });

  it("scatters neighbours, and places every index anywhere", () => {
    const size = 64;
    const permutation = createPermutation(10_000, 5);
    let near = 0;
    for (let index = 1; index < 10_000; index++) {
      if (Math.abs(permutation(index) - permutation(index - 1)) < 100) near++;
    }
    expect(near).to.be.within(130, 270);
    const counts = new Uint32Array(size);
    for (let key = 0; key < 6400; key++) counts[createPermutation(size, key)(0)]!++;
    expect(Math.max(...counts)).to.be.below(150);
    expect(Math.min(...counts)).to.be.above(60);
  });
});
