import { cast, div, exp, fill, max, mul, sub, sum, type Tensor, where } from "@tensorflow/tfjs-core";

/** Stands where a score is masked out: below every score, and finite, so that no NaN can come of it. */
const masked = -3e38;

/**
 * Softmax over the last axis of scores, where `allowed` (bool, broadcastable to scores) holds; exactly zero elsewhere.
 */
export function maskedSoftmax(scores: Tensor, allowed: Tensor): Tensor {
  const kept = where(allowed, scores, fill(scores.shape, masked));
  const weights = mul(exp(sub(kept, max(kept, -1, true))), cast(allowed, "float32"));
  return div(weights, sum(weights, -1, true));
}
