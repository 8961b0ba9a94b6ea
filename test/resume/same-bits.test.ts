import { join } from "node:path";
import { expect } from "chai";
import { rejection } from "codex-core/testing";
import type { ScratchProject } from "../support/scratch-project.js";
import { checkpointOf, createTinyProject, readBits, tinySteps, trainTiny } from "../support/tiny-run.js";

describe("a resumed run", function () {
  this.timeout(60_000);
  let project: ScratchProject;
  let whole: string;

  before(async () => {
    project = createTinyProject();
    let epoch = 0;
    const observer = {
      stepEnd: (report: { readonly epoch: number }) => {
        epoch = report.epoch;
      },
    };
    const { folder, outcome } = await trainTiny(project, "whole", { observer });
    whole = folder;
    expect(outcome).to.deep.include({ status: "finished", reason: "earlyStopping", step: tinySteps });
    expect(epoch).to.be.greaterThan(2);
    const { checkpoints, metrics, samples } = readBits(whole);
    expect(Object.keys(checkpoints)).to.have.length(2 * tinySteps);
    expect(new Set(Object.values(checkpoints)).size).to.equal(2 * tinySteps);
    expect(metrics.filter((row) => "eval/loss" in row)).to.have.length(5);
    expect(samples.map((sample) => (sample as { readonly step: number }).step)).to.include.members([3, 6, 9]);
  });

  after(() => project.dispose());

  for (let step = 1; step < tinySteps; step++) {
    it(`has the bits of an uninterrupted one from step ${step} on, in another folder`, async () => {
      const warnings: string[] = [];
      const { folder, outcome } = await trainTiny(
        project,
        `from ${step}`,
        { resumeFrom: checkpointOf(whole, step), observer: { warning: (text) => warnings.push(text) } },
        ["run.requireExact=true"],
      );
      expect(outcome).to.deep.include({ reason: "earlyStopping", step: tinySteps });
      expect(readBits(folder, step)).to.deep.equal(readBits(whole, step));
      expect(warnings).to.deep.equal([]);
    });
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
