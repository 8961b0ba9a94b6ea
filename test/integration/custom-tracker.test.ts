import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { type PluginDefinition, type Tracker, TrackerPoint } from "codex-core";
import {
  createFromPlugin,
  createMetricsRecords,
  createRunDescription,
  createTemporaryFolder,
  describeTracker,
  removeTemporaryFolders,
} from "codex-core/testing";
import { repositoryRoot } from "../support/repository.js";

const entry = pathToFileURL(join(repositoryRoot, "examples/custom-tracker/index.js")).href;

async function createCurve(options: object = {}): Promise<Tracker> {
  const { default: plugin } = (await import(entry)) as { default: PluginDefinition };
  return createFromPlugin(plugin, TrackerPoint, "curve", { options });
}

describeTracker("the example tracker", async (folder) => {
  await writeFile(join(folder, "metrics.ndjson"), "", { flag: "a" });
  return createCurve();
});

describe("examples/custom-tracker", () => {
  afterEach(removeTemporaryFolders);

  it("draws a curve for each metric, and a record that comes twice once", async () => {
    const folder = await createTemporaryFolder();
    const tracker = await createCurve({ metrics: ["train/loss", "<other>"] });
    await tracker.open(createRunDescription(folder));
    const { signal } = new AbortController();
    await tracker.write(createMetricsRecords(1, 4), signal);
    await tracker.write(createMetricsRecords(3, 5), signal);
    await tracker.close({ status: "finished", endedAtMs: 0 });
    const drawing = await readFile(join(folder, "curve.svg"), "utf8");
    const [first] = /points="([^"]+)"/.exec(drawing)!.slice(1);
    expect(first!.split(" ")).to.have.length(5);
    expect(drawing).to.contain("&#60;other&#62;").and.contain("step 1 to 5");
  });
});
