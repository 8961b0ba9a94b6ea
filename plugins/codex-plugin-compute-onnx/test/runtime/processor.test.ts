import { availableParallelism } from "node:os";
import { expect } from "chai";
import { describeProcessor } from "#src/runtime/processor.js";

const block = (core: number, flags: string) =>
  `processor : 0\nphysical id : 0\ncore id : ${core}\nflags\t\t: fpu ${flags} ht\n`;

describe("describeProcessor", () => {
  it("counts cores, not hardware threads, and tells the instruction set", () => {
    const hyperthreaded = [block(0, "avx2"), block(0, "avx2")].join("\n");
    expect(describeProcessor(hyperthreaded, "x64")).to.include({ physicalCores: 1, instructionSet: "avx2" });
    expect(describeProcessor(block(0, "avx2 avx512f"), "x64").instructionSet).to.equal("avx512");
  });

  it("takes what it may use where nothing tells", () => {
    expect(describeProcessor("", "arm64")).to.include({
      physicalCores: availableParallelism(),
      instructionSet: "neon",
    });
    expect(describeProcessor("", "x64").instructionSet).to.equal("x64");
  });
});
