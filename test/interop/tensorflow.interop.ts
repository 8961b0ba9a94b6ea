import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { describeBackend, describeCoreOperators, describeOperators } from "codex-nn/testing";
import { createTensorflowBackend } from "codex-plugin-compute-tensorflow";
import { ScratchProject } from "../support/scratch-project.js";

describe("TensorFlow, installed by `codex compute install`", () => {
  let project: ScratchProject;

  before(async () => {
    project = new ScratchProject();
    const { code, stderr } = await project.codex(["compute", "install", "tensorflow"]);
    expect(code, stderr).to.equal(0);
  });

  after(() => project.dispose());

  describeBackend("tensorflow", () => createTensorflowBackend({ device: "cpu" }));
  describeOperators("tensorflow", () => createTensorflowBackend({ device: "cpu" }));
  describeCoreOperators("tensorflow", () => createTensorflowBackend({ device: "cpu" }));

  async function losses(type: string): Promise<number[]> {
    const sizes = [
      "schedule.warmupSteps=2",
      "checkpoint.every=20",
      "trainer.maxSteps=20",
      "trainer.evalEvery=20",
      "trainer.microBatch=4",
    ];
    const where = ["--output-dir", `runs-${type}`, `compute.type=${type}`];
    const { code, stderr } = await project.codex(["train", "--config", "quickstart", ...where, ...sizes]);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.equal("");
    const metrics = readFileSync(join(project.folder, `runs-${type}`, "metrics.ndjson"), "utf8");
    const rows = metrics
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    return rows.flatMap((row) => row["train/loss"] ?? []);
  }

  it("trains to the losses of the compiled engine", async () => {
    const expected = await losses("onnx");
    const found = await losses("tensorflow");
    expect(found).to.have.length(expected.length).and.length.above(0);
    const distances = found.map((loss, index) => Math.abs(loss / expected[index]! - 1));
    expect(Math.max(...distances)).to.be.below(1e-5);
  });
});
