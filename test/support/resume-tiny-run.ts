import { expect } from "chai";
import type { ScratchProject } from "./scratch-project.js";
import { checkpointOf, readBits, tinySteps, trainTiny } from "./tiny-run.js";

/** Trains a tiny run without a stop, over more than two epochs. Gives its folder. */
export async function trainWhole(project: ScratchProject): Promise<string> {
  let epoch = 0;
  const observer = {
    stepEnd: (report: { readonly epoch: number }) => {
      epoch = report.epoch;
    },
  };
  const { folder, outcome } = await trainTiny(project, "whole", { observer });
  expect(outcome).to.deep.include({ status: "finished", reason: "earlyStopping", step: tinySteps });
  expect(epoch).to.be.greaterThan(2);
  const { checkpoints, metrics, samples } = readBits(folder);
  expect(Object.keys(checkpoints)).to.have.length(2 * tinySteps);
  expect(new Set(Object.values(checkpoints)).size).to.equal(2 * tinySteps);
  expect(metrics.filter((row) => "eval/loss" in row)).to.have.length(5);
  expect(samples.map((sample) => (sample as { readonly step: number }).step)).to.include.members([3, 6, 9]);
  return folder;
}

/** Resumes from a step of the whole run in another folder, and compares all that comes after it. */
export async function expectSameBitsFrom(step: number, project: ScratchProject, whole: string): Promise<void> {
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
}
