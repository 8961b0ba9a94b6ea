import { expect } from "chai";
import fc from "fast-check";
import { naturalOrder } from "#src/sources/natural-order.js";

describe("naturalOrder", () => {
  it("counts numbers as numbers", () => {
    const names = ["c10", "c9b", "c1", "c09", "c9a", "b2", "c", "c2/x10", "c2/x9"];
    expect(names.sort(naturalOrder)).to.deep.equal(["b2", "c", "c1", "c2/x9", "c2/x10", "c09", "c9a", "c9b", "c10"]);
  });

  it("orders numbers beyond the exact integers", () => {
    expect(naturalOrder("a9007199254740993", "a9007199254740992")).to.be.greaterThan(0);
  });

  it("is a total order", () => {
    const name = fc.string({ unit: fc.constantFrom("0", "1", "10", "a", "B", "_", "é"), maxLength: 6 });
    fc.assert(
      fc.property(name, name, name, (one, two, three) => {
        expect(Math.sign(naturalOrder(one, two)) + Math.sign(naturalOrder(two, one))).to.equal(0);
        if (naturalOrder(one, two) <= 0 && naturalOrder(two, three) <= 0) {
          expect(naturalOrder(one, three)).to.be.at.most(0);
        }
        expect(naturalOrder(one, two) === 0).to.equal(one === two);
      }),
    );
  });
});
