import type { Metric } from "codex-core";
import { meanMetric } from "../sum-metric.js";
import { countAll, harmonicMean, overlap, splitWords } from "./words.js";

/** An article that no letter, digit or underscore of any script touches. */
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/** An answer as SQuAD compares it: words in lower case, without ASCII punctuation and English articles. */
export function normalizedAnswer(text: string): string[] {
  return splitWords(
    text
      .toLowerCase()
      .replace(/[!-/:-@[-`{-~]/g, "")
      .replace(articles, " "),
  );
}

/** Share of the texts that are equal to one of their references, both normalized. */
export function exactMatchMetric(): Metric<"text"> {
  return meanMetric("text", ({ text, references }) => {
    const answer = normalizedAnswer(text).join(" ");
    return Number(references.some((reference) => normalizedAnswer(reference).join(" ") === answer));
  });
}

/**
 * F score of the words that a text shares with the reference that suits it best, both normalized; where either has no
 * word, 1 when neither has, else 0.
 *
 * @source Rajpurkar et al., SQuAD 2.0 (ACL 2018): the evaluation script
 */
export function f1Metric(): Metric<"text"> {
  return meanMetric("text", ({ text, references }) => {
    const answer = normalizedAnswer(text);
    return Math.max(...references.map((reference) => f1(answer, normalizedAnswer(reference))));
  });
}

function f1(answer: readonly string[], reference: readonly string[]): number {
  if (answer.length === 0 || reference.length === 0) return Number(answer.length === reference.length);
  const shared = overlap(countAll(answer), countAll(reference));
  return harmonicMean(shared / answer.length, shared / reference.length);
}
