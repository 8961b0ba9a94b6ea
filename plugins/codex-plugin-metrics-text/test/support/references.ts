import { expect } from "chai";
import type { Metric, Named, ScoredText } from "codex-core";
import { bleuMetric, bleuOptions } from "#src/text/bleu.js";
import { chrfMetric, chrfOptions } from "#src/text/chrf.js";
import { stemWord } from "#src/text/porter-stemmer.js";
import { rougeMetric, rougeOptions } from "#src/text/rouge.js";

type Scores = Named<number | Named<number>>;

/** What reference_scores.py answers. */
export interface References {
  readonly corpus: Scores;
  readonly each: readonly Scores[];
  readonly stems: readonly string[];
}

const metrics: Named<Metric<"text">> = {
  bleu: bleuMetric(bleuOptions.parse({})),
  bleuLowercase: bleuMetric(bleuOptions.parse({ lowercase: true })),
  chrf: chrfMetric(chrfOptions.parse({})),
  chrfPlusPlus: chrfMetric(chrfOptions.parse({ wordOrder: 2 })),
  chrfLowercase: chrfMetric(chrfOptions.parse({ charOrder: 3, wordOrder: 1, beta: 3, lowercase: true })),
  rouge: rougeMetric(rougeOptions.parse({})),
  rougeStemmed: rougeMetric(rougeOptions.parse({ stemmer: true })),
};

/** The largest difference to the references' scores, of the whole and of each pair; the stems have to be equal. */
export function largestDifference(
  pairs: readonly ScoredText[],
  words: readonly string[],
  { corpus, each, stems }: References,
): number {
  expect(words.map(stemWord)).to.deep.equal(stems);
  let largest = 0;
  for (const [name, metric] of Object.entries(metrics)) {
    const whole = metric.start();
    for (const [index, pair] of pairs.entries()) {
      whole.add(pair);
      const alone = metric.start();
      alone.add(pair);
      largest = Math.max(largest, difference(alone.result(), each[index]![name]!));
    }
    largest = Math.max(largest, difference(whole.result(), corpus[name]!));
  }
  return largest;
}

function difference(found: Named<number>, expected: number | Named<number>): number {
  const wanted = typeof expected === "number" ? { "": expected } : expected;
  expect(Object.keys(found)).to.have.members(Object.keys(wanted));
  return Math.max(...Object.entries(wanted).map(([name, value]) => Math.abs(found[name]! - value)));
}
