import { expect } from "chai";
import { FakeModelLoader } from "codex-core/testing";
import { nearestFits, refuseMemory } from "#src/plan/memory-fit.js";
import { lastingBytes, type MemoryLimit } from "#src/plan/memory-limit.js";
import { planRun } from "#src/plan/plan-run.js";
import { Problems } from "#src/plan/problems.js";
import { facts, LayeredLoader } from "./fake-facts.js";

const spec = { vocabSize: 11, dtype: "float32" } as const;
const models = { loader: new LayeredLoader(), spec };
const container = (bytes: number): MemoryLimit => ({ bytes, from: "the container's limit" });
const withStep = (microBatch: number) => ({ ...facts, trainer: { ...facts.trainer, microBatch } });

describe("nearestFits", () => {
  it("finds the largest microBatch that fits and keeps the tokens of a step", () => {
    const limit = planRun(withStep(5)).memoryBytes;
    expect(nearestFits(facts, container(limit), models)).to.deep.equal([
      { "trainer.microBatch": 4, "trainer.gradAccumSteps": 6 },
    ]);
  });

  it("finds the largest of each of the model's sizes where not even one sequence fits, and each fits", () => {
    const limit = planRun(withStep(1)).memoryBytes - 1;
    const step = { "trainer.microBatch": 1, "trainer.gradAccumSteps": 24 };
    expect(nearestFits(facts, container(limit), models)).to.deep.equal([
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
    const [first] = nearestFits(withStep(1), container(limit), models);
    expect(first).to.deep.equal({ "model.contextLength": 99 });
    const untold = { ...facts, trainer: {} };
    const [layers] = nearestFits(untold, container(planRun(untold).memoryBytes - 1), models);
    expect(layers).to.deep.equal({ "model.layerCount": 9 });
  });

  it("finds nothing for a model that has no sizes, or where none is small enough", () => {
    expect(nearestFits(facts, container(1), { loader: new FakeModelLoader(), spec })).to.deep.equal([]);
    expect(nearestFits(facts, container(1), models)).to.deep.equal([]);
  });

  it("finds the step at once, however large the microBatch is", () => {
    const limit = container(planRun(withStep(5)).memoryBytes);
    expect(nearestFits(withStep(1e12), limit, models)).to.deep.equal([
      { "trainer.microBatch": 5, "trainer.gradAccumSteps": 4e11 },
    ]);
  });

  it("asks for a larger limit where the config sets one into which nothing fits", () => {
    for (const bytes of [1, 100_000_000]) {
      const [nearest, ...others] = nearestFits(facts, { bytes, from: "compute.memoryLimitBytes" }, models);
      expect(nearest).to.deep.equal({
        "trainer.microBatch": 1,
        "trainer.gradAccumSteps": 24,
        "compute.memoryLimitBytes": planRun(withStep(1)).memoryBytes,
      });
      expect(others).to.deep.equal([]);
    }
  });

  it("leaves a margin of memory that is only free, and gives sizes in two digits", () => {
    const wide = { loader: new LayeredLoader(10, 1_000_000), spec };
    const long = { ...withStep(1), model: wide.loader.plan() };
    const limit: MemoryLimit = { bytes: 3e9, from: "free memory" };
    const [length] = nearestFits(long, limit, wide);
    expect(length).to.deep.equal({ "model.contextLength": 17_000 });
    const bytesOf = (contextLength: number) =>
      planRun({ ...long, model: { ...long.model, contextLength } }).memoryBytes;
    expect(bytesOf(17_000))
      .to.be.at.most(lastingBytes(limit))
      .and.at.most(0.95 * limit.bytes);
    expect(bytesOf(18_000)).to.be.above(lastingBytes(limit));
  });
});

describe("refuseMemory", () => {
  const refusal = (bytes: number, from: MemoryLimit["from"] = "the container's limit") => {
    const problems = new Problems();
    const limit = { bytes, from };
    refuseMemory(planRun(facts), limit, nearestFits(facts, limit, models), problems);
    return problems.found[0]!;
  };

  it("names the step that fits, and what the run would need, part by part", () => {
    const error = refusal(planRun(withStep(6)).memoryBytes);
    expect(error).to.include({ code: "CODEX_PLAN_MEMORY", exitCode: 2 });
    expect(error.why).to.match(
      /^Together in memory: parameters 3\.8 MiB, gradients 3\.8 MiB, .*, process 190\.7 MiB\.$/,
    );
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
    expect(error.what).to.include("there are 1 B (the container's limit)");
    expect(error.fix).to.include("smaller model");
    expect(error.where).to.equal("config → trainer.microBatch, model");
  });
  it("points at the config's limit, and names one that would do", () => {
    const error = refusal(1, "compute.memoryLimitBytes");
    expect(error.where).to.equal("config → compute.memoryLimitBytes, trainer.microBatch, model");
    expect(error.fix).to.equal(
      "No smaller step fits, nor with a model of which one size is smaller. Set trainer.microBatch=1 " +
        `trainer.gradAccumSteps=24 compute.memoryLimitBytes=${planRun(withStep(1)).memoryBytes} or more.`,
    );
  });
});
