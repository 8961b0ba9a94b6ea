import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ScratchProject } from "../support/scratch-project.js";
import { checkpointOf, digestOf, readRows } from "../support/tiny-run.js";

/** The compiled engine with less memory than the plan knows of, so that ONNX Runtime itself is refused some. */
const tightPlugin = {
  "package.json": JSON.stringify({
    name: "codex-plugin-tight",
    version: "1.0.0",
    type: "module",
    exports: "./index.js",
    keywords: ["codex-plugin"],
    codex: { api: "^1.0", provides: { compute: { tight: { schema: "./tight.schema.json" } } } },
  }),
  "tight.schema.json": JSON.stringify({ type: "object", properties: { bytes: { type: "integer" } } }),
  "index.js": `
    import { ComputePoint, definePlugin } from "codex-core";
    import { computeOnnxOptions, createOnnxBackend } from "codex-plugin-compute-onnx";
    const validate = (value) => ({ value });
    export default definePlugin({
      name: "codex-plugin-tight",
      register: (registrar) =>
        registrar.provide(ComputePoint, "tight", {
          options: { "~standard": { version: 1, vendor: "tight", validate } },
          create: (_, { bytes }) => createOnnxBackend(computeOnnxOptions.parse({ native: false, memoryLimitBytes: bytes })),
        }),
    });`,
};

const config = {
  plugins: ["./tight"],
  data: { type: "text", paths: ["book.txt"], validationFraction: 0.2 },
  tokenizer: { type: "char" },
  model: { type: "gpt", layerCount: 2, headCount: 2, embedDim: 32, contextLength: 32 },
  schedule: { warmupSteps: 1 },
  trainer: { maxSteps: 3, microBatch: 16, evalEvery: 3 },
  checkpoint: { every: 1 },
  // A step of 16 sequences takes 3.4 MB between its operators, of 8 half of that; what stays in memory takes 0.5 MB.
  compute: { type: "tight", bytes: 2_600_000 },
};

describe("a training for which there is too little memory", function () {
  this.timeout(60_000);
  let project: ScratchProject;

  before(() => {
    const lines = Array.from({ length: 200 }, (_, index) => `${index} whales swam ${(index * 7) % 5} miles.`);
    project = new ScratchProject([
      { name: "book.txt", text: lines.join("\n") },
      { name: "codex.config.ts", text: `export default ${JSON.stringify(config)};` },
    ]);
    mkdirSync(join(project.folder, "tight"));
    for (const [name, text] of Object.entries(tightPlugin)) writeFileSync(join(project.folder, "tight", name), text);
  });

  after(() => project.dispose());

  const train = (folder: string, ...args: string[]) => project.command(["train", "--output-dir", folder, ...args]);
  const rows = (folder: string, file: string) => readRows(join(project.folder, folder, file));
  const losses = (folder: string) => {
    const all = rows(folder, "metrics.ndjson").map((row) => row["train/loss"] ?? row["eval/loss"]);
    return all.filter((loss) => loss !== undefined) as number[];
  };

  it("fails with the plan's figures, or goes on with half the microBatch where it may", async () => {
    const failed = await train("failed");
    const halved = await train("halved", "trainer.halveMicroBatch=true");
    const whole = await train("whole", "compute.bytes=100000000");
    expect(failed.code).to.equal(1);
    expect(failed.stderr)
      .to.match(/^CODEX_COMPUTE_MEMORY: The program gradients-fresh /m)
      .and.match(/^Why: The plan foretold at least .*\(parameters .*, activations .*\) of .*; .* are free now\.$/m)
      .and.match(/^Fix: Set trainer\.halveMicroBatch, /m);

    expect(halved.code, halved.stderr).to.equal(0);
    const sizes = "a microBatch of 8 and 2 gradAccumSteps";
    expect(halved.stderr).to.include(
      `Warning: Memory was short: the run goes on with ${sizes}, over the same sequences.`,
    );
    const [event, ...others] = rows("halved", "events.ndjson").filter((row) => row.event === "microBatchHalved");
    expect(others).to.deep.equal([]);
    expect(event).to.include({ microBatch: 8, gradAccumSteps: 2 });
    expect(event?.reason).to.match(/gradients-fresh/);
    expect(rows("halved", "log.ndjson").filter(({ message }) => String(message).includes(sizes))).to.have.length(1);

    expect(whole.code, whole.stderr).to.equal(0);
    const [found, expected] = [losses("halved"), losses("whole")];
    expect(found).to.have.length(4);
    for (const [index, loss] of expected.entries()) expect(found[index]).to.be.closeTo(loss, 1e-5 * loss);
  });

  it("is resumed in the portions that it had, where there is memory again, to the same bits", async () => {
    const from = checkpointOf(join(project.folder, "halved"), 2);
    const resumed = await train("resumed", "--resume-from", from, "compute.bytes=100000000");
    expect(resumed.code, resumed.stderr).to.equal(0);
    const bits = (folder: string) => digestOf(join(checkpointOf(join(project.folder, folder), 3), "model.safetensors"));
    expect(bits("resumed")).to.equal(bits("halved"));
    expect(bits("resumed")).to.not.equal(bits("whole"));
  });
});
