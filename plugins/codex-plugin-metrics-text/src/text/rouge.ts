import type { Metric } from "codex-core";
import { z } from "zod";
import { sumMetric } from "../sum-metric.js";
import { stemWord } from "./porter-stemmer.js";
import { countAll, harmonicMean, nGrams, overlap } from "./words.js";

/** Options of the metric `rouge`. */
export const rougeOptions = z
  .strictObject({
    stemmer: z.boolean().default(false).describe("Whether English words count by their stems."),
  })
  .describe("ROUGE-1, ROUGE-2 and ROUGE-L: mean F, 0 to 1.");

export type RougeOptions = z.infer<typeof rougeOptions>;

type Compare = (text: readonly string[], reference: readonly string[]) => number;

/** F scores by the metric's names. */
const measures: readonly (readonly [name: string, compare: Compare])[] = [
  ["1", sharedGrams(1)],
  ["2", sharedGrams(2)],
  ["L", sharedSequence],
];

/**
 * ROUGE-1, ROUGE-2 and ROUGE-L, 0 to 1: F scores of shared words, pairs of words and the longest common subsequence,
 * as rouge-score has them. Words are runs of ASCII letters and digits: a text without any scores 0. Of several
 * references the best counts, for each measure by itself; the value is the mean over the texts.
 *
 * @source Lin, ROUGE (Text Summarization Branches Out, 2004)
 */
export function rougeMetric({ stemmer }: RougeOptions): Metric<"text"> {
  const wordsOf = (text: string): string[] => {
    const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
    return stemmer ? words.map((word) => (word.length > 3 ? stemWord(word) : word)) : words;
  };
  return sumMetric({
    input: "text",
    size: measures.length + 1,
    add({ text, references }, sums) {
      const words = wordsOf(text);
      const others = references.map(wordsOf);
      for (const [index, [, compare]] of measures.entries()) {
        sums[index]! += Math.max(...others.map((other) => compare(words, other)));
      }
      sums[measures.length]! += 1;
    },
    values: (sums) =>
      Object.fromEntries(measures.map(([name], index) => [name, sums[index]! / sums[measures.length]!])),
  });
}

function sharedGrams(n: number): Compare {
  return (text, reference) => {
    const [left, right] = [nGrams(text, n, " "), nGrams(reference, n, " ")];
    const shared = overlap(countAll(left), countAll(right));
    return harmonicMean(shared / Math.max(left.length, 1), shared / Math.max(right.length, 1));
  };
}

function sharedSequence(text: readonly string[], reference: readonly string[]): number {
  if (text.length === 0 || reference.length === 0) return 0;
  const length = commonSubsequence(text, reference);
  return harmonicMean(length / text.length, length / reference.length);
}

/** Length of the longest common subsequence, row by row of the table. */
function commonSubsequence(left: readonly string[], right: readonly string[]): number {
  let above = new Uint32Array(right.length + 1);
  for (const word of left) {
    const row = new Uint32Array(right.length + 1);
    for (let place = 1; place <= right.length; place += 1) {
      row[place] = word === right[place - 1] ? above[place - 1]! + 1 : Math.max(above[place]!, row[place - 1]!);
    }
    above = row;
  }
  return above[right.length]!;
}
