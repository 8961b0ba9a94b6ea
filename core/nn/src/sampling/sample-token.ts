import { nnErrors } from "../errors/nn-errors.js";
import { largestFirst } from "./largest-first.js";

/** How a token is chosen. */
export interface SamplingOptions {
  /** Divides the logits; 0 takes the likeliest token, the lowest id among equals. Default: 1. */
  readonly temperature?: number;
  /** Keep the k likeliest tokens, lower ids first among equals. Default: all. */
  readonly topK?: number;
  /**
   * Keep the likeliest tokens until they hold this share of the probability, in (0, 1]; the one that crosses it is
   * kept. Looked at after topK. Default: 1.
   */
  readonly topP?: number;
}

/** @throws CODEX_NN_ARGUMENT when an option is out of its range. */
export function checkSamplingOptions({ temperature = 1, topK, topP = 1 }: SamplingOptions): void {
  const problem = (what: string) => nnErrors.CODEX_NN_ARGUMENT({ what });
  if (!(temperature >= 0 && temperature < Infinity))
    throw problem(`temperature is ${temperature}; it must be 0 or more.`);
  if (topK !== undefined && (!Number.isInteger(topK) || topK < 1)) {
    throw problem(`topK is ${topK}; it must be an integer of 1 or more.`);
  }
  if (!(topP > 0 && topP <= 1)) throw problem(`topP is ${topP}; it must be above 0 and at most 1.`);
}

/** The id of the largest logit, the lowest among equals. @throws CODEX_NN_NOT_FINITE */
export function likeliestToken(logits: ArrayLike<number>): number {
  let best = -1;
  for (let id = 0; id < logits.length; id += 1) {
    const logit = logits[id]!;
    if (Number.isNaN(logit) || logit === Infinity) {
      throw nnErrors.CODEX_NN_NOT_FINITE({ what: `The logit of token ${id} is ${logit}.`, where: "logits" });
    }
    if (logit > (best < 0 ? -Infinity : logits[best]!)) best = id;
  }
  if (best < 0) throw nnErrors.CODEX_NN_NOT_FINITE({ what: "No token has a finite logit.", where: "logits" });
  return best;
}

/**
 * The distribution that `sampleToken` draws from: softmax(logits/temperature) in double precision, with what topK and
 * topP leave out set to 0 and the rest made to sum to 1. A logit of −Infinity rules a token out.
 *
 * logits [vocabSize] → probabilities [vocabSize] f64.
 *
 * @throws CODEX_NN_NOT_FINITE when a logit is NaN or +Infinity, or none is finite; CODEX_NN_ARGUMENT
 */
export function samplingProbabilities(logits: ArrayLike<number>, options: SamplingOptions = {}): Float64Array {
  checkSamplingOptions(options);
  const { temperature = 1, topK = logits.length, topP = 1 } = options;
  const best = likeliestToken(logits);
  const probabilities = new Float64Array(logits.length);
  if (temperature === 0) {
    probabilities[best] = 1;
    return probabilities;
  }
  const largest = logits[best]!;
  for (let id = 0; id < logits.length; id += 1) probabilities[id] = Math.exp((logits[id]! - largest) / temperature);
  if (topK < logits.length || topP < 1) keepLikeliest(probabilities, topK, topP);
  const total = sumOf(probabilities);
  for (let id = 0; id < probabilities.length; id += 1) probabilities[id]! /= total;
  return probabilities;
}

/** Sets to 0 what is not among the topK, and then not in the topP share, of unnormalized probabilities. */
function keepLikeliest(weights: Float64Array, topK: number, topP: number): void {
  const kept = likeliest(weights, topK, topP);
  const smallest = kept.at(-1)!;
  let atSmallest = kept.length - kept.indexOf(smallest);
  for (let id = 0; id < weights.length; id += 1) {
    if (weights[id]! > smallest) continue;
    if (weights[id] === smallest && atSmallest > 0) atSmallest -= 1;
    else weights[id] = 0;
  }
}

/** The weights to keep, the largest first. */
function likeliest(weights: Float64Array, topK: number, topP: number): readonly number[] {
  const order = largestFirst(weights);
  if (topK >= weights.length) return untilShare(order, topP * sumOf(weights));
  const among = Array.from({ length: topK }, () => order.next().value as number);
  return topP < 1 ? untilShare(among, topP * sumOf(among)) : among;
}

/** The first weights that hold the share together. */
function untilShare(weights: Iterable<number>, share: number): readonly number[] {
  const kept: number[] = [];
  let held = 0;
  for (const weight of weights) {
    kept.push(weight);
    held += weight;
    if (held >= share) break;
  }
  return kept;
}

function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/**
 * Chooses a token.
 *
 * @param logits [vocabSize]
 * @param uniform a number in [0, 1), as `RandomStream.nextUniform` gives it
 * @throws CODEX_NN_NOT_FINITE when a logit is NaN or +Infinity, or none is finite; CODEX_NN_ARGUMENT
 */
export function sampleToken(logits: ArrayLike<number>, uniform: number, options: SamplingOptions = {}): number {
  if (options.temperature === 0) {
    checkSamplingOptions(options);
    return likeliestToken(logits);
  }
  const probabilities = samplingProbabilities(logits, options);
  let remaining = uniform;
  let last = 0;
  for (let id = 0; id < probabilities.length; id += 1) {
    if (probabilities[id] === 0) continue;
    last = id;
    remaining -= probabilities[id]!;
    if (remaining < 0) return id;
  }
  return last;
}
