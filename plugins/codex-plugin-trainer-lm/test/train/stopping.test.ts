import { expect } from "chai";
import type { Checkpoint } from "codex-core";
import { EarlyStopping } from "#src/train/early-stopping.js";
import { trainerOptions } from "#src/train/options.js";
import { runLength } from "#src/train/run-length.js";
import { MemoryCheckpoints, tinyRun } from "../support/tiny-run.js";

describe("the end of a run", () => {
  it("comes after the step in which the signal is given, with a checkpoint and nothing more", async () => {
    const stopping = new AbortController();
    const { outcome, events } = await tinyRun({
      signal: stopping.signal,
      options: { maxSteps: 9, evalEvery: 2, sample: { prompt: "a", maxNewTokens: 2, temperature: 1 } },
      answer: ({ step }) => {
        if (step === 2) stopping.abort();
        return {};
      },
    });
    expect(outcome).to.include({ status: "interrupted", reason: "signal", step: 2 });
    expect(events).to.deep.equal(["step 1", "step 2", "save 2"]);
  });

  it("comes for a probe when it has seen enough, with a report of each step and nothing beside", async () => {
    const stopping = new AbortController();
    const { events } = await tinyRun({
      signal: stopping.signal,
      isProbe: true,
      options: {
        maxSteps: 9,
        evalEvery: 1,
        logEvery: 5,
        sample: { prompt: "a", maxNewTokens: 2, temperature: 1, every: 1 },
      },
      answer: ({ step }) => {
        if (step === 3) stopping.abort();
        return {};
      },
    });
    expect(events).to.deep.equal(["step 1", "step 2", "step 3", "save 3"]);
  });

  it("waits for the checkpoint that is being saved when a step fails", async () => {
    const checkpoints = new MemoryCheckpoints(1);
    const save = async (checkpoint: Checkpoint) => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return checkpoints.save(checkpoint);
    };
    const error = await tinyRun({
      parts: { checkpoint: { every: 1, save } },
      answer: ({ step }) => {
        if (step === 2) throw new Error("step 2 failed");
        return {};
      },
    }).catch((reason: unknown) => reason);
    expect(error).to.have.property("message", "step 2 failed");
    expect(checkpoints.saved.map(({ step }) => step)).to.deep.equal([1]);
  });

  it("takes no step when the signal was given before", async () => {
    const { outcome, events } = await tinyRun({ signal: AbortSignal.abort() });
    expect(outcome).to.include({ status: "interrupted", reason: "signal", step: 0 });
    expect(events).to.deep.equal(["save 0"]);
  });

  it("comes when the time is up, as an interruption", async () => {
    const { outcome } = await tinyRun({ options: { maxSteps: 100_000, maxWallTimeSeconds: 0.15 } });
    expect(outcome).to.include({ status: "interrupted", reason: "wallTime" });
    expect(outcome.step).to.be.greaterThan(0);
  });

  it("comes when a callback asks for it, with an evaluation and a checkpoint", async () => {
    const { outcome, events } = await tinyRun({ answer: ({ step }) => (step === 1 ? { stop: "enough" } : {}) });
    expect(outcome).to.include({ status: "finished", reason: "enough", step: 1 });
    expect(events).to.deep.equal(["step 1", "evaluation 1", "save 1"]);
  });

  it("saves when a callback asks for it", async () => {
    const { events } = await tinyRun({ answer: ({ step }) => ({ save: step === 2 }) });
    expect(events).to.include("save 2");
  });

  it("comes when evaluations get no better", async () => {
    const { outcome } = await tinyRun({
      options: {
        maxSteps: 50,
        evalEvery: 1,
        earlyStopping: { monitor: "eval/loss", mode: "max", patience: 2, minDelta: 0 },
      },
    });
    expect(outcome).to.include({ status: "finished", reason: "earlyStopping", step: 3 });
  });

  it("names the metrics that there are when another is monitored", async () => {
    const error = await tinyRun({
      options: { evalEvery: 1, earlyStopping: { monitor: "eval/bleu", mode: "min", patience: 2, minDelta: 0 } },
    }).catch((reason) => reason);
    expect(error).to.have.property("code", "CODEX_TRAIN_MONITOR");
    expect(error.what).to.contain("eval/bleu").and.contain("eval/perplexity");
  });

  it("reports every logEvery steps, and the last one", async () => {
    const { steps } = await tinyRun({ options: { maxSteps: 5, logEvery: 2 } });
    expect(steps.map(({ step }) => step)).to.deep.equal([2, 4, 5]);
  });

  it("counts epochs by microBatches", async () => {
    const { steps } = await tinyRun({ options: { maxSteps: 3, gradAccumSteps: 2 } });
    expect(steps.map(({ epoch }) => epoch)).to.deep.equal([0.4, 0.8, 1.2]);
  });
});

describe("runLength", () => {
  const length = (options: object) => runLength(trainerOptions.parse(options), 5);

  it("is maxSteps, or maxEpochs rounded up to steps, or the shorter", () => {
    expect(length({ maxSteps: 9 })).to.equal(9);
    expect(length({ maxEpochs: 1, gradAccumSteps: 2 })).to.equal(3);
    expect(length({ maxEpochs: 0.5 })).to.equal(3);
    expect(length({ maxSteps: 2, maxEpochs: 1 })).to.equal(2);
    expect(length({ maxSteps: 9, maxEpochs: 1 })).to.equal(5);
  });

  it("has to be given", () => {
    expect(() => length({})).to.throw("CODEX_TRAIN_NO_END");
  });
});

describe("EarlyStopping", () => {
  const after = (values: readonly number[], change: object = {}) => {
    const stopping = new EarlyStopping({ monitor: "x", mode: "min", patience: 2, minDelta: 0.1, ...change });
    for (const x of values) stopping.record({ x });
    return stopping;
  };

  it("waits for patience evaluations without a better value", () => {
    expect(after([3, 2, 2.5]).isExhausted).to.equal(false);
    expect(after([3, 2, 2.5, 2.2]).isExhausted).to.equal(true);
    expect(after([3, 2, 2.5, 1, 1.5]).isExhausted).to.equal(false);
  });

  it("wants a gain of more than minDelta", () => {
    expect(after([3, 2.95, 2.91]).isExhausted).to.equal(true);
    expect(after([3, 2.95, 2.8]).state).to.deep.equal({ best: 2.8, worseInRow: 0 });
  });

  it("takes greater values for better with mode max", () => {
    expect(after([1, 2, 3], { mode: "max" }).state).to.deep.equal({ best: 3, worseInRow: 0 });
  });

  it("takes NaN and infinities for worse", () => {
    expect(after([Number.NaN, Number.NEGATIVE_INFINITY]).state).to.deep.equal({ best: null, worseInRow: 2 });
  });
});
