import assert from "node:assert/strict";
import type { Schedule } from "../contracts/schedule.js";
import { testRunner } from "./test-runner.js";

/** Conformance suite of the Schedule contract. */
export function describeSchedule(name: string, create: () => Schedule | Promise<Schedule>): void {
  const { describe, it } = testRunner();
  const span = { maxSteps: 50, learningRate: 1e-3 };
  const steps = Array.from({ length: span.maxSteps }, (_, step) => step);

  describe(`${name} keeps the Schedule contract`, () => {
    it("gives a rate between 0 and the peak for every step", async () => {
      const schedule = await create();
      for (const step of steps) {
        const rate = schedule.learningRate(step, span);
        assert.ok(Number.isFinite(rate) && rate >= 0 && rate <= span.learningRate * (1 + 1e-12), `${rate} at ${step}`);
      }
      assert.ok(steps.some((step) => schedule.learningRate(step, span) > 0));
    });

    it("is a pure function: the order of the steps and the instance do not matter", async () => {
      const [one, two] = [await create(), await create()];
      const forwards = steps.map((step) => one.learningRate(step, span));
      const backwards = [...steps].reverse().map((step) => two.learningRate(step, span));
      assert.deepEqual(backwards.reverse(), forwards);
    });

    it("says truly whether it uses maxSteps", async () => {
      const schedule = await create();
      if (schedule.usesMaxSteps === false) {
        const longer = { ...span, maxSteps: 3 * span.maxSteps };
        for (const step of steps) assert.equal(schedule.learningRate(step, longer), schedule.learningRate(step, span));
      }
    });

    it("works for a run of one step and past the end", async () => {
      const schedule = await create();
      assert.ok(Number.isFinite(schedule.learningRate(0, { maxSteps: 1, learningRate: 1e-3 })));
      assert.ok(Number.isFinite(schedule.learningRate(span.maxSteps, span)));
    });
  });
}
