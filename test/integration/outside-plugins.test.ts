import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { StepReport } from "codex-core";
import { createKernel } from "codex-core/kernel";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { repositoryRoot } from "../support/repository.js";

const outside = (name: string) => join(repositoryRoot, "test/fixtures/plugins", name);
const plugins = ["codex-plugin-outside-esm", "codex-plugin-outside-cjs", "codex-plugin-outside-lm"].map(outside);
const text = Array.from({ length: 400 }, (_, line) => `line ${line % 17} says ${line % 5} and ${line % 7}.\n`).join("");

describe("plugins from outside the repository", () => {
  let folder = "";

  beforeEach(async () => {
    folder = await createTemporaryFolder();
    await writeFile(join(folder, "lines.txt"), text);
  });
  afterEach(removeTemporaryFolders);

  const createTrainable = (computeType: string, maxSteps: number) =>
    createKernel({
      projectFolder: repositoryRoot,
      plugins,
      config: {
        run: { name: "outside", seed: 5, outputDir: join(folder, computeType), cacheDir: join(folder, "cache") },
        data: { type: "text", paths: [join(folder, "lines.txt")] },
        tokenizer: { type: "char" },
        model: { type: "shift-mixer", embedDim: 16, hiddenDim: 24, contextLength: 12 },
        objective: { type: "smoothed", smoothing: 0.05 },
        optimizer: { type: "lion", learningRate: 3e-3 },
        schedule: { type: "constant" },
        trainer: { type: "lm", maxSteps, microBatch: 4, gradAccumSteps: 2, clipNorm: 1, evalEvery: maxSteps },
        compute: { type: computeType },
        tracker: { "outside-esm": {}, notes: { type: "outside-cjs", everySteps: 2 } },
      },
    });

  const train = async (computeType: string, maxSteps = 20) => {
    const kernel = await createTrainable(computeType, maxSteps);
    const steps: StepReport[] = [];
    const result = await kernel.train({ observer: { stepEnd: (report) => steps.push(report) } });
    return { kernel, result, losses: steps.map((report) => report.metrics["train/loss"]!) };
  };

  for (const computeType of ["onnx", "wasm"]) {
    it(`train on ${computeType}, with model, objective, optimizer and trackers their own`, async () => {
      const { kernel, result, losses } = await train(computeType);
      expect(losses).to.have.length(20);
      expect(losses[19]!).to.be.below(losses[0]! * 0.8);
      const files = await readdir(result.folder);
      expect(files).to.include.members(["outside-esm.jsonl", "outside-cjs.txt", "metrics.ndjson"]);

      const lines = (await readFile(join(result.folder, "outside-esm.jsonl"), "utf8")).trimEnd().split("\n");
      const records = lines.map((line) => JSON.parse(line));
      expect(records[0]).to.deep.equal({ opened: result.runId });
      expect(records.at(-1)).to.deep.equal({ closed: "finished" });
      const tracked = records.filter((record) => record.metrics && "train/loss" in record.metrics);
      expect(tracked.map((record) => record.metrics["train/loss"])).to.deep.equal(losses);

      const notes = (await readFile(join(result.folder, "outside-cjs.txt"), "utf8")).trimEnd().split("\n");
      expect(notes).to.have.length(11);
      expect(notes[0]).to.equal(`step 2: ${losses[1]}`);
      expect(notes[10]).to.equal("finished");

      let written = "";
      for await (const token of kernel.generate({ checkpoint: result.folder, prompt: "line 3", maxNewTokens: 8 })) {
        written += token.text;
      }
      expect(written.length).to.be.greaterThan(0);
      await kernel.dispose();
    });
  }

  it("give the same losses on every backend", async () => {
    const [compiled, eager] = [await train("onnx", 6), await train("wasm", 6)];
    compiled.losses.forEach((loss, step) => {
      expect(Math.abs(loss - eager.losses[step]!) / loss).to.be.below(1e-5);
    });
    await compiled.kernel.dispose();
    await eager.kernel.dispose();
  });
});
