import { ones, scalar, tensor, zeros } from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { clipScale, createAdamW } from "codex-nn";
import { useCpu } from "../support/eager-cpu-backend.js";

const scalarsOf = (optimizer: ReturnType<typeof createAdamW>, step: number, learningRate: number) =>
  Object.fromEntries(
    Object.entries(optimizer.scalars(step, learningRate)).map(([name, value]) => [name, scalar(value)]),
  );

describe("createAdamW", () => {
  before(useCpu);

  it("decays tensors of two or more dimensions, and no others", () => {
    const optimizer = createAdamW({ weightDecay: 0.5 });
    const after = (shape: number[]) => {
      const slots = { exp_avg: zeros(shape), exp_avg_sq: zeros(shape) };
      const current = { parameter: ones(shape), slots };
      return optimizer.update("p", current, zeros(shape), scalarsOf(optimizer, 0, 0.1)).parameter.dataSync()[0];
    };
    expect(after([])).to.equal(1);
    expect(after([1])).to.equal(1);
    expect(after([1, 1])).to.equal(Math.fround(0.95));
    expect(after([1, 1, 1])).to.equal(Math.fround(0.95));
  });

  it("moves by the learning rate at the first step, whatever the gradient's size", () => {
    const optimizer = createAdamW({ weightDecay: 0 });
    const current = { parameter: zeros([2]), slots: { exp_avg: zeros([2]), exp_avg_sq: zeros([2]) } };
    const { parameter, slots } = optimizer.update("p", current, tensor([1e-3, -50]), scalarsOf(optimizer, 0, 0.1));
    expect(parameter.dataSync()[0]).to.be.closeTo(-0.1, 1e-5);
    expect(parameter.dataSync()[1]).to.be.closeTo(0.1, 1e-5);
    expect(Object.keys(slots)).to.deep.equal(["exp_avg", "exp_avg_sq"]);
  });

  it("adds epsilon after the root and its correction, as PyTorch does", () => {
    const optimizer = createAdamW({ betas: [0, 0.75], epsilon: 1, weightDecay: 0 });
    const current = { parameter: zeros([1]), slots: { exp_avg: zeros([1]), exp_avg_sq: zeros([1]) } };
    const { parameter } = optimizer.update("p", current, tensor([1]), scalarsOf(optimizer, 0, 1));
    expect(parameter.dataSync()[0]).to.be.closeTo(-1 / (Math.sqrt(0.25) / Math.sqrt(0.25) + 1), 1e-6);
  });

  it("computes what depends on the step in double precision, for the 0-based step", () => {
    const { scalars } = createAdamW({ betas: [0.9, 0.999], weightDecay: 0.1 });
    expect(scalars(0, 0.5)).to.deep.equal({
      decayFactor: 0.95,
      stepSize: 0.5 / (1 - 0.9),
      inverseRootCorrection: 1 / Math.sqrt(1 - 0.999),
    });
    expect(scalars(99_999, 0.5).inverseRootCorrection).to.be.closeTo(1, 1e-12);
  });

  it("has slots shaped as the parameter", () => {
    const spec = { shape: [3, 5], dtype: "float32" } as const;
    expect(createAdamW().slots(spec)).to.deep.equal({ exp_avg: spec, exp_avg_sq: spec });
  });

  it("refuses betas, epsilon and decay out of range", () => {
    expect(() => createAdamW({ betas: [1, 0.9] })).to.throw(/CODEX_NN_ARGUMENT.*betas/);
    expect(() => createAdamW({ epsilon: 0 })).to.throw(/CODEX_NN_ARGUMENT.*epsilon/);
    expect(() => createAdamW({ weightDecay: -1 })).to.throw(/CODEX_NN_ARGUMENT.*weightDecay/);
  });
});

describe("clipScale", () => {
  it("is 1 below the limit and brings the norm to it above", () => {
    expect(clipScale(0.5, 1)).to.equal(1);
    expect(clipScale(4, 1)).to.be.closeTo(0.25, 1e-6);
    expect(clipScale(4)).to.equal(1);
    expect(clipScale(4, 0)).to.equal(1);
    expect(clipScale(0, 1)).to.equal(1);
    expect(clipScale(Number.NaN, 1)).to.be.NaN;
  });
});
