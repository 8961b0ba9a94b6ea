import { expect } from "chai";
import { createPermutation } from "#src/rows/permutation.js";

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
