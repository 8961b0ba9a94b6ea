import * as tf from "@tensorflow/tfjs-core";
import type { BoundModel, Named, PackedLayout } from "codex-core";

type Tensor = tf.Tensor;

/** Outputs of a program, [microBatch, contextLength] f32 each, that say what a model thinks of each target. */
export const tokenOutputs = {
  logProbabilities: "token/logProbability",
  ranks: "token/rank",
  confidences: "token/confidence",
} as const;

/** The inputs that these facts are made from, among those of a batch. */
export interface TokenInputs {
  /** [microBatch, contextLength] int32 */
  readonly tokenIds: Tensor;
  /** [microBatch, contextLength] int32 */
  readonly targetIds: Tensor;
  readonly layout?: PackedLayout<Tensor> | undefined;
}

/**
 * Facts of each target: ln p(target); how many ids are likelier, a lower id before a higher one where two are equally
 * likely; the probability of the likeliest id. Values that are as large as the vocabulary stay in the program.
 */
export function tokenFacts(model: BoundModel<Tensor>, { tokenIds, targetIds, layout }: TokenInputs): Named<Tensor> {
  const logits = model.logits(tokenIds, layout);
  const losses = model.tokenLosses(tokenIds, targetIds, layout);
  const ids = tf.range(0, logits.shape.at(-1) as number, 1, "int32");
  const targets = tf.expandDims(targetIds, -1);
  const targetLogits = tf.sum(tf.where(tf.equal(ids, targets), logits, tf.zerosLike(logits)), -1, true);
  // Sums and products of ones and zeros: every device has these.
  const ones = (condition: Tensor) => tf.cast(condition, "float32");
  const tiedBefore = tf.mul(ones(tf.equal(logits, targetLogits)), ones(tf.less(ids, targets)));
  const likelier = tf.add(ones(tf.greater(logits, targetLogits)), tiedBefore);
  const lead = tf.sub(tf.max(logits, -1), tf.squeeze(targetLogits, [-1]));
  return {
    [tokenOutputs.logProbabilities]: tf.neg(losses),
    [tokenOutputs.ranks]: tf.sum(likelier, -1),
    [tokenOutputs.confidences]: tf.exp(tf.sub(lead, losses)),
  };
}
