import { expect } from "chai";
import { checkMemory } from "#src/plan/check-memory.js";
import { nearestStep } from "#src/plan/memory-fit.js";
import { planRun, type RunPlanFacts } from "#src/plan/plan-run.js";

const facts: RunPlanFacts = {
  model: {
    parameterCount: 1_000_000,
    parameterBytes: 4_000_000,
    activationBytesPerToken: 100_000,
    forwardFlopsPerToken: 2_000_000,
    contextLength: 100,
  },
  microBatch: 12,
  gradAccumSteps: 2,
  maxSteps: 10,
  optimizerSlots: 2,
  checkpoints: 3,
};

describe("planRun", () => {
  it("counts tokens, operations, memory by part and disk", () => {
    const plan = planRun(facts);
    expect(plan.tokensPerStep).to.equal(2400);
    expect(plan.flopsPerStep).to.equal(3 * 2_000_000 * 2400);
    expect(plan.flops).to.equal(10 * plan.flopsPerStep);
    const bytes = Object.fromEntries(plan.memory.map((part) => [part.name, part.bytes]));
    expect(bytes).to.deep.include({ parameters: 4e6, gradients: 4e6, optimizer: 8e6, "checkpoint copy": 12e6 });
    expect(bytes.activations).to.equal(100_000 * 1200 * 1.5);
    expect(plan.memoryBytes).to.equal(Object.values(bytes).reduce((sum, part) => sum + part, 0));
    expect(plan.diskBytes).to.equal(36e6);
  });

  it("finds the largest microBatch that fits and keeps the tokens of a step", () => {
    const limit = planRun({ ...facts, microBatch: 5 }).memoryBytes;
    expect(nearestStep(facts, limit)).to.deep.equal({ microBatch: 4, gradAccumSteps: 6 });
    expect(nearestStep(facts, 1e6)).to.equal(undefined);
  });

  it("refuses what cannot fit, and names what can", () => {
    const limit = { bytes: planRun({ ...facts, microBatch: 6 }).memoryBytes, from: "a test" };
    expect(() => checkMemory({ ...facts, microBatch: 6 }, limit)).to.not.throw();
    expect(() => checkMemory(facts, limit))
      .to.throw("CODEX_PLAN_MEMORY")
      .with.property("fix")
      .that.includes("trainer.microBatch=6 trainer.gradAccumSteps=4");
    expect(() => checkMemory(facts, { bytes: 1, from: "a test" }))
      .to.throw("0 MB are there (a test)")
      .with.property("fix")
      .that.includes("smaller model");
  });
});
