import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type CodexError, isCodexError } from "codex-core";
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
  let stdout: string;
  let exitCode: number;
  let warnings: readonly string[];
  const kernel: Partial<Kernel> = {
    async evaluate(settings) {
      asked = settings;
      for (const warning of warnings) settings.observer?.warning?.(warning);
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
    asked = undefined;
    warnings = [];
    answer = {
      checkpoint: "",
      step: 5,
      split: "validation",
      tasks: [],
      bootstrap: 0,
      seed: 7,
      metrics: { "eval/loss": 1.23456789, "eval/f1": Number.NaN, "eval/tokens": 120_000 },
      intervals: {},
    };
  });

  afterEach(() => project.dispose());

  async function run(options: EvaluateOptions, json = false, words: readonly string[] = [], quiet = false) {
    const context = createFakeContext({ kernel, json, quiet, terminal: createFakeTerminal(project.folder) });
    try {
      await evaluate("a", words, options, context);
    } finally {
      expect(context.wasDisposed).to.equal(context.kernelSettings !== undefined);
      stderr = context.terminal.stderr.text;
      stdout = context.terminal.stdout.text;
      exitCode = context.exitCode;
    }
    return stdout;
  }

  const failureOf = async (options: EvaluateOptions) => {
    const error = await run(options).catch((reason) => reason);
    expect(isCodexError(error)).to.equal(true);
    return error as CodexError;
  };

  const file = (name: string) => readFileSync(join(project.folder, name), "utf8");
  const lines = (name: string) =>
    file(name)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

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

  it("logs intervals too, and tells what was measured, and how", async () => {
    answer = { ...answer, intervals, bootstrap: 10 };
    await run({ runId: "a" }, false, ["evaluator.stride=32"]);
    expect(stderr).to.not.include("Warning");
    const [row] = lines("runs/a/metrics.ndjson");
    expect(row).to.include({ "eval/loss": 1.23456789, "eval/loss.low": 1.2, "eval/loss.high": 1.26789 });
    const [event] = lines("runs/a/events.ndjson");
    expect(event).to.deep.include({
      event: "measured",
      row: row.seq,
      step: 5,
      source: "evaluate",
      split: "validation",
      tasks: [],
      overrides: ["evaluator.stride=32"],
      bootstrap: 10,
      seed: 7,
    });
    expect(event.checkpoint).to.match(/runs.a.checkpoints.step-00000005$/);
  });

  it("says of which metrics the run has other values, so that it gets no intervals of them", async () => {
    await run({ runId: "a" });
    answer = { ...answer, intervals, metrics: { ...answer.metrics, "eval/loss": 1.25 } };
    await run({ runId: "a" });
    expect(stderr).to.include(
      "Intervals of these are not logged, since their values there are of another measurement: eval/loss.\n",
    );
    expect(lines("runs/a/metrics.ndjson")[1]).to.have.any.keys("eval/f1.low").and.not.any.keys("eval/loss.low");
  });

  it("warns where the checkpoint is not of the run that its results go into", async () => {
    project.addRun("b", {}, [5]);
    await run({ runId: "b" });
    expect(stderr).to.match(/Warning: .*step-00000005 is of the run a: its results will stand among those of b\./);
    await run({ runId: "b" }, false, [], true);
    expect(stderr).to.not.include("Warning");
  });

  it("passes on what the kernel warns of, unless it shall be quiet", async () => {
    warnings = ["Left out: echo."];
    await run({});
    expect(stderr).to.equal("Warning: Left out: echo.\n");
    await run({}, false, [], true);
    expect(stderr).to.equal("");
  });

  it("refuses to log into a run that is not there, or that still goes on, before it measures", async () => {
    project.addRun("live", { status: "running", pid: process.pid, host: hostname() });
    for (const [runId, code] of [
      ["nobody", "CODEX_RUN_NOT_FOUND"],
      ["live", "CODEX_RUN_FOLDER_LIVE"],
    ] as const) {
      expect((await failureOf({ runId })).code).to.equal(code);
    }
    expect(asked).to.equal(undefined);
  });

  it("refuses a file that cannot be written before it measures", async () => {
    const path = "runs/a/run.json/x";
    for (const options of [{ output: path }, { logMetrics: path }, { output: "runs" }]) {
      const error = await failureOf(options);
      expect(error.code).to.equal("CODEX_EVALUATION_OUTPUT");
      expect(error.where).to.equal(join(project.folder, Object.values(options)[0]!));
    }
    expect(asked).to.equal(undefined);
  });

  describe("when a file can no longer be written after it measured", () => {
    /** The folder `out` is there when it is looked at, and a file afterwards. */
    const options: EvaluateOptions = { output: "out/results.csv", logMetrics: "log.ndjson", format: "csv" };
    const measured = kernel.evaluate;
    before(() => {
      kernel.evaluate = async (settings) => {
        rmSync(join(project.folder, "out"), { recursive: true });
        writeFileSync(join(project.folder, "out"), "in the way");
        return measured!.call(kernel as Kernel, settings);
      };
    });
    after(() => {
      kernel.evaluate = measured;
    });

    it("prints the results all the same, and writes what it can", async () => {
      const error = await failureOf(options);
      expect(error.code).to.equal("CODEX_EVALUATION_OUTPUT");
      expect(stdout).to.include("eval/loss    1.23457");
      expect(lines("log.ndjson")).to.have.length(1);
    });

    it("tells of it in the one document of --json", async () => {
      const document = JSON.parse(await run(options, true));
      expect(document.metrics["eval/loss"]).to.equal(1.23456789);
      expect(document.error.code).to.equal("CODEX_EVALUATION_OUTPUT");
      expect(exitCode).to.equal(1);
    });
  });

  it("leaves no file behind where measuring fails", async () => {
    const failing = kernel.evaluate;
    kernel.evaluate = async () => {
      throw new Error("boom");
    };
    await run({ output: "results.csv", logMetrics: "log.ndjson" }).catch(() => undefined);
    kernel.evaluate = failing;
    expect(existsSync(join(project.folder, "results.csv"))).to.equal(false);
    expect(existsSync(join(project.folder, "log.ndjson"))).to.equal(false);
  });

  it("begins a line of its own behind one that has no end", async () => {
    writeFileSync(join(project.folder, "log.ndjson"), '{"a":1}');
    await run({ logMetrics: "log.ndjson" });
    await run({ logMetrics: "log.ndjson" });
    expect(lines("log.ndjson").map((row) => Object.keys(row)[0])).to.deep.equal(["a", "timeMs", "timeMs"]);
  });

  it("logs what it takes to draw the same intervals again", async () => {
    answer = { ...answer, bootstrap: 10 };
    await run({ logMetrics: "log.ndjson", bootstrap: 10 }, false, ["evaluator.stride=32"]);
    expect(lines("log.ndjson")[0]).to.deep.include({ seed: 7, bootstrap: 10, overrides: ["evaluator.stride=32"] });
  });
});
