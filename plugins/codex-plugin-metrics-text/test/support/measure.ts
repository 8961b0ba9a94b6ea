import type { Metric, MetricInput, MetricInputs, Named, ScoredTokens } from "codex-core";

/** The values of a metric over items. */
export function measure<Input extends MetricInput>(
  metric: Metric<Input>,
  ...items: readonly MetricInputs[Input][]
): Named<number> {
  const accumulator = metric.start();
  for (const item of items) accumulator.add(item);
  return accumulator.result();
}

/** Tokens of these probabilities. */
export function tokensOf(probabilities: readonly number[], more: Partial<ScoredTokens> = {}): ScoredTokens {
  return {
    logProbabilities: probabilities.map(Math.log),
    ranks: probabilities.map((probability) => (probability > 0.5 ? 0 : 3)),
    confidences: probabilities.map((probability) => Math.max(probability, 0.6)),
    byteCount: 2 * probabilities.length,
    wordCount: 1,
    ...more,
  };
}
