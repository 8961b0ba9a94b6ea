import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import type { Objective, Optimizer, TensorData } from "codex-core";
import { NextTokenObjective } from "codex-plugin-trainer-lm";
import { batchOf, tinyStep } from "../support/tiny-step.js";

/** Plain gradient descent without state: what changed is the gradient that the update got. */
const descent: Optimizer<tf.Tensor> = {
  learningRate: 1,
  slots: () => ({}),
  scalars: (_step, learningRate) => ({ rate: learningRate }),
  update: (_name, { parameter }, gradient, scalars) => ({
    parameter: tf.sub(parameter, tf.mul(gradient, scalars.rate as tf.Tensor)),
    slots: {},
  }),
};

/** An objective on which nothing depends, with weights all the same. */
const indifferent: Objective<tf.Tensor> = {
  inputs: (shape) => new NextTokenObjective().inputs(shape),
  loss: (_model, { lossMask }) => ({
    lossSum: tf.sum(lossMask as tf.Tensor),
    weightSum: tf.sum(lossMask as tf.Tensor),
  }),
};

type Parameters = { [name: string]: TensorData };

/** L2 norm of what changed between two sets of parameters. */
function distance(before: Parameters, after: Parameters): number {
  let sum = 0;
  for (const [name, { data }] of Object.entries(before)) {
    data.forEach((value, index) => {
      sum += (value - (after[name]?.data[index] ?? Number.NaN)) ** 2;
    });
  }
  return Math.sqrt(sum);
}

const rows = [
  { start: 0, counted: 4 },
  { start: 1, counted: 1 },
  { start: 2, counted: 3 },
  { start: 3, counted: 0 },
];
const request = { step: 0, learningRate: 1, seed: 3 };

describe("TrainingStep", () => {
  it("gives the same for unequally masked microBatches as for one large batch", async () => {
    const small = await tinyStep({ microBatch: 2, optimizer: descent });
    const large = await tinyStep({ microBatch: 4, optimizer: descent });
    const before = await small.parameters();
    const accumulated = await small.step.run({
      ...request,
      batches: [batchOf(rows.slice(0, 2)), batchOf(rows.slice(2))],
    });
    const whole = await large.step.run({ ...request, batches: [batchOf(rows)] });
    expect(accumulated.weightSum).to.equal(8);
    expect(accumulated.loss).to.be.closeTo(whole.loss, 1e-6);
    expect(accumulated.gradNorm).to.be.closeTo(whole.gradNorm, 1e-6);
    expect(distance(await small.parameters(), await large.parameters())).to.be.lessThan(1e-6);
    expect(distance(before, await small.parameters())).to.be.closeTo(whole.gradNorm, 1e-6);
  });

  it("starts each step with fresh gradients", async () => {
    const { step } = await tinyStep({ microBatch: 4, optimizer: { ...descent, scalars: () => ({ rate: 0 }) } });
    const first = await step.run({ ...request, batches: [batchOf(rows), batchOf(rows)] });
    const second = await step.run({ ...request, batches: [batchOf(rows), batchOf(rows)] });
    expect(second).to.deep.equal(first);
  });

  it("clips once, after accumulation and division", async () => {
    const clipNorm = 0.01;
    const { step, parameters } = await tinyStep({ microBatch: 2, optimizer: descent, clipNorm });
    const before = await parameters();
    const { gradNorm } = await step.run({ ...request, batches: [batchOf(rows.slice(0, 2)), batchOf(rows.slice(2))] });
    expect(gradNorm).to.be.greaterThan(10 * clipNorm);
    expect(distance(before, await parameters())).to.be.closeTo(clipNorm * (gradNorm / (gradNorm + 1e-6)), 1e-6);
  });

  it("clips nothing below the norm", async () => {
    const { step, parameters } = await tinyStep({ microBatch: 4, optimizer: descent, clipNorm: 1000 });
    const before = await parameters();
    const { gradNorm } = await step.run({ ...request, batches: [batchOf(rows)] });
    expect(distance(before, await parameters())).to.be.closeTo(gradNorm, 1e-6);
  });

  it("decays tensors of two or more dimensions only", async () => {
    const { step, parameters } = await tinyStep({ microBatch: 4, objective: indifferent });
    const before = await parameters();
    await step.run({ ...request, learningRate: 0.5, batches: [batchOf(rows)] });
    for (const [name, { data, shape }] of Object.entries(await parameters())) {
      const factor = shape.length >= 2 ? 1 - 0.5 * 0.1 : 1;
      const expected = before[name]?.data.map((value) => value * factor) ?? [];
      data.forEach((value, index) => {
        expect(value, name).to.be.closeTo(expected[index] as number, 1e-7);
      });
    }
  });

  it("changes nothing when the measure is not accepted", async () => {
    const { step, parameters, backend } = await tinyStep({ microBatch: 4 });
    const before = await parameters();
    const { updated } = await step.run({ ...request, batches: [batchOf(rows)], accept: () => false });
    expect(updated).to.equal(false);
    expect(distance(before, await parameters())).to.equal(0);
    expect(backend.ran).to.deep.equal(["gradients-fresh"]);
  });

  it("corrects the moments by the 0-based step", async () => {
    for (const step of [0, 9]) {
      const tiny = await tinyStep({ microBatch: 4 });
      const before = (await tiny.parameters())["ln_f.weight"]?.data[0] as number;
      await tiny.step.run({ ...request, step, learningRate: 1e-3, batches: [batchOf(rows)] });
      const after = (await tiny.parameters())["ln_f.weight"]?.data[0] as number;
      const mean = 0.1 / (1 - 0.9 ** (step + 1));
      const meanSquare = 0.05 / (1 - 0.95 ** (step + 1));
      expect(Math.abs(after - before)).to.be.closeTo((1e-3 * mean) / Math.sqrt(meanSquare), 1e-6);
    }
  });

  it("draws other masks for another step, microStep and seed, and the same for the same", async () => {
    const lossOf = async (change: object, microStep = 0) => {
      const { step } = await tinyStep({ microBatch: 4, dropout: 0.5 });
      const empty = batchOf(rows.map(({ start }) => ({ start, counted: 0 })));
      const batches = microStep === 0 ? [batchOf(rows)] : [empty, batchOf(rows)];
      return (await step.run({ ...request, ...change, batches })).loss;
    };
    const losses = [await lossOf({}), await lossOf({ step: 1 }), await lossOf({ seed: 4 }), await lossOf({}, 1)];
    expect(new Set(losses).size).to.equal(4);
    expect(await lossOf({})).to.equal(losses[0]);
  });

  it("gives zero gradients to parameters that the loss does not depend on", async () => {
    const { step } = await tinyStep({ microBatch: 4, objective: indifferent });
    expect((await step.run({ ...request, batches: [batchOf(rows)] })).gradNorm).to.equal(0);
  });
});
