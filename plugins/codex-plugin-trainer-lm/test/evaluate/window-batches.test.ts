import { expect } from "chai";
import type { Batch } from "codex-core";
import { windowBatches } from "#src/evaluate/window-batches.js";

const contextLength = 4;
const shape = { microBatch: 2, contextLength };

/** Rows of a text, one after the other, as data sources give them: tokens 1 … n. */
async function* rowsOf(...texts: readonly (readonly number[])[]): AsyncGenerator<Batch> {
  const rows = texts.flatMap((text) => {
    const cut: number[][] = [];
    for (let start = 0; start + 1 < text.length; start += contextLength) {
      cut.push([...text.slice(start, start + contextLength + 1)]);
    }
    return cut;
  });
  for (let start = 0; start < rows.length; start += shape.microBatch) {
    const [tokenIds, targetIds] = [new Int32Array(8), new Int32Array(8)];
    const lossMask = new Float32Array(8);
    for (const [index, row] of rows.slice(start, start + shape.microBatch).entries()) {
      tokenIds.set(row.slice(0, -1), index * contextLength);
      targetIds.set(row.slice(1), index * contextLength);
      lossMask.fill(1, index * contextLength, index * contextLength + row.length - 1);
    }
    yield { tokenIds, targetIds, lossMask };
  }
}

/** Each scored token with the tokens before it. */
async function scored(stride: number, ...texts: readonly (readonly number[])[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { tokenIds, targetIds, lossMask } of windowBatches(rowsOf(...texts), shape, stride)) {
    for (const [place, weight] of [...lossMask!].entries()) {
      if (weight === 0) continue;
      const start = place - (place % contextLength);
      expect(targetIds![place], "the input after it").to.be.oneOf([tokenIds![place + 1], targetIds![place]]);
      found.push(`${[...tokenIds!.slice(start, place + 1)].join(" ")} > ${targetIds![place]}`);
    }
  }
  return found;
}

const upTo = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index);

describe("windowBatches", () => {
  it("scores each token once, with at least contextLength - stride tokens before it", async () => {
    expect(await scored(2, upTo(9))).to.deep.equal([
      "1 > 2",
      "1 2 > 3",
      "1 2 3 > 4",
      "1 2 3 4 > 5",
      "3 4 5 > 6",
      "3 4 5 6 > 7",
      "5 6 7 > 8",
      "5 6 7 8 > 9",
    ]);
    for (const stride of [1, 2, 3, 4]) {
      for (const length of upTo(20, 2)) {
        const found = await scored(stride, upTo(length));
        expect(
          found.map((each) => Number(each.split(" > ")[1])),
          `stride ${stride}`,
        ).to.deep.equal(upTo(length - 1, 2));
        const contexts = found.map((each) => each.split(" > ")[0]!.split(" ").length);
        for (const [index, context] of contexts.entries()) {
          expect(context).to.be.at.least(Math.min(index + 1, contextLength - stride + 1));
        }
      }
    }
  });

  it("is the rows themselves where the stride is the context", async () => {
    expect(await scored(4, upTo(7))).to.deep.equal([
      "1 > 2",
      "1 2 > 3",
      "1 2 3 > 4",
      "1 2 3 4 > 5",
      "5 > 6",
      "5 6 > 7",
    ]);
  });

  it("begins anew where a row does not go on with the one before", async () => {
    const found = await scored(1, upTo(3), upTo(6, 20), upTo(2, 40));
    expect(found).to.deep.equal([
      "1 > 2",
      "1 2 > 3",
      "20 > 21",
      "20 21 > 22",
      "20 21 22 > 23",
      "20 21 22 23 > 24",
      "21 22 23 24 > 25",
      "40 > 41",
    ]);
  });

  it("begins anew after a row that was cut, though the next one begins with the same token", async () => {
    expect(await scored(1, upTo(3), upTo(3, 3))).to.deep.equal(["1 > 2", "1 2 > 3", "3 > 4", "3 4 > 5"]);
  });
});
