import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { checkDisk, freeBytesAt } from "#src/plan/disk-space.js";
import { planRun } from "#src/plan/plan-run.js";
import { Problems } from "#src/plan/problems.js";
import { facts } from "./fake-facts.js";

describe("checkDisk", () => {
  // Three checkpoints of 12 MB.
  const check = (freeBytes: number | undefined, kept = 0, plan = planRun(facts)) => {
    const problems = new Problems();
    const warnings = checkDisk(plan, { folder: "/runs", freeBytes, kept }, problems);
    return { warnings, error: problems.found[0] };
  };

  it("refuses where not even one checkpoint has room", () => {
    const { error, warnings } = check(12e6 - 1);
    expect(error).to.include({ code: "CODEX_PLAN_DISK", exitCode: 2, where: "config → run.outputDir" });
    expect(error!.what).to.equal("A checkpoint takes 11.4 MiB; 11.4 MiB are free on the disk of /runs.");
    expect(error!.fix).to.include("run.outputDir");
    expect(warnings).to.deep.equal([]);
  });

  it("warns where not all checkpoints have room, less those that are there", () => {
    for (const [freeBytes, kept, count] of [
      [36e6, 0, 0],
      [36e6 - 1, 0, 1],
      [36e6 - 1, 1, 0],
      [12e6, 2, 0],
      [12e6, 1, 1],
      [12e6, 9, 0],
    ] as const) {
      const { error, warnings } = check(freeBytes, kept);
      expect(error).to.equal(undefined);
      expect(warnings, `${freeBytes} free, ${kept} kept`).to.have.length(count);
    }
    expect(check(36e6 - 1).warnings[0])
      .to.include("34.3 MiB at the most")
      .and.include("are free on the disk of /runs");
  });

  it("checks nothing of what nobody tells", () => {
    expect(check(undefined)).to.deep.equal({ warnings: [], error: undefined });
    expect(check(0, 0, planRun({ ...facts, checkpoint: {} }))).to.deep.equal({ warnings: [], error: undefined });
  });
});

describe("freeBytesAt", () => {
  it("asks of the nearest folder that is there", async () => {
    const free = await freeBytesAt(tmpdir());
    expect(free).to.be.above(0);
    expect(await freeBytesAt(join(tmpdir(), "not", "there"))).to.be.closeTo(free!, 0.5 * free!);
  });
});
