import { expect } from "chai";
import { dropoutMaskValues, philox } from "codex-nn";

describe("dropoutMaskValues", () => {
  it("takes 16 bits an element from Philox at (block, site, microStep, step), low half first", () => {
    const mask = dropoutMaskValues([11, 12, 13, 14], [3, 3], 0.4, 15);
    const threshold = Math.round(0.4 * 65536);
    const kept = Math.fround(65536 / (65536 - threshold));
    const bits = [0, 1].flatMap((block) =>
      [...philox([11, 12], [block, 15, 14, 13])].flatMap((word) => [word & 0xffff, word >>> 16]),
    );
    expect([...mask]).to.deep.equal(bits.slice(0, 9).map((value) => (value >= threshold ? kept : 0)));
  });

  it("drops the asked share and keeps the mean at 1", () => {
    for (const rate of [0.1, 0.5, 0.9]) {
      const mask = dropoutMaskValues([1, 0, 0, 0], [300, 300], rate, 0);
      expect(mask.filter((value) => value === 0).length / mask.length).to.be.closeTo(rate, 0.005);
      expect(mask.reduce((sum, value) => sum + value, 0) / mask.length).to.be.closeTo(1, 0.03);
    }
  });

  it("is all ones at rate 0, and another mask at another step, microStep, site and seed", () => {
    expect([...dropoutMaskValues([1, 2, 3, 4], [5], 0, 0)]).to.deep.equal([1, 1, 1, 1, 1]);
    const masks = [
      dropoutMaskValues([1, 2, 3, 4], [64], 0.5, 5),
      dropoutMaskValues([9, 2, 3, 4], [64], 0.5, 5),
      dropoutMaskValues([1, 9, 3, 4], [64], 0.5, 5),
      dropoutMaskValues([1, 2, 9, 4], [64], 0.5, 5),
      dropoutMaskValues([1, 2, 3, 9], [64], 0.5, 5),
      dropoutMaskValues([1, 2, 3, 4], [64], 0.5, 9),
    ];
    expect(new Set(masks.map(String)).size).to.equal(masks.length);
  });
});
