import { join } from "node:path";
import { expect } from "chai";
import { rejection } from "codex-core/testing";
import { expectSameBitsFrom, trainWhole } from "../support/resume-tiny-run.js";
import type { ScratchProject } from "../support/scratch-project.js";
import { checkpointOf, createTinyProject, readBits, tinySteps, trainTiny } from "../support/tiny-run.js";

describe("a resumed run", function () {
  this.timeout(60_000);
  let project: ScratchProject;
  let whole: string;

  before(async () => {
    project = createTinyProject();
    whole = await trainWhole(project);
  });

  after(() => project.dispose());

  // The first, the last before one whose sequences are of two epochs, and the last, where an epoch has just ended.
  for (const step of [1, 4, tinySteps - 1]) {
    it(`has the bits of an uninterrupted one from step ${step} on, in another folder`, () =>
      expectSameBitsFrom(step, project, whole));
  }

  it("has them with more steps than it was begun with, where nothing but its end depends on their number", async () => {
    const free = ["schedule={type: constant, warmupSteps: 3}", "~trainer.earlyStopping", "run.requireExact=true"];
    const { folder } = await trainTiny(project, "free", {}, [...free, "trainer.maxSteps=8"]);
    await trainTiny(project, "begun", {}, [...free, "trainer.maxSteps=3"]);
    const begun = { resumeFrom: join(project.folder, "begun") };
    const longer = await trainTiny(project, "longer", begun, [...free, "trainer.maxSteps=8"]);
    expect(readBits(longer.folder, 3)).to.deep.equal(readBits(folder, 3));
    for (const uses of ["schedule.type=cosine", "+trainer.earlyStopping.patience=9"]) {
      const settings = [...free.filter((word) => !uses.startsWith("schedule") || !word.startsWith("schedule")), uses];
      await trainTiny(project, uses, {}, [...settings, "trainer.maxSteps=3"]);
      const error = await rejection(
        () =>
          trainTiny(project, "not", { resumeFrom: join(project.folder, uses) }, [...settings, "trainer.maxSteps=8"]),
        "CODEX_RUN_RESUME_INEXACT",
      );
      expect(error.message).to.include("trainer.maxSteps was 3, is 8");
    }
  });

  it("has them in its own folder, stopped by a signal twice", async () => {
    for (const stopAt of [4, 7]) {
      const stop = new AbortController();
      const observer = { stepEnd: ({ step }: { readonly step: number }) => void (step === stopAt && stop.abort()) };
      const { outcome } = await trainTiny(project, "stopped", {
        resumeFrom: "latest",
        signal: stop.signal,
        observer,
      });
      expect(outcome).to.deep.include({ status: "interrupted", step: stopAt });
    }
    const { folder } = await trainTiny(project, "stopped", { resumeFrom: "latest" });
    expect(readBits(folder)).to.deep.equal(readBits(whole));
  });

  it("has them in another process, in another project's folder, with two threads", async () => {
    const other = createTinyProject();
    try {
      const { code, stderr } = await other.codex([
        "train",
        "--resume-from",
        checkpointOf(whole, 5),
        "--output-dir",
        "elsewhere",
        "compute.threads=2",
        "run.requireExact=true",
      ]);
      expect(stderr).to.equal("");
      expect(code).to.equal(0);
      expect(readBits(join(other.folder, "elsewhere"), 5)).to.deep.equal(readBits(whole, 5));
    } finally {
      other.dispose();
    }
  });
});
