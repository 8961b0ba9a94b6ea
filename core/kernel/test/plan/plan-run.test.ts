import { expect } from "chai";
import { planRun } from "#src/plan/plan-run.js";
import { facts, modelPlan } from "./fake-facts.js";

describe("planRun", () => {
  it("counts tokens, operations, memory by part and disk", () => {
    const plan = planRun(facts);
    expect(plan.tokensPerStep).to.equal(2400);
    expect(plan.flopsPerStep).to.equal(3 * 2_000_000 * 2400);
    expect(plan.flops).to.equal(10 * plan.flopsPerStep!);
    const bytes = Object.fromEntries(plan.memory.map((part) => [part.name, part.bytes]));
    expect(bytes).to.deep.equal({
      parameters: 4e6,
      gradients: 4e6,
      optimizer: 8e6,
      "checkpoint copy": 12e6,
      activations: 100_000 * 1200 * 1.5,
      logits: 3 * 1000 * 1200,
      "largest gradient": 2e6,
      "initial values": 1e6,
      process: 2e8,
    });
    expect(plan.memoryBytes).to.equal(Object.values(bytes).reduce((sum, part) => sum + part, 0));
    expect(plan).to.deep.include({ checkpointBytes: 12e6, diskBytes: 36e6, unknown: [] });
  });

  it("counts what a backend says that it does not keep", () => {
    const compute = {
      ...facts.compute,
      isFused: true,
      headBytes: (bytes: number) => bytes / 2,
      gradientsOnTheirWay: 1,
    };
    const bytes = Object.fromEntries(planRun({ ...facts, compute }).memory.map((part) => [part.name, part.bytes]));
    expect(bytes).to.include({
      activations: 40_000 * 1200 * 1.5,
      logits: (1000 * 1200) / 2,
      "largest gradient": 1e6,
    });
  });

  it("counts the steps of epochs where the data tells its tokens; the shorter of two ends counts", () => {
    const steps = (trainer: object, trainTokens?: number) =>
      planRun({ ...facts, trainer: { ...facts.trainer, ...trainer }, data: { trainTokens } }).maxSteps;
    // 100 windows of 100 tokens: 9 microBatches of 12, of which a step takes 2.
    expect(steps({ maxSteps: undefined, maxEpochs: 2 }, 10_000)).to.equal(9);
    expect(steps({ maxSteps: 5, maxEpochs: 2 }, 10_000)).to.equal(5);
    expect(steps({ maxSteps: 500, maxEpochs: 2 }, 10_000)).to.equal(9);
    expect(steps({ maxSteps: 500, maxEpochs: 2 })).to.equal(undefined);
  });

  it("leaves out what nobody tells, and says so", () => {
    const plan = planRun({ model: modelPlan, trainer: {}, compute: {}, checkpoint: {}, data: {} });
    expect(plan.memory.map(({ name }) => name)).to.deep.equal([
      "parameters",
      "gradients",
      "largest gradient",
      "initial values",
    ]);
    expect(plan).to.not.have.any.keys("tokensPerStep", "flopsPerStep", "maxSteps", "flops", "diskBytes");
    expect(plan.unknown).to.have.length(6);
    expect(plan.unknown[0]).to.include("what the trainer takes at once");
  });
});
