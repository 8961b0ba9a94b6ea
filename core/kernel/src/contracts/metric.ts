import { definePoint } from "./contribution-point.js";
import type { Named } from "./json.js";

/** Tokens as a model sees them, each after the ones before it. The lists have one entry a token. */
export interface ScoredTokens {
  /** ln p(token) in nats, 0 at the most. */
  readonly logProbabilities: ArrayLike<number>;
  /** How many ids the model thinks likelier: 0 where the token is the likeliest. */
  readonly ranks: ArrayLike<number>;
  /** Probability of the likeliest id, whichever that is, in (0, 1]. */
  readonly confidences: ArrayLike<number>;
  /** Bytes of the tokens' text in UTF-8. */
  readonly byteCount: number;
  /** Words that begin in the tokens' text; blanks set words apart. */
  readonly wordCount: number;
}

/** A text that a model wrote, and texts that it might have written, one at least. */
export interface ScoredText {
  readonly text: string;
  readonly references: readonly string[];
}

/** One of the answers that a model has to choose from. */
export interface ScoredChoice {
  /** ln p(answer) after the question, nats. */
  readonly logProbability: number;
  /** Characters (code points) of the answer. */
  readonly characterCount: number;
  /** Whether every token of it is the likeliest: the model itself would write it. */
  readonly isLikeliest: boolean;
}

/** A question with its answers: several, or the right one alone. */
export interface ScoredChoices {
  readonly choices: readonly ScoredChoice[];
  /** Index of the right one. */
  readonly answer: number;
}

/** What metrics may be about. */
export interface MetricInputs {
  readonly tokens: ScoredTokens;
  readonly text: ScoredText;
  readonly choices: ScoredChoices;
}

export type MetricInput = keyof MetricInputs;

/** What a metric has gathered so far. */
export interface MetricAccumulator<Item> {
  add(item: Item): void;
  /** Takes in what another accumulator of the same metric has gathered, and leaves that as it is. */
  merge(other: MetricAccumulator<Item>): void;
  /**
   * The values over all items so far, by what is added to the metric's name: `{ "": 0.5 }` is `eval/accuracy` alone,
   * `{ 1: 0.4, L: 0.3 }` are `eval/rouge1` and `eval/rougeL`. The names are always the same ones. NaN where nothing was
   * there to be measured.
   */
  result(): Named<number>;
}

/**
 * Measures by gathering: in whatever pieces the items come, and in whatever order the pieces are merged, the values are
 * the same. The kernel resamples by that, for confidence intervals.
 */
export interface Metric<Input extends MetricInput = MetricInput> {
  /** What its items are. */
  readonly input: Input;
  /** An accumulator that has gathered nothing. */
  start(): MetricAccumulator<MetricInputs[Input]>;
}

export const MetricPoint = definePoint<Metric, "many">("metric", { cardinality: "many", failurePolicy: "closed" });
