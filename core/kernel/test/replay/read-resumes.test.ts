import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { readResumes } from "#src/replay/read-resumes.js";

describe("readResumes", () => {
  let run: string;

  beforeEach(async () => {
    run = await createTemporaryFolder();
    await writeFile(join(run, "config.yaml"), "trainer: { maxSteps: 60 }\ntracker: { files: {} }\n");
  });

  afterEach(removeTemporaryFolders);

  /** A checkpoint that was saved by a part of the run with this config. */
  async function addCheckpoint(step: number, config: string): Promise<string> {
    const folder = join(run, "checkpoints", `step-${step}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "config.yaml"), config);
    return folder;
  }

  const start = (resumedAtStep?: number, resumedFrom?: string) => ({
    event: "runStart",
    ...(resumedFrom === undefined ? {} : { resumedAtStep: resumedAtStep ?? 0, resumedFrom }),
  });

  it("tells which options were others, but not of trackers, callbacks and saves", async () => {
    const config = "trainer: { maxSteps: 40, evalEvery: 20 }\ncallback: { mine: {} }\ncheckpoint: { every: 2 }\n";
    const from = await addCheckpoint(40, config);
    expect(await readResumes(run, [start(), start(40, from)])).to.deep.equal([
      {
        step: 40,
        checkpoint: from,
        changed: [
          { key: "trainer.maxSteps", first: 40, second: 60 },
          { key: "trainer.evalEvery", first: 20 },
        ],
      },
    ]);
  });

  it("finds nothing changed where the options are the same, and nothing known where the checkpoint is gone", async () => {
    const from = await addCheckpoint(40, "trainer: { maxSteps: 60 }\n");
    const gone = join(run, "checkpoints/step-20");
    const resumes = await readResumes(run, [start(), start(20, gone), start(40, from)]);
    expect(resumes).to.deep.equal([
      { step: 20, checkpoint: gone },
      { step: 40, checkpoint: from, changed: [] },
    ]);
  });

  it("passes over what is of a line that the run left", async () => {
    const from = await addCheckpoint(20, "trainer: { maxSteps: 40 }\n");
    const steps = async (events: Parameters<typeof readResumes>[1]) =>
      (await readResumes(run, events)).map(({ step }) => step);
    expect(await steps([start(), start(40, from), start(20, from)])).to.deep.equal([20]);
    expect(await steps([start(), start(20, from), start(20, from)])).to.deep.equal([20]);
    expect(await steps([start(), start(20, from), start()])).to.deep.equal([]);
  });
});
