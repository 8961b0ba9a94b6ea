import assert from "node:assert/strict";
import type { Optimizer } from "../contracts/optimizer.js";
import { testRunner } from "./test-runner.js";

/** Conformance suite of the Optimizer contract, as far as it needs no tensors: rate, slots, scalars. */
export function describeOptimizer<Tensor>(
  name: string,
  create: () => Optimizer<Tensor> | Promise<Optimizer<Tensor>>,
): void {
  const { describe, it } = testRunner();

  describe(`${name} keeps the Optimizer contract`, () => {
    it("tells its peak learning rate", async () => {
      const { learningRate } = await create();
      assert.ok(Number.isFinite(learningRate) && learningRate > 0);
    });

    it("names the state of a parameter, the same for the same shape", async () => {
      const [one, two] = [await create(), await create()];
      for (const shape of [[], [3], [4, 5]]) {
        const slots = one.slots({ shape, dtype: "float32" });
        assert.deepEqual(two.slots({ shape, dtype: "float32" }), slots);
        for (const [slot, spec] of Object.entries(slots)) {
          assert.ok(/^[A-Za-z0-9_]+$/.test(slot), `${slot} is part of names in checkpoints`);
          assert.ok(spec.shape.every((length) => Number.isSafeInteger(length) && length >= 0));
        }
      }
    });

    it("gives finite scalars as a pure function of step and rate, always of the same names", async () => {
      const [one, two] = [await create(), await create()];
      const names = Object.keys(one.scalars(0, 1e-3));
      for (const step of [1000, 7, 1, 0]) {
        const scalars = one.scalars(step, 1e-3);
        assert.deepEqual(Object.keys(scalars), names);
        assert.deepEqual(two.scalars(step, 1e-3), scalars);
        assert.ok(Object.values(scalars).every((value) => Number.isFinite(Math.fround(value))));
      }
    });
  });
}
