import { cast, div, exp, fill, max, minimum, mul, sub, sum, type Tensor, where } from "@tensorflow/tfjs-core";

/** Stands where a score is masked out: below every score, and finite, so that no NaN can come of it. */
const masked = -3e38;

/** Above every score. */
const unmasked = 3.4e38;

/**
 * Softmax over the last axis of scores, where `allowed` (bool, broadcastable to scores) holds; exactly zero elsewhere.
 * Scores are cut down to a limit of the mask's shape, so that nothing of the scores' shape is made for the mask.
 */
export function maskedSoftmax(scores: Tensor, allowed: Tensor): Tensor {
  const limit = where(allowed, fill(allowed.shape, unmasked), fill(allowed.shape, masked));
  const kept = minimum(scores, limit);
  const weights = mul(exp(sub(kept, max(kept, -1, true))), cast(allowed, "float32"));
  return div(weights, sum(weights, -1, true));
}
