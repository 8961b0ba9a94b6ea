import type { Split } from "./batch-source.js";
import type { LoadedCheckpoint } from "./checkpoint-store.js";
import { definePoint } from "./contribution-point.js";
import type { Named } from "./json.js";
import type { ScoredTokens } from "./metric.js";

export interface EvaluationRequest {
  readonly checkpoint: LoadedCheckpoint;
  readonly split: Split;
  readonly signal: AbortSignal;
  /** Takes every token of the split that counts, once, in pieces and in order. Left out: nobody asks. */
  readonly onTokens?: (tokens: ScoredTokens) => void;
}

/** A text, and what stands before it. */
export interface Continuation {
  readonly context: string;
  readonly text: string;
  /** Where it is from, for messages: `item tasks/capitals.jsonl:3 of tasks/capitals.yaml`. */
  readonly place?: string;
}

/** The tokens of a text after its context. */
export interface ScoredContinuation extends ScoredTokens {
  /** Whether the beginning of the context was left out, because the whole does not fit. Left out: it was not. */
  readonly isCut?: boolean;
}

export interface ScoreRequest {
  readonly checkpoint: LoadedCheckpoint;
  readonly continuations: readonly Continuation[];
  readonly signal: AbortSignal;
}

/** Measures a checkpoint. */
export interface Evaluator {
  /** Metrics of a whole split: `eval/loss` (nats per token), `eval/perplexity`, `eval/accuracy`, `eval/tokens`. */
  evaluate(request: EvaluationRequest): Promise<Named<number>>;
  /**
   * What the model thinks of texts after their contexts: the tokens of each text, in the order of the request. A context
   * that is too long counts by its end, and `isCut` tells of it. Left out: an evaluator that measures splits alone.
   */
  score?(request: ScoreRequest): AsyncGenerator<ScoredContinuation, void, void>;
}

export const EvaluatorPoint = definePoint<Evaluator, "one">("evaluator", {
  cardinality: "one",
  failurePolicy: "closed",
});
