import { expect } from "chai";
import type { Batch, TensorData } from "codex-core";
import { StepGuard } from "#src/train/step-guard.js";
import { LetterBatches, tinyRun } from "../support/tiny-run.js";

/** Batches that give a NaN loss at some positions. */
const poisoned = (positions: readonly number[]) =>
  new LetterBatches((batch: Batch, position) =>
    positions.includes(position)
      ? { ...batch, lossMask: (batch.lossMask as Float32Array).map(() => Number.NaN) }
      : batch,
  );

/** Batches of which some have only padding. */
const padded = (isPadding: (position: number) => boolean) =>
  new LetterBatches((batch: Batch, position) =>
    isPadding(position) ? { ...batch, lossMask: (batch.lossMask as Float32Array).map(() => 0) } : batch,
  );

const measure = (gradNorm: number, loss = 1) => ({ loss, gradNorm, weightSum: 1, metrics: {} });

describe("the guard of a run", () => {
  it("leaves parameters, moments and step untouched when the loss is not finite", async () => {
    const { steps, checkpoints, backend } = await tinyRun({
      parts: { data: poisoned([1, 2]) },
      options: { maxSteps: 2 },
      every: 1,
    });
    expect(backend.ran.filter((name) => name === "update")).to.have.length(2);
    expect(backend.ran.filter((name) => name === "gradients-fresh")).to.have.length(4);
    expect(steps.map(({ step }) => step)).to.deep.equal([1, 2]);
    const clean = await tinyRun({
      parts: {
        data: new (class extends LetterBatches {
          override async open(split: "train" | "validation", shape: { microBatch: number; contextLength: number }) {
            const reader = await super.open(split, shape);
            const skip = (position: number) => (split === "train" && position > 0 ? position + 2 : position);
            return { ...reader, read: (position: number) => reader.read(skip(position)) };
          }
        })(),
      },
      options: { maxSteps: 2 },
      every: 1,
    });
    const [saved, expected] = [checkpoints, clean.checkpoints].map((store) => store.saved.at(-1));
    expect(saved?.model).to.deep.equal(expected?.model);
    expect(saved?.optimizer).to.deep.equal(expected?.optimizer);
    expect(
      Object.values(saved?.model ?? {}).every((tensor: TensorData) => tensor.data.every(Number.isFinite)),
    ).to.equal(true);
    expect(saved?.parts.trainer?.state).to.have.nested.property("guard.skippedTotal", 2);
  });

  it("ends the run after too many skips in a row, without a checkpoint of it", async () => {
    const error = await tinyRun({
      parts: { data: poisoned([1, 2, 3]) },
      options: { maxSteps: 4, guard: { maxSkippedSteps: 2, spikeWarmupSteps: 20 } },
    }).catch((reason) => reason);
    expect(error).to.have.property("code", "CODEX_TRAIN_UNSTABLE");
    expect(error.what).to.contain("3 steps in a row").and.contain("after step 1").and.contain("The loss is NaN");
  });

  it("passes over steps of padding alone, however many, and takes the others as if those were not there", async () => {
    const guard = { maxSkippedSteps: 0, spikeWarmupSteps: 20 };
    const { steps, checkpoints } = await tinyRun({
      parts: { data: padded((position) => position % 5 !== 0) },
      options: { maxSteps: 2, guard },
    });
    expect(steps.map(({ step }) => step)).to.deep.equal([1, 2]);
    const saved = checkpoints.saved.at(-1);
    expect(saved?.parts.trainer?.state).to.deep.include({ position: 6 });
    expect(saved?.parts.trainer?.state).to.have.nested.property("guard.skippedTotal", 0);
    expect(Object.values(saved?.model ?? {}).every((tensor) => tensor.data.every(Number.isFinite))).to.equal(true);
  });

  it("ends a run that has nothing to learn from, after one pass", async () => {
    const data = padded(() => true);
    const run = tinyRun({ parts: { data }, options: { maxSteps: 2, gradAccumSteps: 2 } });
    const error = await run.catch((reason) => reason);
    expect(error).to.have.property("code", "CODEX_TRAIN_NOTHING_TO_LEARN");
    expect(error.what).to.contain("in the 3 steps after step 0");
  });
});

describe("StepGuard", () => {
  const options = { maxSkippedSteps: 1, spikeFactor: 3, spikeWarmupSteps: 2 };

  it("sees a gradient that is not finite though the loss is", () => {
    const guard = new StepGuard(options, 9);
    expect(guard.objection(measure(Number.POSITIVE_INFINITY))).to.contain("gradNorm is Infinity");
    expect(guard.objection(measure(1))).to.equal(undefined);
  });

  it("sees a spike above its running mean once the mean is warm", () => {
    const guard = new StepGuard(options, 9);
    expect(guard.objection(measure(100))).to.equal(undefined);
    guard.record(measure(1), undefined, 0);
    guard.record(measure(2), undefined, 1);
    expect(guard.objection(measure(4.5))).to.equal(undefined);
    expect(guard.objection(measure(4.6))).to.contain("above 4.5");
  });

  it("leaves a skipped step out of the mean, and starts counting again after a good one", () => {
    const guard = new StepGuard(options, 9);
    guard.record(measure(1), undefined, 0);
    guard.record(measure(900), "A spike.", 1);
    guard.record(measure(1), undefined, 1);
    guard.record(measure(900), "A spike.", 2);
    expect(guard.state).to.deep.equal({ skippedInRow: 1, skippedTotal: 2, accepted: 2, meanGradNorm: 1 });
    expect(() => guard.record(measure(900), "A spike.", 2)).to.throw("2 steps in a row");
  });

  it("does not count a step in which no token counts, neither as skipped nor as one that was good", () => {
    const guard = new StepGuard(options, 9);
    guard.record(measure(900), "A spike.", 0);
    const empty = { loss: Number.NaN, gradNorm: Number.NaN, weightSum: 0, metrics: {} };
    expect(guard.objection(empty)).to.equal("No token of it counts.");
    for (let step = 0; step < 5; step += 1) guard.record(empty, "No token of it counts.", 0);
    expect(guard.state).to.deep.equal({ skippedInRow: 1, skippedTotal: 1, accepted: 0, meanGradNorm: 0 });
  });

  it("goes on from its saved state", () => {
    const guard = new StepGuard(options, 9);
    guard.record(measure(1), undefined, 0);
    expect(new StepGuard(options, 9, guard.state).state).to.deep.equal(guard.state);
  });
});
