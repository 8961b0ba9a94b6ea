import { expect } from "chai";
import { FakeModelLoader } from "codex-core/testing";
import { nearestFits, refuseMemory } from "#src/plan/memory-fit.js";
import { planRun } from "#src/plan/plan-run.js";
import { Problems } from "#src/plan/problems.js";
import { facts, LayeredLoader } from "./fake-facts.js";

const spec = { vocabSize: 11, dtype: "float32" } as const;
const models = { loader: new LayeredLoader(), spec };
const withStep = (microBatch: number) => ({ ...facts, trainer: { ...facts.trainer, microBatch } });

describe("nearestFits", () => {
  it("finds the largest microBatch that fits and keeps the tokens of a step", () => {
    const limit = planRun(withStep(5)).memoryBytes;
    expect(nearestFits(facts, limit, models)).to.deep.equal([{ "trainer.microBatch": 4, "trainer.gradAccumSteps": 6 }]);
  });

  it("finds the largest of each of the model's sizes where not even one sequence fits, and each fits", () => {
    const limit = planRun(withStep(1)).memoryBytes - 1;
    const step = { "trainer.microBatch": 1, "trainer.gradAccumSteps": 24 };
    expect(nearestFits(facts, limit, models)).to.deep.equal([
      { ...step, "model.contextLength": 99 },
      { ...step, "model.layerCount": 9 },
    ]);
    const bytesOf = (name: string, value: number) =>
      planRun({ ...withStep(1), model: models.loader.resized(name, value).plan(spec) }).memoryBytes;
    expect(bytesOf("contextLength", 99)).to.be.at.most(limit);
    expect(bytesOf("contextLength", 100)).to.be.above(limit);
  });

  it("changes the model alone where a step has one sequence already, or the trainer does not tell", () => {
    const limit = planRun(withStep(1)).memoryBytes - 1;
    const [first] = nearestFits(withStep(1), limit, models);
    expect(first).to.deep.equal({ "model.contextLength": 99 });
    const untold = { ...facts, trainer: {} };
    const [layers] = nearestFits(untold, planRun(untold).memoryBytes - 1, models);
    expect(layers).to.deep.equal({ "model.layerCount": 9 });
  });

  it("finds nothing for a model that has no sizes, or where none is small enough", () => {
    expect(nearestFits(facts, 1, { loader: new FakeModelLoader(), spec })).to.deep.equal([]);
    expect(nearestFits(facts, 1, models)).to.deep.equal([]);
  });
});

describe("refuseMemory", () => {
  const refusal = (limitBytes: number) => {
    const problems = new Problems();
    const limit = { bytes: limitBytes, from: "a test" };
    refuseMemory(planRun(facts), limit, nearestFits(facts, limitBytes, models), problems);
    return problems.found[0]!;
  };

  it("names the step that fits", () => {
    const error = refusal(planRun(withStep(6)).memoryBytes);
    expect(error).to.include({ code: "CODEX_PLAN_MEMORY", exitCode: 2 });
    expect(error.fix).to.equal("Set trainer.microBatch=6 trainer.gradAccumSteps=4, which takes as many tokens a step.");
  });

  it("says that not even one sequence fits, and what model would", () => {
    expect(refusal(planRun(withStep(1)).memoryBytes - 1).fix).to.equal(
      "Not even one sequence at a time fits. Set trainer.microBatch=1 trainer.gradAccumSteps=24 " +
        "model.contextLength=99, or trainer.microBatch=1 trainer.gradAccumSteps=24 model.layerCount=9.",
    );
  });

  it("falls back on general advice", () => {
    const error = refusal(1);
    expect(error.what).to.include("0 MiB are there (a test)");
    expect(error.fix).to.include("smaller model");
  });
});
