import { expect } from "chai";
import { halvesOf, type LogBatch, toBatches, toJson } from "#src/rest/log-batches.js";

const texts = (count: number, length = 1) =>
  Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: "ü".repeat(length) }));
const points = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: "loss", value: index / 3, timestamp: index, step: index }));
const counts = (batches: readonly LogBatch[]) =>
  batches.map(({ entries }) =>
    ["params", "tags", "metrics"].map((kind) => entries.filter((entry) => entry.kind === kind).length),
  );

describe("toBatches", () => {
  it("keeps to a server's limits", () => {
    const batches = toBatches({ params: texts(230), tags: texts(101), metrics: points(2100) });
    expect(counts(batches)).to.deep.equal([
      [100, 0, 0],
      [100, 0, 0],
      [30, 100, 0],
      [0, 1, 999],
      [0, 0, 1000],
      [0, 0, 101],
    ]);
  });

  it("keeps each request below 1 MB", () => {
    const batches = toBatches({ params: texts(200, 6000), tags: [], metrics: [] });
    const sizes = batches.map((batch) => Buffer.byteLength(toJson("id", batch)));
    expect(Math.max(...sizes)).to.be.within(900_000, 1_000_000);
    expect(counts(batches).reduce((sum, [params]) => sum + params!, 0)).to.equal(200);
  });

  it("makes none of nothing", () => {
    expect(toBatches({ params: [], tags: [], metrics: [] })).to.deep.equal([]);
  });
});

describe("toJson", () => {
  it("writes numbers that JSON has none for as words", () => {
    const values = [Number.NaN, 1 / 0, -1 / 0, 1e-300];
    const metrics = values.map((value, step) => ({ key: "a", value, timestamp: 5, step }));
    const [batch] = toBatches({ params: [], tags: texts(1), metrics });
    expect(JSON.parse(toJson("id", batch!))).to.deep.equal({
      run_id: "id",
      metrics: ["NaN", "Infinity", "-Infinity", 1e-300].map((value, step) => ({ key: "a", value, timestamp: 5, step })),
      params: [],
      tags: [{ key: "k0", value: "ü" }],
    });
  });
});

describe("halvesOf", () => {
  it("splits what can be split", () => {
    const [batch] = toBatches({ params: texts(3), tags: [], metrics: [] });
    expect(counts(halvesOf(batch!))).to.deep.equal([
      [2, 0, 0],
      [1, 0, 0],
    ]);
    expect(halvesOf(halvesOf(batch!)[1]!)).to.deep.equal([]);
  });
});
