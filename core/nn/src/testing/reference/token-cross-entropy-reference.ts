import { type Array64, zeros64 } from "./array64.js";

/** −log softmax(logits)[target] of each row in float64. */
export function tokenCrossEntropyReference(logits: Array64, targetIds: ArrayLike<number>): Array64 {
  const [count, vocabSize] = logits.shape as [number, number];
  const losses = zeros64([count]);
  for (let row = 0; row < count; row += 1) {
    const scores = logits.data.subarray(row * vocabSize, (row + 1) * vocabSize);
    const largest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
    const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
    losses.data[row] = Math.log(total) + largest - scores[targetIds[row]!]!;
  }
  return losses;
}
