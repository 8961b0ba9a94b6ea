import { expectSameBitsFrom, trainWhole } from "../support/resume-tiny-run.js";
import type { ScratchProject } from "../support/scratch-project.js";
import { createTinyProject, tinySteps } from "../support/tiny-run.js";

describe("a run that is resumed from each of its steps", function () {
  this.timeout(600_000);
  let project: ScratchProject;
  let whole: string;

  before(async () => {
    project = createTinyProject();
    whole = await trainWhole(project);
  });

  after(() => project.dispose());

  for (let step = 1; step < tinySteps; step++) {
    it(`has the bits of an uninterrupted one from step ${step} on, in another folder`, () =>
      expectSameBitsFrom(step, project, whole));
  }
});
