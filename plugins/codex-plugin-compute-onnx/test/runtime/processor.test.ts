import { expect } from "chai";
import { describeProcessor } from "#src/runtime/processor.js";

const block = (flags: string) => `processor : 0\nflags\t\t: fpu ${flags} ht\n`;

describe("describeProcessor", () => {
  it("tells the instruction set", () => {
    expect(describeProcessor(block("avx2"), "x64").instructionSet).to.equal("avx2");
    expect(describeProcessor(block("avx2 avx512f"), "x64").instructionSet).to.equal("avx512");
  });

  it("takes the architecture where nothing tells", () => {
    expect(describeProcessor("", "arm64").instructionSet).to.equal("neon");
    expect(describeProcessor("", "x64").instructionSet).to.equal("x64");
  });
});
