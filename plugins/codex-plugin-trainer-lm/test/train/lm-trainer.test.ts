import { expect } from "chai";
import type { MicroStepReport } from "codex-core";
import { tinyRun } from "../support/tiny-run.js";

describe("LmTrainer", () => {
  it("trains, evaluates, samples and saves in order", async () => {
    const { outcome, steps, events, samples } = await tinyRun({
      options: { maxSteps: 4, evalEvery: 2, sample: { prompt: "ab", maxNewTokens: 9, temperature: 0.8 } },
      every: 2,
    });
    expect(outcome).to.include({ status: "finished", reason: "maxSteps", step: 4 });
    expect(events).to.deep.equal([
      "step 1",
      "step 2",
      "evaluation 2",
      "save 2",
      "step 3",
      "step 4",
      "evaluation 4",
      "save 4",
      "sample 4",
    ]);
    expect(steps[0]?.metrics).to.include.keys(
      "train/loss",
      "train/gradNorm",
      "train/learningRate",
      "train/tokensPerSecond",
      "train/stepMs",
    );
    expect(steps[0]?.metrics["train/loss"]).to.be.closeTo(Math.log(7), 0.05);
    expect(steps[3]?.metrics["train/loss"]).to.be.lessThan(steps[0]?.metrics["train/loss"] as number);
    expect(outcome.metrics).to.include.keys("train/loss", "eval/loss", "eval/perplexity", "eval/accuracy");
    expect(samples[0]?.text).to.match(/^[a-g]{9}$/);
  });

  it("evaluates the last step before it saves it, so that the checkpoint knows its value", async () => {
    const { events, checkpoints } = await tinyRun({ options: { maxSteps: 3, evalEvery: 2 }, every: 1 });
    expect(events.slice(-3)).to.deep.equal(["step 3", "evaluation 3", "save 3"]);
    const known = checkpoints.saved.map(({ metrics }) => "eval/loss" in metrics);
    expect(known).to.deep.equal([false, true, true]);
  });

  it("tells of each microStep what it gave, where somebody asks", async () => {
    const told: MicroStepReport[] = [];
    const starts: number[] = [];
    const { steps } = await tinyRun({
      options: { maxSteps: 2, gradAccumSteps: 3 },
      hooks: {
        microStepStart: async ({ microStep }) => void starts.push(microStep),
        microStepEnd: async (report) => void told.push(report),
      },
    });
    expect(starts).to.deep.equal([0, 1, 2, 0, 1, 2]);
    expect(told.map(({ step, microStep }) => [step, microStep])).to.deep.equal(
      [1, 2].flatMap((step) => [0, 1, 2].map((microStep) => [step, microStep])),
    );
    for (const step of [1, 2]) {
      const ofStep = told.filter((report) => report.step === step);
      const nats = ofStep.reduce((sum, { loss, weightSum }) => sum + loss * weightSum, 0);
      const weight = ofStep.reduce((sum, { weightSum }) => sum + weightSum, 0);
      expect(nats / weight).to.be.closeTo(steps[step - 1]!.metrics["train/loss"]!, 1e-6);
      expect(ofStep[0]).to.include({ gradAccumSteps: 3 });
    }
  });
});
