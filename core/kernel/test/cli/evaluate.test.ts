import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { isCodexError } from "codex-core";
import type { EvaluateOptions } from "#src/cli/commands/evaluate.js";
import { evaluate } from "#src/cli/evaluate/evaluate.js";
import type { EvaluateSettings, EvaluationAnswer, Kernel } from "#src/run/kernel-types.js";
import { createFakeContext } from "./fake-context.js";
import { createFakeTerminal } from "./fake-terminal.js";
import { FakeProject } from "./run-folders.js";

describe("evaluate", () => {
  let project: FakeProject;
  let asked: EvaluateSettings | undefined;
  let answer: EvaluationAnswer;
  let stderr: string;
  const kernel: Partial<Kernel> = {
    async evaluate(settings) {
      asked = settings;
      return { ...answer, checkpoint: settings.checkpoint };
    },
    async sync() {
      return { mine: false };
    },
  };
  const intervals = { "eval/loss": { low: 1.2, high: 1.26789 }, "eval/f1": { low: Number.NaN, high: Number.NaN } };

  beforeEach(() => {
    project = new FakeProject();
    project.addRun("a", {}, [5]);
    answer = {
      checkpoint: "",
      step: 5,
      split: "validation",
      tasks: [],
      metrics: { "eval/loss": 1.23456789, "eval/f1": Number.NaN, "eval/tokens": 120_000 },
      intervals: {},
    };
  });

  afterEach(() => project.dispose());

  async function run(options: EvaluateOptions, json = false) {
    const context = createFakeContext({ kernel, json, terminal: createFakeTerminal(project.folder) });
    await evaluate("a", [], options, context);
    expect(context.wasDisposed).to.equal(true);
    stderr = context.terminal.stderr.text;
    return context.terminal.stdout.text;
  }

  const file = (name: string) => readFileSync(join(project.folder, name), "utf8");

  it("prints the metrics of a checkpoint on the split", async () => {
    expect(await run({ split: "train" })).to.equal("eval/loss    1.23457\neval/f1      NaN\neval/tokens  120,000\n");
    expect(asked).to.include({ split: "train", withoutGeneration: false });
  });

  it("prints intervals beside the metrics that have some", async () => {
    answer = { ...answer, intervals };
    expect(await run({ bootstrap: 10, seed: 3 })).to.equal(
      [
        "metric       value    95% interval",
        "eval/loss    1.23457  1.2 … 1.26789",
        "eval/f1      NaN      NaN … NaN",
        "eval/tokens  120,000",
        "",
      ].join("\n"),
    );
    expect(asked).to.include({ bootstrap: 10, seed: 3 });
  });

  it("answers with full precision as JSON", async () => {
    answer = { ...answer, intervals };
    const document = JSON.parse(await run({}, true));
    expect(document.checkpoint).to.match(/step-00000005$/);
    expect(document).to.deep.include({
      step: 5,
      split: "validation",
      tasks: [],
      metrics: { "eval/loss": 1.23456789, "eval/f1": "NaN", "eval/tokens": 120_000 },
      intervals: { "eval/loss": { low: 1.2, high: 1.26789 }, "eval/f1": { low: "NaN", high: "NaN" } },
    });
  });

  it("writes a line for each metric, with all digits", async () => {
    answer = { ...answer, intervals };
    expect(await run({ format: "csv" })).to.equal(
      "metric,value,low,high\neval/loss,1.23456789,1.2,1.26789\neval/f1,NaN,NaN,NaN\neval/tokens,120000,,\n",
    );
    expect(
      (await run({ format: "ndjson" }))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).to.deep.equal([
      { metric: "eval/loss", value: 1.23456789, low: 1.2, high: 1.26789 },
      { metric: "eval/f1", value: "NaN", low: "NaN", high: "NaN" },
      { metric: "eval/tokens", value: 120_000 },
    ]);
  });

  it("writes the form that was asked for into a file, and a table to the reader", async () => {
    expect(await run({ format: "csv", output: "out/results.csv" })).to.match(/^eval\/loss {4}1\.23457/);
    expect(file("out/results.csv")).to.match(/^metric,value,low,high\neval\/loss,1\.23456789,,\n/);
  });

  it("appends a line with all facts for each evaluation", async () => {
    const before = Date.now();
    await run({ logMetrics: "log.ndjson" });
    answer = { ...answer, split: undefined, tasks: ["capitals"], intervals } as EvaluationAnswer;
    await run({ logMetrics: "log.ndjson", task: ["capitals.yaml"], metricsOnly: true });
    expect(asked).to.deep.include({ tasks: ["capitals.yaml"], withoutGeneration: true });
    const [first, second] = file("log.ndjson")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(first.timeMs).to.be.within(before, Date.now());
    expect(first.checkpoint).to.match(/step-00000005$/);
    expect(first).to.include({ runId: "a", step: 5, split: "validation", "eval/loss": 1.23456789, "eval/f1": "NaN" });
    expect(first).to.not.have.property("intervals");
    expect(second.tasks).to.deep.equal(["capitals"]);
    expect(second.intervals["eval/loss"]).to.deep.equal(intervals["eval/loss"]);
  });

  it("logs into a run that is named", async () => {
    project.addRun("b", {}, [5]);
    await run({ runId: "b" });
    answer = { ...answer, metrics: { "eval/loss": 9, "eval/rouge1": 0.5 } };
    await run({ runId: "b" });
    const rows = file("runs/b/metrics.ndjson")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows[0]).to.include({ seq: 1, step: 5, source: "evaluate", "eval/loss": 1.23456789, "eval/f1": "NaN" });
    expect(rows[1]).to.include({ seq: 2, step: 5, source: "evaluate", "eval/rouge1": 0.5 });
    expect(rows[1]).to.not.have.property("eval/loss");
    expect(stderr).to.include("b has these of step 5 already, and keeps them: eval/loss.");
    expect(stderr).to.include("Tracker mine has not all of b");
  });

  it("refuses to log into a run that is not there, or that still goes on, before it measures", async () => {
    asked = undefined;
    project.addRun("live", { status: "running", pid: process.pid, host: hostname() });
    for (const [runId, code] of [
      ["nobody", "CODEX_RUN_NOT_FOUND"],
      ["live", "CODEX_RUN_FOLDER_LIVE"],
    ] as const) {
      const error = await run({ runId }).catch((reason) => reason);
      expect(isCodexError(error) && error.code).to.equal(code);
    }
    expect(asked).to.equal(undefined);
  });

  it("says which file cannot be written", async () => {
    const error = await run({ output: "runs/a/run.json/x" }).catch((reason) => reason);
    expect(isCodexError(error) && error.code).to.equal("CODEX_EVALUATION_OUTPUT");
    expect(error.where).to.equal(join(project.folder, "runs/a/run.json/x"));
  });
});
