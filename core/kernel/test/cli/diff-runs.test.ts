import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { diffRuns, renderRunDifferences } from "#src/cli/runs/diff-runs.js";
import type { Lockfile } from "#src/lock/lockfile.js";
import { resolveRun } from "#src/run/run-reference.js";
import { FakeProject } from "./run-folders.js";

const lock: Lockfile = {
  formatVersion: 1,
  runId: "a",
  config: { numbers: "n", observing: "o", values: { "trainer.maxSteps": 20 } },
  plugins: { "codex-plugin-x": { version: "1.0.0", integrity: "sha256-1" } },
  data: "d1",
  node: "v20.0.0",
  platform: "linux x64",
  environment: "e",
};

describe("codex runs diff", () => {
  let project: FakeProject;

  const diff = (first: string, second: string) =>
    diffRuns(resolveRun(first, project.search), resolveRun(second, project.search));

  const addRun = (name: string, files: Record<string, object>): void => {
    const folder = project.addRun(name, {});
    for (const [file, value] of Object.entries(files)) writeFileSync(join(folder, file), JSON.stringify(value));
  };

  beforeEach(() => {
    project = new FakeProject();
    addRun("a", {
      "lock.json": lock,
      "environment.json": { runId: "a", system: "6.1", git: { commit: "c1" } },
      "metrics.ndjson": { step: 20, "train/loss": 2.5, "foo/latencyMs": 7 },
    });
  });

  afterEach(() => project.dispose());

  it("finds nothing between runs of one lock, whatever their clocks and names", async () => {
    addRun("b", {
      "lock.json": { ...lock, runId: "b" },
      "environment.json": { runId: "b", system: "6.1", git: { commit: "c1" } },
      "metrics.ndjson": { step: 20, "train/loss": 2.5, "foo/latencyMs": 9 },
    });
    const differences = await diff("a", "b");
    expect(differences).to.deep.equal({
      runs: ["a", "b"],
      sameBitsPromised: true,
      lock: [],
      environment: [],
      metrics: [],
    });
    expect(renderRunDifferences(differences)).to.equal("Nothing differs that can change numbers.\n");
  });

  it("says what differs, what can change numbers first", async () => {
    addRun("b", {
      "lock.json": { ...lock, node: "v22.0.0", config: { ...lock.config, values: { "trainer.maxSteps": 40 } } },
      "environment.json": { runId: "b", system: "6.2", git: { commit: "c2\u001b[31m" } },
      "metrics.ndjson": { step: 40, "train/loss": 2.25 },
    });
    const differences = await diff("a", "b");
    expect(differences.sameBitsPromised).to.equal(false);
    expect(differences.environment.map(({ key }) => key)).to.deep.equal(["system", "git.commit"]);
    expect(differences.metrics).to.deep.include({ key: "train/loss", first: 2.5, second: 2.25 });
    const text = renderRunDifferences(differences);
    expect(text).to.match(
      /trainer\.maxSteps +20 +40 +changes numbers\n.*node +v20\.0\.0 +v22\.0\.0 +may change numbers/,
    );
    expect(text).to.not.include("\u001b");
  });

  it("does not promise anything of a run without a lock", async () => {
    addRun("b", {});
    const differences = await diff("a", "b");
    expect(differences.sameBitsPromised).to.equal(null);
    expect(renderRunDifferences(differences)).to.include("has no lock.json");
  });
});
