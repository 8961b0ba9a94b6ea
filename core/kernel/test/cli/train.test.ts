import { join } from "node:path";
import { expect } from "chai";
import type { TrainingOutcome } from "codex-core";
import { renderSummary } from "#src/cli/train/run-summary-text.js";
import { train } from "#src/cli/train/train.js";
import type { Kernel, TrainSettings } from "#src/run/kernel-types.js";
import { createFakeContext, type FakeContextSettings } from "./fake-context.js";
import { fakeDevice } from "./fake-device.js";
import { createFakeTerminal } from "./fake-terminal.js";
import { FakeProject } from "./run-folders.js";

describe("train", () => {
  let project: FakeProject;
  let asked: TrainSettings | undefined;

  const finished: TrainingOutcome = {
    status: "finished",
    reason: "maxSteps",
    step: 20,
    metrics: { "train/loss": 1.5, "eval/loss": 1.75 },
  };

  /** Trains nothing, but tells of it, and leaves a run with a checkpoint. */
  function trainer(outcome: TrainingOutcome = finished): Partial<Kernel> {
    return {
      async train(settings = {}) {
        asked = settings;
        const folder = project.addRun("r1", {}, [20]);
        settings.observer?.runStart?.({ runId: "r1", name: "trial", folder, device: fakeDevice });
        settings.observer?.stepEnd?.({ step: 20, maxSteps: 20, epoch: 1, metrics: outcome.metrics });
        settings.observer?.sample?.({ step: 20, prompt: "Call me", text: " Ishmael.\u0007\nSome" });
        const result = { runId: "r1", folder, outcome };
        settings.observer?.runEnd?.(result);
        return result;
      },
    };
  }

  function contextOf(settings: FakeContextSettings) {
    return createFakeContext({ terminal: createFakeTerminal(project.folder), kernel: trainer(), ...settings });
  }

  beforeEach(() => {
    project = new FakeProject();
    asked = undefined;
  });

  afterEach(() => project.dispose());

  it("shows where, how it goes, what the model writes, and how to go on", async () => {
    const context = contextOf({});
    await train({ config: "quick" }, ["a.b=1"], context);
    const lines = context.terminal.stdout.text.split("\n");
    expect(lines.slice(0, 4)).to.deep.equal([
      "run     runs/r1",
      "device  A processor, 2 threads, avx2, a runtime 1.0",
      "",
      "step 20/20  loss 1.5000",
    ]);
    expect(lines[4]).to.match(/^Finished at step 20 after \d+s \(all steps done\)\. loss 1\.5000 eval loss 1\.7500$/);
    expect(lines.slice(5)).to.deep.equal([
      "",
      "The model writes:",
      "  Call me Ishmael.\ufffd",
      "  Some",
      "",
      "Run folder: runs/r1",
      "Let it write: npx codex generate runs/r1 --prompt 'Call me'",
      "",
    ]);
    expect(context.kernelSettings).to.deep.include({ preset: "quick", overrides: ["a.b=1"] });
    expect(context.exitCode).to.equal(0);
    expect(context.wasDisposed).to.equal(true);
  });

  it("gives the sample's prompt back as it is, for a shell", () => {
    const outcome = { status: "finished", reason: "maxSteps", step: 1, metrics: {} } as const;
    const result = { runId: "r1", folder: "runs/r1", outcome };
    const facts = {
      result,
      tookMs: 1,
      checkpoint: "c",
      resume: "",
      report: undefined,
      showPath: (path: string) => path,
    };
    const summary = (prompt: string) => renderSummary({ ...facts, sample: { step: 1, prompt, text: "" } });
    expect(summary("Call ")).to.include("--prompt 'Call '\n");
    expect(summary(" it's\nnext")).to.include("--prompt ' it'\\''s'\n");
    expect(summary("  \n")).to.include("--prompt Once\n");
  });

  it("answers with one JSON document, and keeps progress on stderr", async () => {
    const context = contextOf({ json: true });
    await train({}, [], context);
    expect(JSON.parse(context.terminal.stdout.text)).to.deep.equal({
      runId: "r1",
      folder: join(project.runsFolder, "r1"),
      ...finished,
      checkpoint: join(project.runsFolder, "r1/checkpoints/step-00000020"),
      sample: { step: 20, prompt: "Call me", text: " Ishmael.\u0007\nSome" },
    });
    expect(context.terminal.stderr.text).to.include("step 20/20");
  });

  it("says nothing but the run's folder with --quiet", async () => {
    const context = contextOf({ quiet: true });
    await train({}, [], context);
    expect(context.terminal.stdout.text).to.equal("runs/r1\n");
    expect(context.terminal.stderr.text).to.equal("");
  });

  it("tells warnings on stderr, unless it is to be quiet", async () => {
    for (const quiet of [false, true]) {
      const warn: Partial<Kernel> = {
        train: async (settings) => {
          settings?.observer?.warning?.("it is slow");
          return { runId: "r1", folder: join(project.runsFolder, "r1"), outcome: finished };
        },
      };
      const context = contextOf({ quiet, kernel: warn });
      await train({}, [], context);
      expect(context.terminal.stderr.text).to.equal(quiet ? "" : "Warning: it is slow\n");
    }
  });

  it("ends with 130 after an interruption, and says how to resume", async () => {
    const context = contextOf({ kernel: trainer({ ...finished, status: "interrupted", reason: "signal" }) });
    await train({ config: "quick", seed: "3" }, ["a.b=1"], context);
    expect(context.exitCode).to.equal(130);
    expect(context.terminal.stdout.text)
      .to.include("Stopped at step 20")
      .and.include("npx codex train --config quick a.b=1 --output-dir runs/r1 --seed 3 --resume-from latest\n");
  });

  it("ends with 130 when the time is up", async () => {
    const context = contextOf({ kernel: trainer({ ...finished, status: "interrupted", reason: "wallTime" }) });
    await train({}, [], context);
    expect(context.exitCode).to.equal(130);
    expect(context.terminal.stdout.text).to.include("out of time");
  });

  it("finds the checkpoint to resume from by run, by path and leaves `latest` to the kernel", async () => {
    const run = project.addRun("old", { startedAt: "2026-01-01T00:00:00Z" }, [7]);
    const checkpoint = join(run, "checkpoints/step-00000007");
    for (const [reference, expected] of [
      ["old", checkpoint],
      ["runs/old/checkpoints/step-00000007", checkpoint],
      ["latest", "latest"],
    ] as const) {
      await train({ resumeFrom: reference }, [], contextOf({}));
      expect(asked?.resumeFrom, reference).to.equal(expected);
    }
  });
});
