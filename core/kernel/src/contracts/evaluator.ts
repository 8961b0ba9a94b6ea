import type { Split } from "./batch-source.js";
import type { LoadedCheckpoint } from "./checkpoint-store.js";
import { definePoint } from "./contribution-point.js";
import type { Named } from "./json.js";

export interface EvaluationRequest {
  readonly checkpoint: LoadedCheckpoint;
  readonly split: Split;
  readonly signal: AbortSignal;
}

/** Measures a checkpoint on a whole split. */
export interface Evaluator {
  /** Metrics `eval/loss` (nats per token), `eval/perplexity`, `eval/accuracy`, `eval/tokens`. */
  evaluate(request: EvaluationRequest): Promise<Named<number>>;
}

export const EvaluatorPoint = definePoint<Evaluator, "one">("evaluator", {
  cardinality: "one",
  failurePolicy: "closed",
});
