import { expect } from "chai";
import { downsample } from "#src/report/downsample.js";
import { drawChart, niceTicks, tickText } from "#src/report/draw-chart.js";

describe("downsample", () => {
  const steps = Array.from({ length: 100_000 }, (_, index) => index);

  it("keeps every short curve as it is", () => {
    const curve = downsample("a", 0, { steps: [1, 2, 3], values: [5, 4, 6] }, 1600);
    expect(curve).to.deep.equal({ name: "a", slot: 0, x: [1, 2, 3], y: [5, 4, 6], bad: [] });
  });

  it("loses no peak, no trough, no end and no gap of a long one", () => {
    const values = steps.map((step) => Math.sin(step / 500));
    values[54_321] = 40;
    values[12_345] = -40;
    values[77_777] = Number.NaN;
    const curve = downsample("a", 0, { steps, values }, 1600);
    expect(curve.x.length).to.be.at.most(2100);
    expect([curve.x[0], curve.x.at(-1)]).to.deep.equal([0, 99_999]);
    expect(curve.y[curve.x.indexOf(54_321)]).to.equal(40);
    expect(curve.y[curve.x.indexOf(12_345)]).to.equal(-40);
    expect(curve.y[curve.x.indexOf(77_777)]).to.equal(null);
    expect(curve.bad).to.deep.equal([77_777]);
    expect([...curve.x].sort((left, right) => left - right)).to.deep.equal(curve.x);
  });
});

describe("ticks", () => {
  it("are round, inside the range, and about as many as asked for", () => {
    expect(niceTicks(0, 10, 5)).to.deep.equal([0, 2, 4, 6, 8, 10]);
    expect(niceTicks(2.31, 4.17, 4)).to.deep.equal([2.5, 3, 3.5, 4]);
    expect(niceTicks(1, 60, 6)).to.deep.equal([10, 20, 30, 40, 50, 60]);
    expect(niceTicks(3, 3, 5)).to.deep.equal([3]);
    expect(niceTicks(0, Number.POSITIVE_INFINITY, 5)).to.deep.equal([0]);
  });

  it("are short", () => {
    const texts = [tickText(0, 1), tickText(0.25, 0.05), tickText(20_000, 5000), tickText(12_500, 500)];
    expect(texts).to.deep.equal(["0", "0.25", "20k", "12.5k"]);
    expect([tickText(3e-4, 1e-4), tickText(3e-5, 1e-5), tickText(-2.5e6, 5e5), tickText(1e20, 1)]).to.deep.equal([
      "0.0003",
      "3e-5",
      "-2.5M",
      "1e20",
    ]);
  });
});

describe("drawChart", () => {
  const view = { width: 640, height: 260 };
  const draw = (y: readonly (number | null)[], range = {}) => {
    const x = y.map((_, index) => index);
    const curve = { name: "a", slot: 2, x, y, bad: x.filter((index) => y[index] === null) };
    return drawChart({ curves: [curve], kind: "number", fromZero: false }, { ...view, ...range }).svg;
  };
  const pathOf = (svg: string, name: string) => new RegExp(`class="${name}[^"]*" d="([^"]*)"`).exec(svg)?.[1] ?? "";

  it("breaks the line where a value is not finite, and marks the step", () => {
    const svg = draw([1, 2, null, 4, 5]);
    expect(pathOf(svg, "curve").match(/M/g)).to.have.length(2);
    expect(pathOf(svg, "bad").match(/M/g)).to.have.length(1);
    expect(svg).not.to.include("NaN");
  });

  it("draws one point, equal values, and nothing at all without NaN", () => {
    for (const values of [[3], [2, 2, 2], [null], [], [0, 0], [1e300, -1e300]]) {
      expect(draw(values), JSON.stringify(values)).not.to.match(/NaN|Infinity|undefined/);
    }
    expect(pathOf(draw([3]), "curve")).to.match(/^M/);
  });

  it("fits the values of the steps that are shown", () => {
    const svg = draw([1000, 3, 2, 2.5, 3], { from: 1, to: 4 });
    expect(svg).to.include(">2.5<").and.not.to.include(">1000<");
  });
});
