import { describeSchedule } from "codex-core/testing";
import { describeMutants } from "./describe-mutants.js";

describe("the suite of schedules", () => {
  describeMutants({
    "a schedule with a memory": [
      () => {
        describeSchedule("mutant", () => {
          let calls = 0;
          return { learningRate: (_step, { learningRate }) => learningRate / ++calls };
        });
      },
      /pure function/,
    ],
    "a schedule that hides what it uses": [
      () => {
        describeSchedule("mutant", () => ({
          learningRate: (step, { learningRate, maxSteps }) => learningRate / (1 + step / maxSteps),
          usesMaxSteps: false,
        }));
      },
      /says truly whether it uses maxSteps/,
    ],
  });
});
