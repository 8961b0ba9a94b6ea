import { expect } from "chai";
import { checkConstraints, findWarnings, metricWarnings } from "#src/plan/constraints.js";
import { Problems } from "#src/plan/problems.js";
import type { ToldFacts } from "#src/plan/told-facts.js";
import { modelPlan } from "./fake-facts.js";

const nothing: ToldFacts = { data: {}, schedule: {}, trainer: {}, compute: {}, checkpoint: {} };

describe("checkConstraints", () => {
  const found = (told: Partial<ToldFacts>, model: object = {}) => {
    const problems = new Problems();
    checkConstraints({ ...nothing, ...told }, { ...modelPlan, ...model }, 50, problems);
    return problems.found;
  };

  it("finds nothing where nobody tells anything", () => {
    expect(found({})).to.deep.equal([]);
  });

  it("holds the tokenizer's ids against the rows of the embedding", () => {
    const [error, ...others] = found({}, { vocabSize: 49 });
    expect(error).to.include({ code: "CODEX_PLAN_VOCABULARY", where: "config → tokenizer, model" });
    expect(error!.what).to.include("50 token ids").and.include("49 rows");
    expect(others).to.deep.equal([]);
    expect(found({}, { vocabSize: 50 })).to.deep.equal([]);
  });

  it("holds the element type against the device", () => {
    const [error] = found({ compute: { device: "cpu", dtype: "int32", dtypes: ["float32"] } });
    expect(error).to.include({ code: "CODEX_PLAN_DTYPE", fix: "Set compute.dtype=float32." });
    expect(found({ compute: { dtype: "float32", dtypes: ["float32"] } })).to.deep.equal([]);
    expect(found({ compute: { dtype: "int32" } })).to.deep.equal([]);
  });

  it("holds the context against the training split, and against the validation split where it is needed", () => {
    const [error] = found({ data: { trainTokens: 100 } });
    expect(error).to.include({
      code: "CODEX_PLAN_CONTEXT",
      fix: "Set model.contextLength=99 or less, or give more text.",
    });
    expect(error!.what).to.include("a contextLength of 100 needs 101");
    const data = { trainTokens: 101, validationTokens: 1 };
    expect(found({ data })).to.deep.equal([]);
    const [needed] = found({ data, trainer: { needsValidation: true } });
    expect(needed!.what).to.include("The validation split has 1 token;");
    expect(needed!.fix).to.equal("Give more text.");
  });
});

describe("metricWarnings", () => {
  it("tell that training measures none of the metrics that the config names", () => {
    expect(metricWarnings({ metric: { ece: { type: "calibration-error" }, perplexity: {} } })).to.deep.equal([
      "metric.ece, metric.perplexity: measured by codex evaluate alone, not while training.",
    ]);
    expect(metricWarnings({ metric: {} })).to.deep.equal([]);
    expect(metricWarnings({})).to.deep.equal([]);
  });
});

describe("findWarnings", () => {
  it("tells of more threads than there are cores", () => {
    const asked = (threads: number) => findWarnings({ ...nothing, compute: { threads } }, {}, 2);
    expect(asked(64)).to.deep.equal([
      "compute.threads is 64, and this process may use 2 cores: threads that wait for one another make a step slower.",
    ]);
    expect(asked(2)).to.deep.equal([]);
    expect(findWarnings(nothing, {}, 2)).to.deep.equal([]);
  });

  it("tells what a run is too short for", () => {
    const told = { ...nothing, schedule: { warmupSteps: 10 }, trainer: { evalEvery: 11 }, checkpoint: { every: 12 } };
    expect(findWarnings(told, { maxSteps: 10 })).to.deep.equal([
      "schedule.warmupSteps is 10, and the run has 10 steps: the learning rate never reaches its peak.",
      "trainer.evalEvery is 11, and the run has 10 steps: nothing is evaluated before the end.",
      "checkpoint.every is 12, and the run has 10 steps: nothing is saved before the end.",
    ]);
    expect(findWarnings(told, { maxSteps: 1 })[0]).to.include("the run has 1 step: ");
    expect(findWarnings(told, { maxSteps: 12 })).to.deep.equal([]);
    expect(findWarnings(told, {})).to.deep.equal([]);
  });

  it("tells of a step that takes more tokens than there are", () => {
    const told = { ...nothing, data: { trainTokens: 1000 } };
    expect(findWarnings(told, { tokensPerStep: 12_000_000 })[0]).to.equal(
      "A step takes 12,000,000 tokens, more than the 1,000 of the training split.",
    );
    expect(findWarnings(told, { tokensPerStep: 1000 })).to.deep.equal([]);
  });
});
