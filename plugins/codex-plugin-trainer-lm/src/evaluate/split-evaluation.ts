import type { Batch, Named, TypedArray } from "codex-core";
import { metricPrefix } from "../step/gradients-program.js";
import { nextTurn } from "../step/next-turn.js";

/** What to evaluate, and with what. */
export interface SplitEvaluationRequest {
  readonly program: { run(batch: Batch): Promise<Named<TypedArray>> };
  readonly batches: AsyncIterable<Batch>;
  readonly signal: AbortSignal;
  /** Takes what the program gave for each batch. */
  readonly onOutputs?: (batch: Batch, outputs: Named<TypedArray>) => void;
}

/** Metrics over a split, and the tokens that they are means of. */
export interface SplitEvaluation {
  /** `eval/loss` in nats per token, `eval/perplexity`, and the objective's own: `eval/accuracy` … */
  readonly metrics: Named<number>;
  readonly tokens: number;
}

/**
 * Measures the resident parameters on batches: the sum of losses over the sum of weights, so that it does not depend
 * on the size of the microBatches. Undefined when the signal stopped it.
 */
export async function evaluateSplit(request: SplitEvaluationRequest): Promise<SplitEvaluation | undefined> {
  const { program, batches, signal, onOutputs } = request;
  const sums: Record<string, number> = {};
  for await (const batch of batches) {
    if (signal.aborted) return undefined;
    const outputs = await program.run(batch);
    for (const [name, values] of Object.entries(outputs)) {
      if (isSum(name)) sums[name] = (sums[name] ?? 0) + (values[0] ?? Number.NaN);
    }
    onOutputs?.(batch, outputs);
    await nextTurn();
  }
  const { lossSum = 0, weightSum = 0, ...others } = sums;
  const loss = lossSum / weightSum;
  const means = Object.entries(others).map(([name, sum]) => [
    `eval/${name.slice(metricPrefix.length)}`,
    sum / weightSum,
  ]);
  return {
    metrics: { "eval/loss": loss, "eval/perplexity": Math.exp(loss), ...Object.fromEntries(means) },
    tokens: weightSum,
  };
}

const isSum = (output: string) => output === "lossSum" || output === "weightSum" || output.startsWith(metricPrefix);
