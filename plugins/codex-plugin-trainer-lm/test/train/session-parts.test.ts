import { expect } from "chai";
import { type BatchShape, CodexError, type SafetyGate } from "codex-core";
import { constantSchedule } from "codex-nn";
import { createAdamWOptimizer } from "codex-plugin-trainer-lm";
import { BatchFeed } from "#src/train/batch-feed.js";
import { StepMeter } from "#src/train/step-meter.js";
import { LetterBatches, openGate, tinyRun } from "../support/tiny-run.js";

describe("BatchFeed", () => {
  it("reads the next step's microBatches while a step computes, and each once", async () => {
    const source = new LetterBatches();
    const feed = new BatchFeed(await source.open("train", { microBatch: 1, contextLength: 2 }), 3);
    await Promise.all(feed.take(2));
    expect(source.reads).to.deep.equal([3, 4, 5, 6]);
    await Promise.all(feed.take(2));
    expect(source.reads).to.deep.equal([3, 4, 5, 6, 7, 8]);
  });

  it("tells a failure to whoever takes the batch, and to nobody before", async () => {
    const read = async (position: number) => {
      if (position === 1) throw new Error("the disk is gone");
      return {};
    };
    const feed = new BatchFeed({ microBatchesPerEpoch: 9, tokenCount: 9, read }, 0);
    await Promise.all(feed.take(1));
    await new Promise((resolve) => setImmediate(resolve));
    const [batch] = feed.take(1);
    expect(await batch?.catch((error) => error.message)).to.equal("the disk is gone");
  });
});

describe("StepMeter", () => {
  it("measures the steps since the last reading", () => {
    const meter = new StepMeter();
    meter.add(100, 20);
    meter.add(100, 30);
    expect(meter.read()).to.deep.equal({ "train/tokensPerSecond": 4000, "train/stepMs": 25 });
    expect(meter.read()).to.deep.equal({ "train/tokensPerSecond": 0, "train/stepMs": 0 });
  });
});

describe("a training run", () => {
  it("asks the schedule for the 0-based step of the whole run and the optimizer's peak", async () => {
    const asked: unknown[] = [];
    const schedule = {
      learningRate(step: number, span: { maxSteps: number; learningRate: number }) {
        asked.push([step, span]);
        return constantSchedule().learningRate(step, span) / (step + 1);
      },
    };
    const { steps } = await tinyRun({ parts: { schedule }, options: { maxSteps: 2 } });
    const span = { maxSteps: 2, learningRate: 0.01 };
    expect(asked).to.deep.equal([
      [0, span],
      [1, span],
    ]);
    expect(steps.map(({ step, metrics }) => [step, metrics["train/learningRate"]])).to.deep.equal([
      [1, 0.01],
      [2, 0.005],
    ]);
  });

  it("gives the optimizer the 0-based step, and dropout too", async () => {
    const asked: number[] = [];
    const adamW = createAdamWOptimizer({ learningRate: 0.01, betas: [0.9, 0.95], epsilon: 1e-8, weightDecay: 0.1 });
    const optimizer = {
      ...adamW,
      scalars(step: number, learningRate: number) {
        asked.push(step);
        return adamW.scalars(step, learningRate);
      },
    };
    const { backend } = await tinyRun({ parts: { optimizer }, options: { maxSteps: 2 }, dropout: 0.5 });
    expect(asked).to.deep.equal([0, 0, 1]);
    expect(backend.randomKeys).to.deep.equal([
      [7, 0, 0, 0],
      [7, 0, 1, 0],
    ]);
  });

  it("sees a validation split that is too short before the first step, or does without when it is not needed", async () => {
    class NoValidation extends LetterBatches {
      override async open(split: "train" | "validation", shape: BatchShape) {
        if (split === "train") return super.open(split, shape);
        throw new CodexError("CODEX_DATA_SPLIT_TOO_SHORT", 2, { what: "Too short." });
      }
    }
    const without = await tinyRun({ parts: { data: new NoValidation() } });
    expect(without.outcome).to.include({ status: "finished", step: 4 });
    expect(without.evaluations).to.deep.equal([]);
    const data = new NoValidation();
    const error = await tinyRun({ parts: { data }, options: { evalEvery: 4 } }).catch((reason) => reason);
    expect(error).to.have.property("code", "CODEX_DATA_SPLIT_TOO_SHORT");
    expect(data.reads).to.deep.equal([]);
  });

  it("writes samples as often as asked, the last one at the end", async () => {
    const sample = { prompt: "ab", maxNewTokens: 2, temperature: 1, every: 2 };
    const five = await tinyRun({ options: { maxSteps: 5, sample } });
    expect(five.samples.map(({ step }) => step)).to.deep.equal([2, 4, 5]);
    const four = await tinyRun({ options: { maxSteps: 4, sample } });
    expect(four.samples.map(({ step }) => step)).to.deep.equal([2, 4]);
  });

  it("lets safety filters look at prompt and sample, and goes on without a refused one", async () => {
    const sample = { prompt: "ab", maxNewTokens: 2, temperature: 1 };
    const redacting: SafetyGate = {
      ...openGate,
      inspect: async (texts, stage) => (stage === "prompt" ? texts : texts.map(() => "***")),
    };
    const redacted = await tinyRun({ parts: { safety: redacting }, options: { sample } });
    expect(redacted.samples).to.deep.equal([{ step: 4, prompt: "ab", text: "***" }]);
    const refusing = {
      ...openGate,
      inspect: async () => {
        throw new CodexError("CODEX_SAFETY_REFUSED", 3, { what: "No." });
      },
    };
    const refused = await tinyRun({ parts: { safety: refusing }, options: { sample } });
    expect(refused.samples).to.deep.equal([]);
    expect(refused.outcome.status).to.equal("finished");
  });
});
