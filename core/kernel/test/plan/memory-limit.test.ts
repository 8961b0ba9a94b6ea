import { totalmem } from "node:os";
import { expect } from "chai";
import { memoryLimit } from "#src/plan/memory-limit.js";

describe("memoryLimit", () => {
  it("is what compute may take, else what is free, else what the container may have", () => {
    expect(memoryLimit({ memoryLimitBytes: 5 }, 3)).to.deep.equal({ bytes: 5, from: "compute.memoryLimitBytes" });
    expect(memoryLimit({}, 3)).to.deep.equal({ bytes: 3, from: "the container's limit" });
    for (const unlimited of [0, 2 ** 64]) {
      const { bytes, from } = memoryLimit({}, unlimited);
      expect(from).to.equal("free memory");
      expect(bytes).to.be.within(1, totalmem());
    }
  });
});
