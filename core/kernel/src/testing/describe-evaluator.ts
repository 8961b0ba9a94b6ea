import assert from "node:assert/strict";
import type { LoadedCheckpoint } from "../contracts/checkpoint-store.js";
import type { Continuation, Evaluator } from "../contracts/evaluator.js";
import type { ScoredTokens } from "../contracts/metric.js";
import { settles } from "./assertions.js";
import { testRunner } from "./test-runner.js";

/** An evaluator and a checkpoint that it can measure. */
export interface EvaluatorSubject {
  readonly evaluator: Evaluator;
  readonly checkpoint: LoadedCheckpoint;
  /** Texts that it can score, where it scores texts. */
  readonly continuations?: readonly Continuation[];
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

    it("hands out tokens that its own metrics are means of, if it hands out any", async () => {
      const { evaluator, checkpoint } = await create();
      const pieces: ScoredTokens[] = [];
      const onTokens = (tokens: ScoredTokens) => pieces.push(tokens);
      const metrics = await evaluator.evaluate({ checkpoint, split: "validation", signal, onTokens });
      assert.deepEqual(metrics, await evaluator.evaluate({ checkpoint, split: "validation", signal }));
      for (const tokens of pieces) assertTokens(tokens);
      const nats = pieces.flatMap(({ logProbabilities }) => Array.from(logProbabilities, (value) => -value));
      if (nats.length === 0 || metrics["eval/tokens"] !== nats.length) return;
      const loss = nats.reduce((sum, each) => sum + each, 0) / nats.length;
      assert.ok(Math.abs(loss / metrics["eval/loss"]! - 1) < 1e-5, `${loss} instead of ${metrics["eval/loss"]}`);
    });

    it("scores texts after their contexts, in order, if it scores any", async () => {
      const { evaluator, checkpoint, continuations } = await create();
      if (!evaluator.score || !continuations) return;
      const score = async (some: readonly Continuation[]) => {
        const found: ScoredTokens[] = [];
        for await (const tokens of evaluator.score!({ checkpoint, continuations: some, signal })) found.push(tokens);
        return found;
      };
      const all = await score(continuations);
      assert.equal(all.length, continuations.length);
      for (const [index, tokens] of all.entries()) {
        assertTokens(tokens);
        assert.ok(tokens.ranks.length > 0, "a text without tokens");
        const [alone] = await score([continuations[index]!]);
        assert.equal(alone!.ranks.length, tokens.ranks.length);
        const sum = ({ logProbabilities }: ScoredTokens) => Array.from(logProbabilities).reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(sum(alone!) - sum(tokens)) < 1e-4, "a text scores otherwise in other company");
      }
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

function assertTokens({ logProbabilities, ranks, confidences, byteCount, wordCount }: ScoredTokens): void {
  assert.equal(ranks.length, logProbabilities.length);
  assert.equal(confidences.length, logProbabilities.length);
  assert.ok(byteCount >= 0 && wordCount >= 0);
  for (let index = 0; index < ranks.length; index++) {
    const [value, rank, confidence] = [logProbabilities[index]!, ranks[index]!, confidences[index]!];
    assert.ok(value <= 1e-5 && Number.isInteger(rank) && rank >= 0 && confidence > 0 && confidence <= 1);
    if (rank === 0) assert.ok(Math.abs(confidence - Math.exp(value)) < 1e-4, "the likeliest is not as likely as that");
  }
}
