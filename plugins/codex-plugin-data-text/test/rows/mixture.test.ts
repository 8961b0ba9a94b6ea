import { expect } from "chai";
import { mixed, shares } from "#src/rows/mixture.js";
import { fixedRows, type RowStream } from "#src/rows/row-stream.js";

/** Rows of one token, which tells the stream and the row. */
const streamOf = (name: number, count: number, seed?: number): RowStream =>
  fixedRows(count, async (row) => [Uint32Array.of(name * 1000 + row)], seed);

async function epochOf(stream: RowStream, epoch: number): Promise<number[]> {
  const rows: number[] = [];
  for (let index = 0; index < stream.rowsPerEpoch; index++) rows.push((await stream.read(epoch, index))[0]![0]!);
  return rows;
}

describe("mixed", () => {
  it("has so many rows of each stream in every epoch, in another order each time", async () => {
    const stream = mixed(
      [
        { stream: streamOf(1, 10, 5), rows: 4 },
        { stream: streamOf(2, 3, 5), rows: 8 },
      ],
      5,
    );
    expect(stream.rowsPerEpoch).to.equal(12);
    const [first, second] = [await epochOf(stream, 0), await epochOf(stream, 1)];
    for (const rows of [first, second]) expect(rows.filter((row) => row < 2000)).to.have.length(4);
    expect(first.map((row) => row < 2000)).not.to.deep.equal(second.map((row) => row < 2000));
  });

  it("reads each row of a stream as often as any other, give or take one", async () => {
    const stream = mixed(
      [
        { stream: streamOf(1, 10, 5), rows: 4 },
        { stream: streamOf(2, 3, 5), rows: 8 },
      ],
      5,
    );
    const counts = new Map<number, number>();
    for (let epoch = 0; epoch < 5; epoch++) {
      for (const row of await epochOf(stream, epoch)) counts.set(row, (counts.get(row) ?? 0) + 1);
    }
    const of = (name: number, count: number) =>
      Array.from({ length: count }, (_, row) => counts.get(name * 1000 + row) ?? 0);
    expect(of(1, 10)).to.deep.equal(Array(10).fill(2));
    expect(of(2, 3).toSorted()).to.deep.equal([13, 13, 14]);
  });

  it("reads one stream after the other without a seed", async () => {
    const parts = [
      { stream: streamOf(1, 2), rows: 2 },
      { stream: streamOf(2, 3), rows: 3 },
    ];
    expect(await epochOf(mixed(parts), 0)).to.deep.equal([1000, 1001, 2000, 2001, 2002]);
  });

  it("gives a stream that is alone as it is", () => {
    const stream = streamOf(1, 4, 3);
    expect(mixed([{ stream, rows: 4 }], 3)).to.equal(stream);
  });
});

describe("shares", () => {
  for (const [total, weights, expected] of [
    [10, [1, 1], [5, 5]],
    [10, [1, 2], [3, 7]],
    [10, [1, 1, 1], [4, 3, 3]],
    [7, [0.1, 0.9], [1, 6]],
    [5, [3], [5]],
    [3, [1, 0], [3, 0]],
    [3, [1000, 1], [3, 1]],
  ] as const) {
    it(`shares ${total} by ${weights.join(" : ")} as ${expected.join(", ")}`, () => {
      expect(shares(total, weights)).to.deep.equal(expected);
    });
  }
});
