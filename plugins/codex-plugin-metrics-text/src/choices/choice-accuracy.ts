import type { Metric, ScoredChoice, ScoredChoices } from "codex-core";
import { sumMetric } from "../sum-metric.js";

/**
 * How often the right answer is the likeliest one: by its log probability, and by that divided by its characters
 * (`Normalized`), so that short answers have no advantage. An answer that stands alone counts when the model would
 * write it.
 */
export function choiceAccuracyMetric(): Metric<"choices"> {
  return sumMetric({
    input: "choices",
    size: 3,
    add(item, sums) {
      sums[0]! += isRight(item, ({ logProbability }) => logProbability);
      sums[1]! += isRight(item, ({ logProbability, characterCount }) => logProbability / characterCount);
      sums[2]! += 1;
    },
    values: ([plain, normalized, count]) => ({ "": plain! / count!, Normalized: normalized! / count! }),
  });
}

/** 1 or 0. Of equals the first is chosen. */
function isRight({ choices, answer }: ScoredChoices, score: (choice: ScoredChoice) => number): number {
  if (choices.length === 1) return Number(choices[0]!.isLikeliest);
  const scores = choices.map(score);
  return Number(scores.indexOf(Math.max(...scores)) === answer);
}
