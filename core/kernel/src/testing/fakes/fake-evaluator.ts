import type { EvaluationRequest, Evaluator, ScoreRequest } from "../../contracts/evaluator.js";
import type { Named } from "../../contracts/json.js";
import type { ScoredTokens } from "../../contracts/metric.js";

/** Measures without a model: the loss of a checkpoint is 5 divided by its step. */
export class FakeEvaluator implements Evaluator {
  async evaluate({ checkpoint, signal, onTokens }: EvaluationRequest): Promise<Named<number>> {
    signal.throwIfAborted();
    const loss = 5 / checkpoint.step;
    for (const share of [0.5, 1, 1.5]) onTokens?.(tokensOf([-loss * share, -loss], "the sea "));
    return { "eval/loss": loss, "eval/tokens": 6 };
  }

  /** Each byte is a token; the likelier, the nearer it comes before the letter z. */
  async *score({ continuations, signal }: ScoreRequest): AsyncGenerator<ScoredTokens, void, void> {
    for (const { text } of continuations) {
      signal.throwIfAborted();
      const values = [...Buffer.from(text)].map((byte) => (byte - 123) / 100);
      yield tokensOf(
        values.map((value) => Math.min(-0.01, value)),
        text,
      );
    }
  }
}

function tokensOf(logProbabilities: readonly number[], text: string): ScoredTokens {
  return {
    logProbabilities,
    ranks: logProbabilities.map((value) => Math.floor(-value)),
    confidences: logProbabilities.map((value) => (value > -1 ? Math.exp(value) : 0.5)),
    byteCount: Buffer.byteLength(text),
    wordCount: text.trim().split(/\s+/).length,
  };
}
