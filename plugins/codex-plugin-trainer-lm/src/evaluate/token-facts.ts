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
  const shape = targetIds.shape;
  const losses = model.tokenLosses(tokenIds, targetIds, layout);
  const logits = model.logits(tokenIds, layout);
  const vocabSize = logits.shape.at(-1) as number;
  const rows = tf.reshape(logits, [-1, vocabSize]);
  const targets = tf.reshape(targetIds, [-1, 1]);
  const starts = tf.range(0, rows.size, vocabSize, "int32");
  const places = tf.add(starts, tf.reshape(targetIds, [-1]));
  const targetLogits = tf.gather(tf.reshape(logits, [-1]), places);
  const column = tf.expandDims(targetLogits, -1);
  const isTiedBefore = tf.logicalAnd(tf.equal(rows, column), tf.less(tf.range(0, vocabSize, 1, "int32"), targets));
  const isLikelier = tf.logicalOr(tf.greater(rows, column), isTiedBefore);
  const lead = tf.reshape(tf.sub(tf.max(rows, -1), targetLogits), shape);
  return {
    [tokenOutputs.logProbabilities]: tf.neg(losses),
    [tokenOutputs.ranks]: tf.reshape(tf.sum(tf.cast(isLikelier, "float32"), -1), shape),
    [tokenOutputs.confidences]: tf.exp(tf.sub(lead, losses)),
  };
}
