import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { rejection } from "codex-core/testing";
import { renderTopRuns, type TopSettings, topRuns } from "#src/cli/runs/top-runs.js";
import { listRuns } from "#src/run/run-summary.js";
import { FakeProject } from "./run-folders.js";

describe("codex runs top", () => {
  let project: FakeProject;
  beforeEach(() => {
    project = new FakeProject();
  });
  afterEach(() => project.dispose());

  function addRun(name: string, day: number, losses: readonly (number | string)[], metric = "eval/loss"): void {
    const folder = project.addRun(name, { startedAt: `2026-01-0${day}T00:00:00Z` });
    const rows = losses.flatMap((loss, index) => [
      JSON.stringify({ seq: 2 * index, step: 10 * index, "train/loss": 0 }),
      JSON.stringify({ seq: 2 * index + 1, step: 10 * index, [metric]: loss }),
    ]);
    writeFileSync(join(folder, "metrics.ndjson"), `${rows.join("\n")}\n{"seq":99,"ste`);
  }

  const top = (settings: Partial<TopSettings> = {}) => {
    const all: TopSettings = { metric: "eval/loss", mode: "min", by: "best", limit: 10, ...settings };
    return topRuns(listRuns(project.runsFolder), all, project.runsFolder);
  };
  const order = async (settings?: Partial<TopSettings>) =>
    (await top(settings)).runs.map(({ runId, step, value }) => `${runId} ${step} ${value}`);

  it("ranks by the best or the last value, lowest or highest first", async () => {
    addRun("a", 1, [3, 1, 2]);
    addRun("b", 2, [4, 1.5, 1.5]);
    expect(await order()).to.deep.equal(["a 10 1", "b 10 1.5"]);
    expect(await order({ by: "last" })).to.deep.equal(["b 20 1.5", "a 20 2"]);
    expect(await order({ mode: "max" })).to.deep.equal(["b 0 4", "a 0 3"]);
  });

  it("ranks infinities as numbers and NaN last, whichever are best", async () => {
    addRun("nan", 1, ["NaN", "NaN"]);
    addRun("part", 2, ["NaN", 5, "NaN"]);
    addRun("up", 3, ["Infinity"]);
    addRun("down", 4, ["-Infinity"]);
    expect(await order()).to.deep.equal(["down 0 -Infinity", "part 10 5", "up 0 Infinity", "nan 0 NaN"]);
    expect(await order({ mode: "max" })).to.deep.equal(["up 0 Infinity", "part 10 5", "down 0 -Infinity", "nan 0 NaN"]);
    expect(await order({ by: "last" })).to.deep.equal([
      "down 0 -Infinity",
      "up 0 Infinity",
      "part 20 NaN",
      "nan 10 NaN",
    ]);
    expect(JSON.parse(JSON.stringify(await top())).runs[3].value).to.equal("NaN");
  });

  it("puts the newest of equal runs first, shows as many as were asked for, and counts the rest", async () => {
    for (const day of [1, 2, 3]) addRun(`run-${day}`, day, [1]);
    addRun("other", 4, [1], "eval/perplexity");
    project.addRun("without a file", {});
    const answer = await top({ limit: 2 });
    expect(answer).to.include({ ranked: 3, without: 2 });
    expect(answer.runs.map(({ runId }) => runId)).to.deep.equal(["run-3", "run-2"]);
    const text = renderTopRuns(answer);
    expect(text).to.match(/^ +eval\/loss +step +run +status +started\n1 +1 +0 +run-3 +finished +2026-01-0/);
    expect(text).to.include("Lowest first, by each run's best value. 1 further run");
    expect(text).to.include("2 runs without this metric.");
  });

  it("says which metrics there are when no run has the one that was asked for", async () => {
    addRun("a", 1, [1]);
    const error = await rejection(() => top({ metric: "eval/los" }), "CODEX_RUNS_NO_METRIC");
    expect(error.why).to.include("eval/loss");
    expect(error.fix).to.equal("Did you mean eval/loss?");
    await rejection(() => top({ metric: "constructor" }), "CODEX_RUNS_NO_METRIC");
  });

  it("does not offer the ends of intervals", async () => {
    const folder = project.addRun("a", {});
    const row = { seq: 1, step: 1, "eval/loss": 1, "eval/loss.low": 0, "eval/loss.high": 2, "eval/pass.low": 3 };
    writeFileSync(join(folder, "metrics.ndjson"), `${JSON.stringify(row)}\n`);
    const error = await rejection(() => top({ metric: "eval/los" }), "CODEX_RUNS_NO_METRIC");
    expect(error.why).to.equal("Their newest rows have eval/loss, eval/pass.low.");
    expect((await top({ metric: "eval/loss.low" })).ranked).to.equal(1);
  });

  it("says that there are no runs, not that none has the metric", async () => {
    const error = await rejection(() => top(), "CODEX_RUN_NOT_FOUND");
    expect(error.what).to.equal("There is no run to rank.");
  });
});
