import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ScratchProject } from "../support/scratch-project.js";

const tiny = ["model.layerCount=2", "model.headCount=2", "model.embedDim=32", "model.contextLength=32"];

describe("codex plan", function () {
  this.timeout(60_000);
  let project: ScratchProject;

  before(() => {
    project = new ScratchProject();
    const lines = Array.from({ length: 400 }, (_, index) => `Line ${index}: the whale was ${index % 7} fathoms long.`);
    writeFileSync(join(project.folder, "book.txt"), lines.join("\n"));
  });

  after(() => project.dispose());

  const codex = (command: string, ...args: string[]) =>
    project.command([command, "--config", "debug", "--texts", "book.txt", ...tiny, ...args]);

  it("plans without tokens, device or folder, and a probe adds the time", async () => {
    const planned = await codex("plan", "--json");
    expect(planned.code, planned.stderr).to.equal(0);
    const plan = JSON.parse(planned.stdout);
    expect(plan).to.deep.include({ fits: true, problems: [], unknown: [], maxSteps: 20, contextLength: 32 });
    expect(plan).to.not.have.property("probe");
    expect(readdirSync(project.folder)).to.not.include(".codex");

    const probed = await codex("plan", "--json", "--probe");
    expect(probed.code, probed.stderr).to.equal(0);
    const { probe } = JSON.parse(probed.stdout);
    expect(probe).to.include({ steps: 10, maxSteps: 20 });
    expect(probe.stepMs.least).to.be.above(0);
    expect(probe.tokensPerSecond).to.be.closeTo((plan.tokensPerStep / probe.stepMs.median) * 1000, 1e-6);
    expect(probe.peakMemoryBytes).to.be.above(100e6);
    expect(existsSync(join(project.folder, "runs"))).to.equal(false);
  });

  it("shows the graphs of a step and of an evaluation, and writes nothing", async () => {
    const untouched = readdirSync(project.folder);
    const asText = await codex("plan", "--graph", "trainer.gradAccumSteps=2");
    const asJson = await codex("plan", "--graph", "--json");
    expect(asText.code, asText.stderr).to.equal(0);
    expect(asText.stdout).to.match(/^graph gradients-fresh$/m);
    expect(asText.stdout).to.match(/^graph gradients-accumulate$/m);
    expect(asText.stdout).to.match(/→ state gradient\/wte\.weight, in place$/m);
    expect(asText.stdout).to.match(/^gradients-fresh: [\d,]+ nodes, at the most .* alive in between$/m);
    const { graphs } = JSON.parse(asJson.stdout);
    expect(graphs.map(({ program }: { program: string }) => program)).to.deep.equal([
      "gradients-fresh",
      "update",
      "evaluate",
    ]);
    expect(graphs[0].peakBytes).to.be.above(graphs[2].peakBytes);
    expect(graphs[0].operators.Gemm.flops).to.be.above(graphs[2].operators.Gemm.flops);
    expect(readdirSync(project.folder)).to.deep.equal(untouched);
  });

  for (const native of [true, false]) {
    it(`counts in the graph of a step the operations that it plans, native: ${native}`, async () => {
      const answer = await codex("plan", "--graph", "--json", `compute.native=${native}`);
      const { graphs, flopsPerStep } = JSON.parse(answer.stdout);
      const operators = Object.values<{ flops: number }>(graphs[0].operators);
      const counted = operators.reduce((sum, { flops }) => sum + flops, 0);
      expect(counted / flopsPerStep).to.be.within(0.95, 1.05);
    });
  }

  it("tells the graphs of an update apart", async () => {
    const { stdout } = await codex("plan", "--graph");
    const headings = stdout.match(/^graph update.*$/gm)!;
    expect(headings[0]).to.match(/^graph update, kind 1 of 2: for each of \d+ tensors, in slices$/);
    expect(headings[1]).to.match(/^graph update, kind 2 of 2: for each of \d+ tensors, in slices$/);
    expect(headings).to.have.length(2);
  });

  it("says all that is wrong, as training does, which leaves no folder", async () => {
    const wrong = ["model.headCount=3", "~trainer.maxSteps"];
    const planned = await codex("plan", ...wrong);
    const trained = await codex("train", ...wrong);
    for (const { code, stderr } of [planned, trained]) {
      expect(code, stderr).to.equal(2);
      expect(stderr)
        .to.match(/^CODEX_PLAN_REFUSED: The run has 2 problems:$/m)
        .and.include("[CODEX_MODEL_HEAD_SPLIT]")
        .and.include("[CODEX_TRAIN_NO_END]");
    }
    expect(existsSync(join(project.folder, "runs"))).to.equal(false);
  });

  it("refuses what cannot fit with a fix that fits, as training does", async () => {
    const { memoryBytes } = JSON.parse((await codex("plan", "trainer.microBatch=8", "--json")).stdout);
    const limit = `+compute.memoryLimitBytes=${memoryBytes}`;
    const wide = ["trainer.microBatch=64", limit];
    const planned = await codex("plan", ...wide);
    const trained = await codex("train", ...wide);
    for (const { code, stderr } of [planned, trained]) {
      expect(code, stderr).to.equal(2);
      expect(stderr).to.match(/^CODEX_PLAN_MEMORY: /m);
    }
    expect(planned.stdout).to.match(/^It does not fit\.$/m);
    expect(existsSync(join(project.folder, "runs"))).to.equal(false);

    const fix = /^Fix: Set (.*?),/m.exec(planned.stderr)?.[1]?.split(" ") ?? [];
    expect(fix).to.have.length(2);
    const fixed = await codex("plan", limit, ...fix, "--json");
    expect(fixed.code, fixed.stdout).to.equal(0);
    expect(JSON.parse(fixed.stdout)).to.include({ fits: true, tokensPerStep: 64 * 32 });
  });

  it("warns of what is hardly meant, as training does", async () => {
    const words = ["trainer.maxSteps=1", "trainer.evalEvery=9"];
    const planned = await codex("plan", ...words);
    const trained = await codex("train", ...words, "--output-dir", "warned");
    const warning = "Warning: trainer.evalEvery is 9, and the run has 1 step: nothing is evaluated before the end.\n";
    expect(planned.stdout).to.include(warning);
    expect(trained.code, trained.stderr).to.equal(0);
    expect(trained.stderr).to.include(warning);
  });
});
