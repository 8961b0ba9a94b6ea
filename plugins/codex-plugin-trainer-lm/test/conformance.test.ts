import {
  EvaluatorPoint,
  GeneratorPoint,
  type LoadedCheckpoint,
  ObjectivePoint,
  OptimizerPoint,
  SchedulePoint,
  TrainerPoint,
} from "codex-core";
import {
  createFromPlugin,
  describeEvaluator,
  describeGenerator,
  describeObjective,
  describeOptimizer,
  describeSchedule,
  describeTrainer,
} from "codex-core/testing";
import plugin from "codex-plugin-trainer-lm";
import { tinyParts, tinyRun } from "./support/tiny-run.js";

describeTrainer("trainer lm", async ({ maxSteps, checkpoint }) =>
  createFromPlugin(plugin, TrainerPoint, "lm", {
    options: { maxSteps, microBatch: 2 },
    dependencies: { ...(await tinyParts()), checkpoint },
  }),
);

const trained = async () => (await tinyRun()).checkpoints.saved.at(-1) as LoadedCheckpoint;

describeEvaluator("evaluator lm", async () => ({
  evaluator: await createFromPlugin(plugin, EvaluatorPoint, "lm", { dependencies: { ...(await tinyParts()) } }),
  checkpoint: await trained(),
  continuations: [
    { context: "ab", text: "cd" },
    { context: "abcd", text: "e" },
    { context: "g", text: "abc" },
  ],
}));

describeGenerator("generator lm", async () => ({
  generator: await createFromPlugin(plugin, GeneratorPoint, "lm", { dependencies: { ...(await tinyParts()) } }),
  checkpoint: await trained(),
  prompt: "abc",
}));

describeObjective("objective next-token", () => createFromPlugin(plugin, ObjectivePoint, "next-token"));
describeOptimizer("optimizer adamw", () => createFromPlugin(plugin, OptimizerPoint, "adamw"));

const options = { warmupSteps: 5 };
for (const type of ["cosine", "linear", "constant", "warmup-stable-decay"]) {
  describeSchedule(`schedule ${type}`, () => createFromPlugin(plugin, SchedulePoint, type, { options }));
}
