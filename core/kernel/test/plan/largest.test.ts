import { expect } from "chai";
import fc from "fast-check";
import { largestDivisor, largestFit } from "#src/plan/largest.js";

describe("largestFit", () => {
  it("finds the bound in few steps, however large the numbers are", () => {
    for (const [most, bound] of [
      [10, 1],
      [10, 9],
      [10, 20],
      [1e12, 123_456_789],
      [1e300, 2 ** 52 + 1],
    ] as const) {
      let asked = 0;
      const found = largestFit(most, (value) => {
        asked += 1;
        return value <= bound;
      });
      expect(found).to.equal(Math.min(most, bound));
      expect(asked).to.be.at.most(54);
    }
  });

  it("finds nothing where not even 1 fits, or nothing may be tried", () => {
    expect(largestFit(10, () => false)).to.equal(undefined);
    expect(largestFit(0, () => true)).to.equal(undefined);
  });
});

describe("largestDivisor", () => {
  it("is the largest that a search through all finds", () => {
    const numbers = fc.integer({ min: 1, max: 5000 });
    fc.assert(
      fc.property(numbers, numbers, (number, most) => {
        let expected = Math.min(number, most);
        while (number % expected !== 0) expected -= 1;
        expect(largestDivisor(number, most)).to.equal(expected);
      }),
    );
  });

  it("takes no time for large numbers", () => {
    expect(largestDivisor(1e12, 1e11 + 1)).to.equal(1e11);
    expect(largestDivisor(1e12, 1023)).to.equal(1000);
    expect(largestDivisor(999_999_999_989, 1e9)).to.equal(1);
  });
});
