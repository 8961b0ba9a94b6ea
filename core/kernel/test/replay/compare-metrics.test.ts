import { expect } from "chai";
import { compareMetrics } from "#src/replay/compare-metrics.js";

const row = (step: number, metrics: object, seq = step) => ({ seq, step, timeMs: Math.random(), ...metrics });

describe("compareMetrics", () => {
  it("finds runs equal whose clocks and machines differ", () => {
    const original = [row(1, { "train/loss": 2, "foo/latencyMs": 4, "system/memoryBytes": 1 })];
    const replay = [row(1, { "train/loss": 2, "foo/latencyMs": 5, "system/memoryBytes": 2 }, 9)];
    expect(compareMetrics(original, replay)).to.deep.equal({ compared: 1, steps: 1, differences: [] });
  });

  it("names the step, the metric and how far apart two numbers are", () => {
    const original = [row(1, { "train/loss": 2 }), row(2, { "train/loss": 4, "eval/loss": 1 })];
    const replay = [row(1, { "train/loss": 2 }), row(2, { "train/loss": 5, "eval/loss": 1 })];
    const { differences, compared } = compareMetrics(original, replay);
    expect(compared).to.equal(3);
    expect(differences).to.deep.equal([{ step: 2, metric: "train/loss", original: 4, replay: 5, relative: 0.25 }]);
  });

  it("tells the last bit, words for what is not finite, and numbers that one side lacks", () => {
    const original = [row(1, { a: 0.1 + 0.2, b: "NaN", c: 1 })];
    const replay = [row(1, { a: 0.3, b: "NaN" })];
    const { differences } = compareMetrics(original, replay);
    expect(differences.map(({ metric }) => metric)).to.deep.equal(["a", "c"]);
    expect(differences[1]).to.not.have.property("replay");
  });

  it("compares only steps that both came to, and no step that neither began with", () => {
    const original = [row(3, { a: 1 }), row(4, { a: 1 })];
    const replay = [row(1, { a: 9 }), row(2, { a: 9 }), row(3, { a: 1 })];
    expect(compareMetrics(original, replay)).to.deep.include({ compared: 1, differences: [] });
  });

  it("does not take a row that is missing between two others for equality", () => {
    const original = [row(1, { a: 1 }), row(2, { a: 1 }), row(3, { a: 1 })];
    const replay = [row(1, { a: 1 }), row(3, { a: 1 })];
    expect(compareMetrics(original, replay).differences).to.deep.equal([{ step: 2, metric: "a", original: 1 }]);
  });

  it("passes over what was measured of a run later", () => {
    const original = [row(1, { a: 1 }), { ...row(1, { a: 2 }), source: "evaluate" }];
    expect(compareMetrics(original, [row(1, { a: 1 })])).to.deep.include({ compared: 1, differences: [] });
  });
});
