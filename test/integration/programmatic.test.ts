import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { createTemporaryFolder, removeTemporaryFolders } from "codex-core/testing";
import { repositoryRoot } from "../support/repository.js";

const run = promisify(execFile);

describe("examples/programmatic", () => {
  afterEach(removeTemporaryFolders);

  it("trains with a schedule of its own, into a folder with a space", async () => {
    const folder = await createTemporaryFolder();
    const script = join(repositoryRoot, "examples/programmatic/train.mjs");
    const overrides = [`run.outputDir=${join(folder, "run")}`, `run.cacheDir=${join(folder, "cache")}`];
    const { stdout } = await run(process.execPath, [script, "trainer.maxSteps=6", "compute.type=wasm", ...overrides], {
      cwd: folder,
    });
    expect(stdout.split("\n")[5]).to.match(/^step 6 {2}loss \d\.\d{3}$/);
    expect(stdout).to.include(`all of it in ${join(folder, "run")}`);
    const rows = (await readFile(join(folder, "run/metrics.ndjson"), "utf8")).trim().split("\n");
    const rates = rows.map((row) => JSON.parse(row)["train/learningRate"]).filter((rate) => rate !== undefined);
    const expected = [1, 2, 3, 4, 5, 6].map((step) => 1e-3 * Math.min(step / 7 / 0.4, (1 - step / 7) / 0.6));
    expect(rates).to.have.length(6);
    for (const [index, rate] of rates.entries()) expect(rate).to.be.closeTo(expected[index]!, 1e-9);
  });
});
