import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { ScratchProject } from "../support/scratch-project.js";

const tiny = ["model.layerCount=1", "model.headCount=2", "model.embedDim=16", "model.contextLength=16"];
const common = ["train", "--config", "debug", "--texts", "README.md", ...tiny, "trainer.microBatch=2"];

/** Changes four bytes in the middle of a file. */
async function damage(path: string): Promise<void> {
  const file = await open(path, "r+");
  const { size } = await file.stat();
  await file.write("oops", Math.floor(size / 2));
  await file.close();
}

describe("codex replay", function () {
  this.timeout(60_000);
  let project: ScratchProject;

  before(() => {
    project = new ScratchProject();
  });

  after(() => project.dispose());

  async function train(folder: string, ...options: readonly string[]): Promise<void> {
    const { code, stderr } = await project.command([...common, "--output-dir", folder, ...options]);
    expect(code, stderr).to.equal(0);
  }

  it("finds a run identical, until a checkpoint of it is damaged, which it names", async () => {
    await train("runs/whole", "trainer.maxSteps=4", "checkpoint.every=2");
    const same = await project.command(["replay", "runs/whole", "--quiet"]);
    expect(same.code, same.stdout).to.equal(0);
    expect(same.stdout, "nothing but the answer").to.match(/^Identical: .* 2 checkpoints.*\n$/);
    await damage(join(project.folder, "runs/whole/checkpoints/step-00000002/model.safetensors"));
    const { code, stdout } = await project.command(["replay", "runs/whole"]);
    expect(code).to.equal(1);
    expect(stdout)
      .to.match(/^Different: /m)
      .and.match(/^Damaged: runs\/whole\/checkpoints\/step-00000002: CODEX_CHECKPOINT_CORRUPT: model\.safetensors /m)
      .and.not.include("differ in the checkpoints");
  });

  it("says that a run went on with other options, and blames nothing that it leaves out itself", async () => {
    await train("runs/mine", "trainer.maxSteps=4", "trainer.evalEvery=1");
    await train("runs/mine", "trainer.maxSteps=6", "trainer.evalEvery=3", "--resume-from", "latest");
    const { code, stdout } = await project.command(["replay", "runs/mine"]);
    expect(code).to.equal(1);
    const causes = stdout.slice(stdout.indexOf("What may have changed the numbers:"));
    expect(causes)
      .to.include("the run went on at step 4 with other options")
      .and.include("trainer.evalEvery was 1, is 3")
      .and.not.include("callback")
      .and.not.include("plugin");
    expect(stdout).to.not.include("Damaged");
  });
});
