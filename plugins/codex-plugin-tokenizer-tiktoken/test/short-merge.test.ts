import { expect } from "chai";
import fc from "fast-check";
import { mergeBytePairs } from "#src/byte-pair-merge.js";
import { loadEncoding } from "#src/encoding.js";
import { ShortMerge, shortLength } from "#src/short-merge.js";

describe("ShortMerge", () => {
  it("merges as the heap does, and as itself when it remembers pairs", async () => {
    const { ranks } = (await loadEncoding("gpt2")).table;
    const merge = new ShortMerge(ranks);
    const letters = fc.string({ unit: fc.constantFrom(..." abehinorst"), minLength: 1, maxLength: shortLength });
    const bytes = fc
      .uint8Array({ minLength: 1, maxLength: shortLength })
      .map((each) => Buffer.from(each).toString("latin1"));
    fc.assert(
      fc.property(fc.oneof(letters, bytes), (text) => {
        expect(merge.merge(text)).to.deep.equal(mergeBytePairs(text, ranks));
      }),
      { numRuns: 3000 },
    );
  });
});
