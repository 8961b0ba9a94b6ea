import type { TrainingRun } from "codex-core";
import { CountingTrainer, describeTrainer } from "codex-core/testing";
import { describeMutants } from "./describe-mutants.js";

describe("the suite of trainers", () => {
  describeMutants({
    "a trainer that does not save when interrupted": [
      () =>
        describeTrainer("mutant", ({ maxSteps, checkpoint }) => {
          const trainer = new CountingTrainer({ checkpoint }, { maxSteps, saveEvery: 1000, evalEvery: 9, stepMs: 0 });
          return {
            train: async (run: TrainingRun) => {
              const { signal } = new AbortController();
              const outcome = await trainer.train({ ...run, signal });
              return run.signal.aborted ? { ...outcome, status: "interrupted" as const } : outcome;
            },
          };
        }),
      /finishes the step, saves/,
    ],
    "a trainer that forgets the states of others": [
      () =>
        describeTrainer("mutant", ({ maxSteps, checkpoint }) => {
          const trainer = new CountingTrainer({ checkpoint }, { maxSteps, saveEvery: 1000, evalEvery: 9, stepMs: 0 });
          return { train: (run: TrainingRun) => trainer.train({ ...run, partStates: () => ({}) }) };
        }),
      /states of the other parts/,
    ],
    "a trainer that does not tell when a save begins": [
      () =>
        describeTrainer("mutant", ({ maxSteps, checkpoint }) => {
          const trainer = new CountingTrainer({ checkpoint }, { maxSteps, saveEvery: 1000, evalEvery: 9, stepMs: 0 });
          const quiet = { checkpointStart: async () => undefined };
          return { train: (run: TrainingRun) => trainer.train({ ...run, hooks: { ...run.hooks, ...quiet } }) };
        }),
      /tells those who look on/,
    ],
  });
});
