import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { availableCores } from "codex-core";
import { repositoryRoot } from "../support/repository.js";
import { ScratchProject } from "../support/scratch-project.js";

const config = {
  data: { type: "text", paths: ["book.txt"] },
  tokenizer: { type: "char" },
  model: { type: "gpt", layerCount: 1, headCount: 2, embedDim: 16, contextLength: 16 },
  trainer: { logEvery: 1, maxSteps: 8, microBatch: 2, evalEvery: 4, evalBatches: 2 },
  checkpoint: { every: 1 },
};

describe("threads of a training", function () {
  this.timeout(30_000);
  let project: ScratchProject;

  beforeEach(function () {
    // Other systems do not list a process's threads as files.
    if (process.platform !== "linux") this.skip();
    project = new ScratchProject([{ name: "codex.config.json", text: JSON.stringify(config) }]);
  });

  afterEach(() => project?.dispose());

  /** The most threads beyond Node's own, with a book of about so many bytes. */
  async function mostThreads(sizeBytes: number, workers: 0 | "default", threads: number) {
    const line = "The whale swam on, and the sea was as it had been.\n";
    writeFileSync(join(project.folder, "book.txt"), line.repeat(Math.ceil(sizeBytes / line.length)));
    const script = join(repositoryRoot, "test/support/run-counting-threads.mjs");
    const args = [script, project.folder, String(workers), String(threads)];
    const { code, stdout, stderr } = await project.run(process.execPath, args);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as { readonly preparing: number; readonly training: number };
  }

  it("are the data's while it prepares, then one that saves beside those that compute", async () => {
    const enoughForEncoders = 5 * 2 ** 20;
    const { preparing, training } = await mostThreads(enoughForEncoders, "default", 1);
    expect(preparing).to.equal(Math.min(8, availableCores() - 1));
    expect(training).to.equal(1);
  });

  it("that compute are the caller's and, asleep while others work, those of each session", async () => {
    const { training } = await mostThreads(4096, 0, 3);
    const saving = 1;
    expect((training - saving) / (3 - 1)).to.be.oneOf([1, 2, 3, 4]);
  });
});
