import type { Metric } from "codex-core";
import { z } from "zod";
import { sumMetric } from "../sum-metric.js";
import { tokenize13a } from "./tokenize-13a.js";
import { countAll, nGrams } from "./words.js";

/** Options of the metric `bleu`. */
export const bleuOptions = z
  .strictObject({
    lowercase: z.boolean().default(false).describe("Whether to compare in lower case."),
  })
  .describe("Corpus BLEU, 0 to 100.");

export type BleuOptions = z.infer<typeof bleuOptions>;

const orders = [1, 2, 3, 4];

/** Sums: tokens of the texts, tokens of the closest references, matches and n-grams of each order; last the texts. */
const size = 3 + 2 * orders.length;

/**
 * Corpus BLEU of n-grams up to four, 0 to 100, as sacrebleu has it by default: tokens by the rules 13a, and where an
 * order has no match, half of what the order before it was given in such a case (`exp`).
 *
 * @source Papineni et al., BLEU (ACL 2002); Chen and Cherry, smoothing 3 (WMT 2014); Post, sacrebleu (WMT 2018)
 */
export function bleuMetric({ lowercase }: BleuOptions): Metric<"text"> {
  const tokensOf = (text: string) => tokenize13a(lowercase ? text.toLowerCase() : text);
  return sumMetric({
    input: "text",
    size,
    add({ text, references }, sums) {
      const tokens = tokensOf(text);
      const others = references.map(tokensOf);
      sums[0]! += tokens.length;
      sums[1]! += closest(tokens.length, others);
      for (const n of orders) {
        const grams = nGrams(tokens, n, " ");
        const counts = others.map((other) => countAll(nGrams(other, n, " ")));
        for (const [gram, count] of countAll(grams)) {
          sums[2 * n]! += Math.min(count, Math.max(...counts.map((each) => each.get(gram) ?? 0)));
        }
        sums[2 * n + 1]! += grams.length;
      }
      sums[size - 1]! += 1;
    },
    values: (sums) => ({ "": score(sums) }),
  });
}

/** Length of the reference that is closest in length, the shorter one of two. */
function closest(length: number, references: readonly (readonly string[])[]): number {
  const lengths = references.map((reference) => reference.length).sort((a, b) => a - b);
  return lengths.reduce((best, each) => (Math.abs(each - length) < Math.abs(best - length) ? each : best));
}

function score(sums: Float64Array): number {
  const [length, referenceLength] = [sums[0]!, sums[1]!];
  if (sums[size - 1] === 0) return Number.NaN;
  if (orders.every((n) => sums[2 * n] === 0)) return 0;
  let [logSum, smoothing] = [0, 1];
  for (const n of orders) {
    const [matches, grams] = [sums[2 * n]!, sums[2 * n + 1]!];
    // Texts too short for n-grams of an order have a precision of 0 there, and a score of 0.
    if (grams === 0) return 0;
    if (matches === 0) smoothing *= 2;
    logSum += Math.log(matches === 0 ? 100 / (smoothing * grams) : (100 * matches) / grams);
  }
  const brevity = length < referenceLength ? Math.exp(1 - referenceLength / length) : 1;
  return brevity * Math.exp(logSum / orders.length);
}
