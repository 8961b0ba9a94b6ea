import { expect } from "chai";
import type { LoadedCheckpoint, StepReport } from "codex-core";
import { type TinyRunResult, type TinyRunSettings, tinyRun } from "../support/tiny-run.js";

/** Dropout, accumulation over an epoch's border (5 microBatches), and early stopping that counts ever worse values. */
const settings: TinyRunSettings = {
  dropout: 0.3,
  every: 4,
  options: {
    maxSteps: 7,
    gradAccumSteps: 2,
    evalEvery: 2,
    earlyStopping: { monitor: "eval/loss", mode: "max", patience: 50, minDelta: 0 },
    guard: { maxSkippedSteps: 3, spikeFactor: 1000, spikeWarmupSteps: 2 },
  },
};

/** Numbers of the steps that do not depend on the clock. */
const numbers = (steps: readonly StepReport[]) =>
  steps.map(({ step, epoch, metrics }) => [
    step,
    epoch,
    metrics["train/loss"],
    metrics["train/gradNorm"],
    metrics["train/learningRate"],
  ]);

const last = (result: TinyRunResult) => result.checkpoints.saved.at(-1) as LoadedCheckpoint;

describe("a resumed run", () => {
  let whole: TinyRunResult;
  before(async () => {
    whole = await tinyRun(settings);
  });

  it("equals an uninterrupted one bit for bit", async () => {
    const stopped = await tinyRun({ ...settings, answer: ({ step }) => (step === 4 ? { stop: "test" } : {}) });
    expect(stopped.outcome).to.include({ reason: "test", step: 4 });
    const resumed = await tinyRun({ ...settings, resumeFrom: last(stopped) });
    expect(numbers([...stopped.steps, ...resumed.steps])).to.deep.equal(numbers(whole.steps));
    expect(resumed.evaluations).to.deep.equal(whole.evaluations.filter(({ step }) => step > 4));
    expect(last(resumed).model).to.deep.equal(last(whole).model);
    expect(last(resumed).optimizer).to.deep.equal(last(whole).optimizer);
    expect(last(resumed).parts).to.deep.equal(last(whole).parts);
  });

  it("that is stopped before its first step saves the metrics of its checkpoint again", async () => {
    const resumed = await tinyRun({ ...settings, resumeFrom: last(whole), signal: AbortSignal.abort() });
    expect(last(whole).metrics).to.have.property("eval/loss");
    expect(last(resumed).metrics).to.deep.equal(last(whole).metrics);
  });

  it("differs when the seed does", async () => {
    const other = await tinyRun({ ...settings, seed: 8 });
    expect(numbers(other.steps)).not.to.deep.equal(numbers(whole.steps));
  });

  it("keeps the state of guard, early stopping and data in the checkpoint", () => {
    const { trainer, other } = last(whole).parts;
    expect(other).to.deep.equal({ version: 3, state: "kept" });
    expect(trainer?.version).to.equal(3);
    expect(trainer?.state).to.deep.include({
      identity: { seed: 7, data: "letter batches", microBatch: 2, contextLength: 6 },
      position: 14,
    });
    expect(trainer?.state).to.have.nested.property("guard.accepted", 7);
    expect(trainer?.state).to.have.nested.property("guard.meanGradNorm").that.is.greaterThan(0);
    expect(trainer?.state).to.have.nested.property("earlyStopping.best").that.is.a("number");
  });

  it("keeps moments as exp_avg and exp_avg_sq", () => {
    const { model, optimizer } = last(whole);
    const expected = Object.keys(model).flatMap((name) => [`exp_avg.${name}`, `exp_avg_sq.${name}`]);
    expect(optimizer).to.have.all.keys(expected);
  });

  for (const [what, change, phrase] of [
    ["another seed", { seed: 8 }, "run.seed"],
    ["another microBatch", { options: { ...settings.options, microBatch: 3 } }, "trainer.microBatch"],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      const error = await tinyRun({ ...settings, ...change, resumeFrom: last(whole) }).catch((reason) => reason);
      expect(error).to.have.property("code", "CODEX_TRAIN_RESUME_MISMATCH");
      expect(error.what).to.contain(phrase);
    });
  }

  it("is refused without the trainer's state", async () => {
    const error = await tinyRun({ ...settings, resumeFrom: { ...last(whole), parts: {} } }).catch((reason) => reason);
    expect(error).to.have.property("code", "CODEX_TRAIN_RESUME_MISMATCH");
  });

  for (const [what, change, phrase] of [
    ["a missing parameter", (tensors: object) => ({ ...tensors, "ln_f.bias": undefined }), "ln_f.bias is missing"],
    ["a surplus tensor", (tensors: object) => ({ ...tensors, more: {} }), "the tensor more"],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      const model = change(last(whole).model) as object as LoadedCheckpoint["model"];
      const error = await tinyRun({ ...settings, resumeFrom: { ...last(whole), model } }).catch((reason) => reason);
      expect(error).to.have.property("code", "CODEX_TRAIN_MODEL_MISMATCH");
      expect(error.what).to.contain(phrase);
    });
  }

  it("of a finished run takes no step", async () => {
    const resumed = await tinyRun({ ...settings, resumeFrom: last(whole) });
    expect(resumed.steps).to.deep.equal([]);
    expect(resumed.outcome).to.include({ status: "finished", step: 7 });
    expect(last(resumed).metrics).to.deep.equal(last(whole).metrics);
    expect(last(resumed).model).to.deep.equal(last(whole).model);
  });
});
