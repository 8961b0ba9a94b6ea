import { expect } from "chai";
import { constantSchedule, cosineSchedule, linearSchedule, warmupStableDecaySchedule } from "codex-nn";

const range = { maxSteps: 10, learningRate: 1 };
const rates = (schedule: ReturnType<typeof constantSchedule>, steps = 12) =>
  Array.from({ length: steps }, (_, step) => schedule.learningRate(step, range));

const closeTo = (actual: readonly number[], expected: readonly number[]) => {
  expect(actual).to.have.length(expected.length);
  actual.forEach((value, index) => {
    expect(value, `step ${index}`).to.be.closeTo(expected[index]!, 1e-12);
  });
};

describe("schedules", () => {
  it("warm up by (step + 1)/warmupSteps, so that no step has rate 0 and the last of the warmup has the peak", () => {
    closeTo(rates(constantSchedule({ warmupSteps: 4 }), 6), [0.25, 0.5, 0.75, 1, 1, 1]);
    for (const schedule of [cosineSchedule, linearSchedule, warmupStableDecaySchedule]) {
      closeTo(rates(schedule({ warmupSteps: 4 }), 5), [0.25, 0.5, 0.75, 1, 1]);
    }
  });

  it("cosine falls by half a cosine from the end of the warmup to maxSteps, then stays", () => {
    const cosine = (share: number) => 0.1 + 0.9 * 0.5 * (1 + Math.cos(Math.PI * share));
    const expected = [0.5, 1, ...[0, 1, 2, 3, 4, 5, 6, 7].map((step) => cosine(step / 8)), 0.1, 0.1];
    closeTo(rates(cosineSchedule({ warmupSteps: 2, minLearningRate: 0.1 })), expected);
  });

  it("linear falls in a straight line", () => {
    const expected = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0, 0];
    closeTo(rates(linearSchedule()), expected);
    closeTo(rates(linearSchedule({ minLearningRate: 0.5 }), 11).slice(-2), [0.55, 0.5]);
  });

  it("warmup-stable-decay stays at the peak and falls at the end", () => {
    const schedule = warmupStableDecaySchedule({ warmupSteps: 2, decayFraction: 0.4, minLearningRate: 0.2 });
    closeTo(rates(schedule), [0.5, 1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2, 0.2]);
    closeTo(rates(warmupStableDecaySchedule({ decayFraction: 0 }), 10), new Array<number>(10).fill(1));
  });

  it("keep to the peak when the warmup takes the whole run", () => {
    for (const schedule of [cosineSchedule, linearSchedule, warmupStableDecaySchedule]) {
      closeTo(rates(schedule({ warmupSteps: 10 }), 10).slice(-1), [1]);
    }
  });

  it("refuse steps, warmups and fractions out of range", () => {
    expect(() => cosineSchedule({ warmupSteps: -1 })).to.throw(/CODEX_NN_ARGUMENT: warmupSteps/);
    expect(() => linearSchedule({ warmupSteps: 0.5 })).to.throw(/CODEX_NN_ARGUMENT: warmupSteps/);
    expect(() => warmupStableDecaySchedule({ decayFraction: 1.1 })).to.throw(/CODEX_NN_ARGUMENT: decayFraction/);
    expect(() => constantSchedule().learningRate(-1, range)).to.throw(/CODEX_NN_ARGUMENT: step/);
  });
});
