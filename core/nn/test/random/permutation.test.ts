import { expect } from "chai";
import { createPermutation } from "codex-nn";
import fc from "fast-check";

const order = (size: number, seed = 1, stream = 0) => {
  const permutation = createPermutation({ size, seed, stream });
  return Array.from({ length: size }, (_, place) => permutation(place));
};

describe("createPermutation", () => {
  it("has every element at one place", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), fc.nat(), fc.nat({ max: 99 }), (size, seed, stream) => {
        expect(new Set(order(size, seed, stream)).size).to.equal(size);
      }),
      { numRuns: 60 },
    );
  });

  it("differs between seeds and between streams, and is the same for the same", () => {
    expect(order(100)).to.deep.equal(order(100));
    expect(order(100, 2)).not.to.deep.equal(order(100));
    expect(order(100, 1, 1)).not.to.deep.equal(order(100));
  });

  it("spreads: places and elements do not go together", () => {
    const size = 5000;
    const elements = order(size);
    const mean = (size - 1) / 2;
    const covariance = elements.reduce((sum, element, place) => sum + (element - mean) * (place - mean), 0);
    expect(Math.abs(covariance / (size * ((size * size - 1) / 12)))).to.be.below(0.05);
    const steps = elements.filter((element, place) => place > 0 && element === elements[place - 1]! + 1);
    expect(steps.length).to.be.below(10);
  });

  it("brings each element to the first place about equally often", () => {
    const counts = new Array<number>(5).fill(0);
    for (let stream = 0; stream < 5000; stream += 1) {
      counts[createPermutation({ size: 5, seed: 9, stream })(0)]! += 1;
    }
    for (const count of counts) expect(count).to.be.within(850, 1150);
  });

  it("works for sizes far beyond memory", () => {
    const size = 2 ** 52 - 12345;
    const permutation = createPermutation({ size, seed: 3, stream: 1 });
    const elements = [0, 1, 2, size - 1].map((place) => permutation(place));
    expect(new Set(elements).size).to.equal(4);
    for (const element of elements) expect(Number.isInteger(element) && element >= 0 && element < size).to.equal(true);
  });

  it("refuses sizes and places out of range", () => {
    for (const size of [0, -1, 1.5, 2 ** 53]) {
      expect(() => createPermutation({ size, seed: 1, stream: 0 })).to.throw(/CODEX_NN_ARGUMENT.*size/);
    }
    const permutation = createPermutation({ size: 3, seed: 1, stream: 0 });
    for (const place of [-1, 3, 0.5]) expect(() => permutation(place)).to.throw(/CODEX_NN_ARGUMENT: Place/);
  });
});
