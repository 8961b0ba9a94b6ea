import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { ScratchProject } from "../support/scratch-project.js";
import { createTinyProject, readRows } from "../support/tiny-run.js";

describe("codex evaluate --run-id", function () {
  this.timeout(30_000);
  let project: ScratchProject;
  const at = (...names: string[]) => join(project.folder, ...names);
  const evaluate = (...words: string[]) => project.command(["evaluate", "latest", ...words, "--run-id", "latest"]);
  const stored = () => {
    const [experiment] = readdirSync(at("mlruns")).filter((name) => /^\d{2,}$/.test(name));
    const [runId] = readdirSync(at("mlruns", experiment!)).filter((name) => /^[0-9a-f]{32}$/.test(name));
    return at("mlruns", experiment!, runId!, "metrics", "eval");
  };

  before(async () => {
    project = createTinyProject();
    const words = ["trainer.maxSteps=4", "checkpoint.every=4", "+tracker.mlflow={}"];
    const { code, stderr } = await project.command(["train", "--output-dir", "runs/a", ...words]);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.equal("");
  });

  after(() => project.dispose());

  it("brings intervals to MLflow's local store, where each metric is a file", async () => {
    const { code, stderr } = await evaluate("--bootstrap", "20");
    expect(code, stderr).to.equal(0);
    expect(stderr).to.include("has these of step 4 already").and.not.include("another measurement");
    const row = readRows(at("runs/a/metrics.ndjson")).at(-1)!;
    expect(row).to.include.keys("eval/loss.low", "eval/loss.high");
    expect(readdirSync(stored())).to.include.members(["loss", "loss.low", "loss.high", "perplexity.low"]);
    const [, value, step] = readFileSync(join(stored(), "loss.high"), "utf8").trim().split(" ");
    expect([Number(value), step]).to.deep.equal([row["eval/loss.high"], "4"]);
  });

  it("waits for another evaluation that logs into the same run", async () => {
    const lock = at("runs/a/.lock");
    const owner = { pid: process.pid, host: hostname(), processStart: "" };
    writeFileSync(lock, JSON.stringify(owner));
    const evaluating = evaluate("+metric.two={type: loss}");
    await setTimeout(3000);
    rmSync(lock);
    const { code, stderr } = await evaluating;
    expect(code, stderr).to.equal(0);
    expect(readRows(at("runs/a/metrics.ndjson")).at(-1)).to.include.keys("eval/two");
    expect(readdirSync(stored())).to.include("two");
    expect(readdirSync(at("runs/a"))).not.to.include("errors.md");
  });

  it("logs no interval beside a value of another measurement, and says so", async () => {
    const { code, stderr } = await evaluate("evaluator.stride=4", "--bootstrap", "20");
    expect(code, stderr).to.equal(0);
    expect(stderr).to.match(/^Intervals of these are not logged, .*another measurement: .*eval\/loss/m);
  });

  it("says what a tracker cannot keep, and writes it into the run's log", async () => {
    writeFileSync(at("loss.yaml"), 'kind: cloze\ndata: loss.jsonl\nprompt: "{{before}}"\nanswer: "{{word}}"\n');
    writeFileSync(at("loss.jsonl"), '{"before":"whales ","word":"swam"}\n');
    const { code, stderr } = await evaluate("--task", "loss.yaml");
    expect(code, stderr).to.equal(0);
    expect(stderr).to.match(
      /^Warning: tracker\.mlflow: MLflow cannot keep .*left out \(key="eval\/loss\/accuracy"\)$/m,
    );
    const lines = readRows(at("runs/a/log.ndjson"));
    const { runId } = JSON.parse(readFileSync(at("runs/a/run.json"), "utf8"));
    expect(lines.at(-1)).to.include({ level: "warn", component: "tracker.mlflow", runId });
  });
});
