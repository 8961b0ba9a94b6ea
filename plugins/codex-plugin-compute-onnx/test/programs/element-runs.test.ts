import { expect } from "chai";
import { planElementRuns } from "#src/programs/element-runs.js";

/** Memory of tensors side by side in one buffer, each start aligned to 16 elements. */
function sideBySide(...lengths: number[]): Float32Array[] {
  const buffer = new ArrayBuffer(4096);
  let start = 0;
  return lengths.map((length) => {
    const memory = new Float32Array(buffer, start * 4, length);
    start += Math.ceil(length / 16) * 16;
    return memory;
  });
}

const members = (...ports: Float32Array[][]) => ports[0]!.map((_, i) => ports.map((port) => port[i]!));

describe("planElementRuns", () => {
  it("joins neighbours across alignment gaps, in any order of members", () => {
    const all = members(sideBySide(20, 16, 5), sideBySide(20, 16, 5));
    const runs = planElementRuns([all[2]!, all[0]!, all[1]!], 1000);
    expect(runs.map((run) => run.length)).to.deep.equal([53]);
  });

  it("does not join where one port has another distance or buffer", () => {
    const apart = members(sideBySide(16, 16), [new Float32Array(16), new Float32Array(16)]);
    expect(planElementRuns(apart, 1000)).to.have.length(2);
    const shifted = members(sideBySide(16, 16), [sideBySide(16, 16, 16)[0]!, sideBySide(16, 16, 16)[2]!]);
    expect(planElementRuns(shifted, 1000)).to.have.length(2);
  });

  it("cuts runs into slices that cover every element once", () => {
    const runs = planElementRuns(members(sideBySide(20, 16, 5)), 16);
    expect(runs.map((run) => [run.memories[0]!.byteOffset / 4, run.length])).to.deep.equal([
      [0, 16],
      [16, 16],
      [32, 16],
      [48, 5],
    ]);
  });

  it("leaves out members without elements", () => {
    expect(planElementRuns(members([new Float32Array(0)]), 16)).to.deep.equal([]);
  });
});
