import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ScratchProject } from "./scratch-project.js";
import { checkpointOf, digestOf, readRows } from "./tiny-run.js";

/** A backend that trains with too little memory. */
export interface TightBackend {
  /** Its package, and the call that makes it with most `bytes` of memory. */
  readonly from: string;
  readonly create: string;
  /** Enough for a step of 8 sequences, and too little for one of 16. */
  readonly bytes: number;
}

/** The backend with less memory than the plan knows of, so that it is the backend itself that is refused some. */
const tightPlugin = ({ from, create }: TightBackend) => ({
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
    import * as plugin from "${from}";
    const validate = (value) => ({ value });
    export default definePlugin({
      name: "codex-plugin-tight",
      register: (registrar) =>
        registrar.provide(ComputePoint, "tight", {
          options: { "~standard": { version: 1, vendor: "tight", validate } },
          create: (_, { bytes }) => plugin.${create},
        }),
    });`,
});

const configOf = ({ bytes }: TightBackend) => ({
  plugins: ["./tight"],
  data: { type: "text", paths: ["book.txt"], validationFraction: 0.2 },
  tokenizer: { type: "char" },
  model: { type: "gpt", layerCount: 2, headCount: 2, embedDim: 32, contextLength: 32 },
  schedule: { warmupSteps: 1 },
  trainer: { maxSteps: 3, microBatch: 16, evalEvery: 3 },
  checkpoint: { every: 1 },
  compute: { type: "tight", bytes },
});

/** Registers the tests of trainings on a backend that has too little memory. */
export function describeShortMemory(backend: TightBackend): void {
  let project: ScratchProject;

  before(() => {
    const lines = Array.from({ length: 200 }, (_, index) => `${index} whales swam ${(index * 7) % 5} miles.`);
    project = new ScratchProject([
      { name: "book.txt", text: lines.join("\n") },
      { name: "codex.config.ts", text: `export default ${JSON.stringify(configOf(backend))};` },
    ]);
    mkdirSync(join(project.folder, "tight"));
    for (const [name, text] of Object.entries(tightPlugin(backend)))
      writeFileSync(join(project.folder, "tight", name), text);
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
}
