import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { type Metric, MetricPoint, type PluginDefinition, type ScoredText } from "codex-core";
import { createFromPlugin, describeMetric } from "codex-core/testing";
import { repositoryRoot } from "../support/repository.js";

const entry = pathToFileURL(join(repositoryRoot, "examples/custom-metric/index.js")).href;

async function createBrevity(): Promise<Metric> {
  const { default: plugin } = (await import(entry)) as { default: PluginDefinition };
  return createFromPlugin(plugin, MetricPoint, "brevity");
}

describeMetric("the example metric", createBrevity);

describe("examples/custom-metric", () => {
  it("compares the length of all texts with that of the nearest references", async () => {
    const accumulator = (await createBrevity()).start();
    const texts: readonly ScoredText[] = [
      { text: "the sea", references: ["the deep sea", "a sea"] },
      { text: "a whale", references: ["whale"] },
    ];
    for (const text of texts) accumulator.add(text as never);
    expect(accumulator.result()).to.deep.equal({ "": 14 / 10 });
  });
});
