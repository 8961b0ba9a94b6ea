import type { Metric, ScoredText } from "codex-core";
import { z } from "zod";
import { sumMetric } from "../sum-metric.js";
import { countAll, nGrams, overlap, splitWords } from "./words.js";

/** Options of the metric `chrf`. */
export const chrfOptions = z
  .strictObject({
    charOrder: z
      .int()
      .min(1)
      .max(20)
      .default(6)
      .meta({ "x-codex-unit": "characters" })
      .describe("Longest n-grams of characters."),
    wordOrder: z
      .int()
      .min(0)
      .max(20)
      .default(0)
      .meta({ "x-codex-unit": "words" })
      .describe("Longest n-grams of words: 2 makes it chrF++."),
    beta: z.number().positive().default(2).describe("How many times as much recall counts as precision."),
    lowercase: z.boolean().default(false).describe("Whether to compare in lower case."),
  })
  .describe("Corpus chrF, 0 to 100.");

export type ChrfOptions = z.infer<typeof chrfOptions>;

/** N-grams of one order: of the text, of the reference, and how many they share. */
type OrderSums = readonly [text: number, reference: number, shared: number];

const punctuation = new Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

/**
 * chrF and chrF++, 0 to 100, as sacrebleu has them by default: the F score of precision and recall, each the mean over
 * the orders that both sides have n-grams of, of counts over the whole corpus. White space is no character. Of several
 * references the one counts that the text scores best with.
 *
 * @source Popović, chrF (WMT 2015) and chrF++ (WMT 2017)
 */
export function chrfMetric({ charOrder, wordOrder, beta, lowercase }: ChrfOptions): Metric<"text"> {
  const orders = charOrder + wordOrder;

  /** Counted n-grams of each order: characters first, then words. */
  const gramsOf = (text: string): ReadonlyMap<string, number>[] => {
    const cased = lowercase ? text.toLowerCase() : text;
    const characters = [...splitWords(cased).join("")];
    const words = splitWords(cased).flatMap(apartFromPunctuation);
    return Array.from({ length: orders }, (_, order) =>
      countAll(order < charOrder ? nGrams(characters, order + 1, "") : nGrams(words, order - charOrder + 1, " ")),
    );
  };

  const bestOf = ({ text, references }: ScoredText): Float64Array => {
    const grams = gramsOf(text);
    const candidates = references.map((reference) => {
      const others = gramsOf(reference);
      return Float64Array.from(grams.flatMap((counts, order) => orderSums(counts, others[order]!)));
    });
    return candidates.reduce((best, each) => (score(each, beta) > score(best, beta) ? each : best));
  };

  return sumMetric({
    input: "text",
    size: 3 * orders + 1,
    add(item, sums) {
      for (const [index, count] of bestOf(item).entries()) sums[index]! += count;
      sums[3 * orders]! += 1;
    },
    values: (sums) => ({ "": sums[3 * orders] === 0 ? Number.NaN : score(sums.subarray(0, -1), beta) }),
  });
}

/** N-grams of a text whose reference has none of the order are not held against it. */
function orderSums(text: ReadonlyMap<string, number>, reference: ReadonlyMap<string, number>): OrderSums {
  const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [reference.size === 0 ? 0 : total(text), total(reference), overlap(text, reference)];
}

function score(sums: Float64Array, beta: number): number {
  let [precision, recall, orders] = [0, 0, 0];
  for (let index = 0; index < sums.length; index += 3) {
    const [text, reference, shared] = [sums[index]!, sums[index + 1]!, sums[index + 2]!];
    if (text === 0 || reference === 0) continue;
    precision += shared / text;
    recall += shared / reference;
    orders += 1;
  }
  if (precision + recall === 0) return 0;
  const [meanPrecision, meanRecall, weight] = [precision / orders, recall / orders, beta ** 2];
  return (100 * (1 + weight) * meanPrecision * meanRecall) / (weight * meanPrecision + meanRecall);
}

/** One ASCII symbol at the end of a word, or else at its beginning, is a word of its own. */
function apartFromPunctuation(word: string): string[] {
  const characters = [...word];
  if (characters.length === 1) return [word];
  const [first, last] = [characters[0]!, characters.at(-1)!];
  if (punctuation.has(last)) return [word.slice(0, -1), last];
  return punctuation.has(first) ? [first, word.slice(1)] : [word];
}
