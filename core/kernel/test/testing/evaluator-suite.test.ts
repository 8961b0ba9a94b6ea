import type { Evaluator, LoadedCheckpoint } from "codex-core";
import { describeEvaluator, FakeEvaluator } from "codex-core/testing";
import { describeMutants } from "./describe-mutants.js";

describe("the suite of evaluators", () => {
  describeMutants({
    "an evaluator whose tokens have no facts": [
      () =>
        describeEvaluator("mutant", () => {
          const fake = new FakeEvaluator();
          const evaluator: Evaluator = {
            evaluate: ({ onTokens, ...request }) =>
              fake.evaluate({
                ...request,
                onTokens: (tokens) => {
                  onTokens?.({ ...tokens, logProbabilities: tokens.logProbabilities, ranks: [0, 0, 0] });
                },
              }),
          };
          return { evaluator, checkpoint: { step: 4 } as LoadedCheckpoint };
        }),
      /hands out tokens/,
    ],
    "an evaluator whose scores depend on the company": [
      () =>
        describeEvaluator("mutant", () => {
          const fake = new FakeEvaluator();
          const evaluator: Evaluator = {
            evaluate: (request) => fake.evaluate(request),
            score: ({ continuations, ...request }) =>
              fake.score({ ...request, continuations: continuations.toReversed() }),
          };
          const continuations = ["a", "bcd"].map((text) => ({ context: "", text }));
          return { evaluator, checkpoint: { step: 4 } as LoadedCheckpoint, continuations };
        }),
      /scores texts after their contexts/,
    ],
  });
});
