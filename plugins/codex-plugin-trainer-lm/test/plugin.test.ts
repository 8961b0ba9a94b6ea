import { expect } from "chai";
import { ObjectivePoint, OptimizerPoint, SchedulePoint, TrainerPoint } from "codex-core";
import { createFromPlugin, factsFromPlugin, rejection } from "codex-core/testing";
import plugin from "codex-plugin-trainer-lm";

describe("codex-plugin-trainer-lm", () => {
  it("gives schedules as functions of the 0-based step", async () => {
    const cosine = await createFromPlugin(plugin, SchedulePoint, "cosine", {
      options: { warmupSteps: 4, minLearningRate: 0.1 },
    });
    const span = { maxSteps: 14, learningRate: 1 };
    expect([0, 3, 4, 9, 14].map((step) => cosine.learningRate(step, span))).to.deep.equal([0.25, 1, 1, 0.55, 0.1]);
  });

  it("gives AdamW its peak learning rate and moments", async () => {
    const optimizer = await createFromPlugin(plugin, OptimizerPoint, "adamw", { options: { learningRate: 0.25 } });
    expect(optimizer.learningRate).to.equal(0.25);
    expect(Object.keys(optimizer.slots({ shape: [2], dtype: "float32" }))).to.deep.equal(["exp_avg", "exp_avg_sq"]);
  });

  it("asks for token ids, targets and a mask", async () => {
    const objective = await createFromPlugin(plugin, ObjectivePoint, "next-token");
    expect(objective.inputs({ microBatch: 2, contextLength: 3 })).to.deep.equal({
      tokenIds: { shape: [2, 3], dtype: "int32" },
      targetIds: { shape: [2, 3], dtype: "int32" },
      lossMask: { shape: [2, 3], dtype: "float32" },
    });
  });

  it("tells a plan what a step takes, how long the run is, and how long it warms up", async () => {
    const facts = (options: object) => factsFromPlugin(plugin, TrainerPoint, "lm", { options });
    expect(await facts({ maxSteps: 9, microBatch: 3, gradAccumSteps: 2 })).to.deep.include({
      microBatch: 3,
      gradAccumSteps: 2,
      maxSteps: 9,
      needsValidation: false,
    });
    expect(await facts({ maxEpochs: 1, evalEvery: 4 })).to.deep.include({
      maxEpochs: 1,
      evalEvery: 4,
      needsValidation: true,
    });
    expect(await facts({ maxEpochs: 1, earlyStopping: { patience: 1 } })).to.include({ needsValidation: true });
    await rejection(() => facts({}), "CODEX_TRAIN_NO_END");
    for (const type of ["constant", "cosine", "linear", "warmup-stable-decay"]) {
      const told = await factsFromPlugin(plugin, SchedulePoint, type, { options: { warmupSteps: 4 } });
      expect(told).to.deep.equal({ warmupSteps: 4 });
    }
  });

  it("refuses options that mean nothing", async () => {
    const error = await createFromPlugin(plugin, OptimizerPoint, "adamw", { options: { betas: [0.9, 1] } }).catch(
      (e) => e,
    );
    expect(String(error)).to.contain("betas.1");
  });
});
