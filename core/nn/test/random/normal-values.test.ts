import { expect } from "chai";
import { normalValues, philox, randomKey } from "codex-nn";

const options = { seed: 42, stream: 7, size: 200_000, standardDeviation: 1 };

describe("normalValues", () => {
  it("has the moments and tails of a normal distribution", () => {
    const values = normalValues(options);
    const mean = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
    expect(mean(1)).to.be.closeTo(0, 0.01);
    expect(mean(2)).to.be.closeTo(1, 0.015);
    expect(mean(3)).to.be.closeTo(0, 0.03);
    expect(mean(4)).to.be.closeTo(3, 0.08);
    expect(values.filter((value) => Math.abs(value) > 1.959964).length / values.length).to.be.closeTo(0.05, 0.002);
  });

  it("is Box–Muller of Philox's words", () => {
    const words = philox(randomKey(42, "initialization"), [0, 0, 7, 0]);
    const [u0, u1] = [...words].map((word) => (word + 0.5) / 2 ** 32) as [number, number];
    const radius = Math.sqrt(-2 * Math.log(u0));
    const values = normalValues({ ...options, size: 2 });
    expect(values[0]).to.be.closeTo(radius * Math.cos(2 * Math.PI * u1), 1e-6);
    expect(values[1]).to.be.closeTo(radius * Math.sin(2 * Math.PI * u1), 1e-6);
  });

  it("gives a shorter tensor the beginning of a longer one", () => {
    const long = normalValues({ ...options, size: 33 });
    for (const size of [1, 2, 3, 5, 17]) {
      expect(normalValues({ ...options, size })).to.deep.equal(long.slice(0, size));
    }
  });

  it("differs between seeds and between streams, and has the deviation and mean asked for", () => {
    const some = { ...options, size: 4 };
    expect(normalValues({ ...some, seed: 43 })).not.to.deep.equal(normalValues(some));
    expect(normalValues({ ...some, stream: 8 })).not.to.deep.equal(normalValues(some));
    const scaled = normalValues({ ...some, standardDeviation: 0.02, mean: 1 });
    normalValues(some).forEach((value, index) => {
      expect(scaled[index]).to.be.closeTo(1 + 0.02 * value, 1e-6);
    });
  });
});
