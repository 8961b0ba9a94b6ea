import assert from "node:assert/strict";
import type { Objective } from "../contracts/objective.js";
import { testRunner } from "./test-runner.js";

/** Conformance suite of the Objective contract, as far as it needs no tensors: its inputs. */
export function describeObjective<Tensor>(
  name: string,
  create: () => Objective<Tensor> | Promise<Objective<Tensor>>,
): void {
  const { describe, it } = testRunner();

  describe(`${name} keeps the Objective contract`, () => {
    it("names its inputs with shapes that follow the microBatch", async () => {
      const objective = await create();
      for (const shape of [
        { microBatch: 2, contextLength: 3 },
        { microBatch: 5, contextLength: 8 },
      ]) {
        const inputs = objective.inputs(shape);
        assert.ok(Object.keys(inputs).length > 0);
        for (const [input, spec] of Object.entries(inputs)) {
          assert.ok(spec.dtype === "float32" || spec.dtype === "int32", input);
          assert.equal(spec.shape[0], shape.microBatch, `${input} has one row for each sequence`);
        }
      }
    });

    it("names the same inputs when made twice", async () => {
      const shape = { microBatch: 2, contextLength: 3 };
      assert.deepEqual((await create()).inputs(shape), (await create()).inputs(shape));
    });

    it("prepares for any step", async () => {
      const objective = await create();
      await objective.prepare?.(0);
      await objective.prepare?.(100);
    });
  });
}
