import assert from "node:assert/strict";
import type { LoadedCheckpoint } from "../contracts/checkpoint-store.js";
import type { Evaluator } from "../contracts/evaluator.js";
import { settles } from "./assertions.js";
import { testRunner } from "./test-runner.js";

/** An evaluator and a checkpoint that it can measure. */
export interface EvaluatorSubject {
  readonly evaluator: Evaluator;
  readonly checkpoint: LoadedCheckpoint;
}

/** Conformance suite of the Evaluator contract. */
export function describeEvaluator(name: string, create: () => EvaluatorSubject | Promise<EvaluatorSubject>): void {
  const { describe, it } = testRunner();
  const { signal } = new AbortController();

  describe(`${name} keeps the Evaluator contract`, () => {
    it("measures both splits in finite numbers, perplexity as exp(loss)", async () => {
      const { evaluator, checkpoint } = await create();
      for (const split of ["validation", "train"] as const) {
        const metrics = await evaluator.evaluate({ checkpoint, split, signal });
        const loss = metrics["eval/loss"];
        assert.ok(loss !== undefined && Number.isFinite(loss) && loss >= 0);
        const perplexity = metrics["eval/perplexity"] ?? Math.exp(loss);
        assert.ok(Math.abs(perplexity / Math.exp(loss) - 1) < 1e-6);
        assert.ok(Object.values(metrics).every(Number.isFinite));
      }
    });

    it("measures the same again", async () => {
      const { evaluator, checkpoint } = await create();
      const request = { checkpoint, split: "validation", signal } as const;
      assert.deepEqual(await evaluator.evaluate(request), await evaluator.evaluate(request));
    });

    it("settles soon when the signal is aborted", async () => {
      const { evaluator, checkpoint } = await create();
      const request = { checkpoint, split: "validation", signal: AbortSignal.abort() } as const;
      await settles(
        Promise.resolve().then(() => evaluator.evaluate(request)),
        5000,
      );
    });
  });
}
