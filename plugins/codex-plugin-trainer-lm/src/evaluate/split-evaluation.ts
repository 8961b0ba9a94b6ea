import type { Batch, BatchReader, Named, TypedArray } from "codex-core";
import { metricPrefix } from "../step/gradients-program.js";
import { nextTurn } from "../step/next-turn.js";

/** What to evaluate, and with what. */
export interface SplitEvaluationRequest {
  readonly program: { run(batch: Batch): Promise<Named<TypedArray>> };
  readonly reader: BatchReader;
  /** MicroBatches at the most; left out: the whole split. */
  readonly maxBatches?: number;
  readonly signal: AbortSignal;
}

/** Metrics over a split, and the tokens that they are means of. */
export interface SplitEvaluation {
  /** `eval/loss` in nats per token, `eval/perplexity`, and the objective's own: `eval/accuracy` … */
  readonly metrics: Named<number>;
  readonly tokens: number;
}

/**
 * Measures the resident parameters on a split: the sum of losses over the sum of weights, so that it does not depend
 * on the size of the microBatches. Undefined when the signal stopped it.
 */
export async function evaluateSplit(request: SplitEvaluationRequest): Promise<SplitEvaluation | undefined> {
  const { program, reader, signal } = request;
  const batches = Math.min(reader.microBatchesPerEpoch, request.maxBatches ?? Number.POSITIVE_INFINITY);
  const sums: Record<string, number> = {};
  let next: Promise<Batch> | undefined;
  for (let position = 0; position < batches; position += 1) {
    const batch = await (next ?? reader.read(position));
    if (signal.aborted) return undefined;
    next = position + 1 < batches ? reader.read(position + 1) : undefined;
    next?.catch(() => {});
    const outputs = await program.run(batch);
    for (const [name, values] of Object.entries(outputs)) sums[name] = (sums[name] ?? 0) + (values[0] ?? Number.NaN);
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
