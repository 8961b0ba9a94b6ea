import type { Metric, MetricAccumulator, Named, ScoredText } from "codex-core";
import { z } from "zod";
import { sumMetric } from "../sum-metric.js";
import { nGrams, splitWords } from "./words.js";

/** Options of the metric `distinct`. */
export const distinctOptions = z
  .strictObject({
    orders: z
      .array(z.int().min(1).max(20))
      .min(1)
      .default([1, 2])
      .meta({ "x-codex-unit": "words" })
      .describe("Lengths of the runs of words."),
  })
  .describe("Different runs of words over all of them.");

export type DistinctOptions = z.infer<typeof distinctOptions>;

/** Options of the metric `repetition`. */
export const repetitionOptions = z
  .strictObject({
    order: z.int().min(1).max(20).default(4).meta({ "x-codex-unit": "words" }).describe("Length of the runs of words."),
  })
  .describe("Mean share of runs of words that the text has already.");

export type RepetitionOptions = z.infer<typeof repetitionOptions>;

class DistinctAccumulator implements MetricAccumulator<ScoredText> {
  private readonly seen: ReadonlyMap<number, Set<string>>;
  private readonly counts = new Map<number, number>();

  constructor(orders: readonly number[]) {
    this.seen = new Map(orders.map((order) => [order, new Set<string>()]));
  }

  add({ text }: ScoredText): void {
    const words = splitWords(text);
    for (const [order, seen] of this.seen) {
      const grams = nGrams(words, order, " ");
      for (const gram of grams) seen.add(gram);
      this.count(order, grams.length);
    }
  }

  merge(other: DistinctAccumulator): void {
    for (const [order, seen] of this.seen) {
      for (const gram of other.seen.get(order) ?? []) seen.add(gram);
      this.count(order, other.counts.get(order) ?? 0);
    }
  }

  result(): Named<number> {
    const values = [...this.seen].map(([order, seen]) => [String(order), seen.size / (this.counts.get(order) ?? 0)]);
    return Object.fromEntries(values);
  }

  private count(order: number, more: number): void {
    this.counts.set(order, (this.counts.get(order) ?? 0) + more);
  }
}

/**
 * Distinct-n: different runs of n words over all runs, in all texts together.
 *
 * @source Li et al., A diversity-promoting objective function (NAACL 2016), section 5
 */
export function distinctMetric({ orders }: DistinctOptions): Metric<"text"> {
  return { input: "text", start: () => new DistinctAccumulator(orders) };
}

/**
 * Share of a text's runs of words that are there already, mean over the texts that are long enough to have a run.
 *
 * @source Welleck et al., Neural text generation with unlikelihood training (ICLR 2020): seq-rep-n
 */
export function repetitionMetric({ order }: RepetitionOptions): Metric<"text"> {
  return sumMetric({
    input: "text",
    size: 2,
    add({ text }, sums) {
      const grams = nGrams(splitWords(text), order, " ");
      if (grams.length === 0) return;
      sums[0]! += 1 - new Set(grams).size / grams.length;
      sums[1]! += 1;
    },
    values: ([repeated, count]) => ({ "": repeated! / count! }),
  });
}
