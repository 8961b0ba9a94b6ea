import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { listRunsAnswer, renderRun, renderRuns } from "#src/cli/runs/run-views.js";
import { listRuns, readRunSummary } from "#src/run/run-summary.js";
import { FakeProject } from "../cli/run-folders.js";

describe("run summaries", () => {
  let project: FakeProject;

  beforeEach(() => {
    project = new FakeProject();
  });

  afterEach(() => project.dispose());

  it("takes each metric's newest value, non-finite ones by name, and passes over a cut last line", () => {
    const folder = project.addRun("a", {});
    const rows = [
      '{"seq":1,"step":1,"timeMs":1,"train/loss":3,"eval/loss":2.5}',
      '{"seq":2,"step":2,"timeMs":2,"train/loss":"NaN"}',
      '{"seq":3,"step":2,"timeMs":3,"note":"by hand","empty":""}',
      '{"seq":4,"step":3,"tim',
    ];
    writeFileSync(join(folder, "metrics.ndjson"), rows.join("\n"));
    const run = readRunSummary(folder);
    expect(run?.step).to.equal(2);
    expect(run?.metrics).to.deep.equal({ "train/loss": Number.NaN, "eval/loss": 2.5 });
  });

  it("shows nothing of a run that could move the terminal's cursor", () => {
    const odd = "\u001b[2J";
    const folder = project.addRun("a", { runId: `a${odd}`, error: { code: "CODEX_X", what: `it ${odd} broke` } });
    writeFileSync(join(folder, "metrics.ndjson"), `${JSON.stringify({ seq: 1, step: 1, [`train/${odd}`]: 3 })}\n`);
    const shown = renderRun(readRunSummary(folder)!, (path) => path);
    expect(shown + renderRuns(listRunsAnswer(project.runsFolder, true), project.runsFolder)).not.to.include("\u001b");
    expect(shown).to.include("CODEX_X: it \ufffd[2J broke").and.include("train/\ufffd[2J");
  });

  it("tells a running process from one that is gone", () => {
    const facts = { status: "running", host: hostname() };
    project.addRun("alive", { ...facts, pid: process.pid });
    project.addRun("gone", { ...facts, pid: 2 ** 30 });
    project.addRun("elsewhere", { ...facts, host: "another", pid: 2 ** 30 });
    const states = Object.fromEntries(listRuns(project.runsFolder).map((run) => [run.runId, run.status]));
    expect(states).to.deep.equal({ alive: "running", gone: "crashed", elsewhere: "running" });
  });

  it("lists newest first, and survives what is no run and what is broken", () => {
    project.addRun("one", { startedAt: "2026-01-01T00:00:00Z" });
    project.addRun("two", { startedAt: "2026-01-02T00:00:00Z", endedAt: "2026-01-02T00:02:00Z" });
    mkdirSync(join(project.runsFolder, "empty"));
    writeFileSync(join(project.addRun("broken", {}), "run.json"), "{");
    writeFileSync(join(project.runsFolder, "file.txt"), "");
    const runs = listRuns(project.runsFolder);
    expect(runs.map((run) => run.runId)).to.deep.equal(["two", "one"]);
    const lines = renderRuns({ runs, leftOut: 0 }, project.runsFolder).split("\n");
    expect(lines[0]).to.match(/^run +status +step/);
    expect(lines[1]).to.match(/^two +finished +2m 00s +2026-01-0/);
    expect(renderRuns({ runs: [], leftOut: 0 }, "/x/runs")).to.include("codex train");
  });

  it("lists the folder where it is not named after the runId", () => {
    project.addRun("20260102-000000-quick-ab12", {});
    project.addRun("mine", { runId: "20260101-000000-quick-ab12" });
    const lines = renderRuns({ runs: listRuns(project.runsFolder), leftOut: 0 }, project.runsFolder).split("\n");
    expect(lines[0]).to.match(/ started +folder$/);
    expect(lines[1]).to.match(/^20260102-000000-quick-ab12 +finished *$/);
    expect(lines[2]).to.match(/^20260101-000000-quick-ab12 +finished +mine$/);
  });

  it("leaves out runs that failed before their first step, and counts them", () => {
    project.addRun("finished", {});
    project.addRun("refused", { status: "failed" });
    project.addRun("trained", { status: "failed" }, [7]);
    const answer = listRunsAnswer(project.runsFolder, false);
    expect(answer.runs.map((run) => run.runId)).to.have.members(["finished", "trained"]);
    expect(renderRuns(answer, project.runsFolder)).to.include("\n1 run failed before the first step: --all");
    expect(listRunsAnswer(project.runsFolder, true)).to.have.property("leftOut", 0);
  });

  it("shows how a run went and how to go on", () => {
    const folder = project.addRun("a", {
      status: "failed",
      command: ["/usr/bin/node", "/x/bin/codex", "train", "--texts", "my book.txt"],
      error: { code: "CODEX_X_Y", what: "It broke." },
    });
    project.addCheckpoint(folder, 7);
    const text = renderRun(readRunSummary(folder)!, (path) => path);
    expect(text).to.match(/command +codex train --texts 'my book.txt'/);
    expect(text).to.match(/error +CODEX_X_Y: It broke\./);
    expect(text).to.include("step-00000007").and.include(`npx codex generate '${folder}' --prompt`);
  });
});
