import * as tf from "@tensorflow/tfjs-core";
import type { BatchShape, BoundModel, LossContext, Named, Objective, ObjectiveOutput, TensorSpecs } from "codex-core";

type Tensor = tf.Tensor;

/**
 * Cross entropy of each next token, weighted by lossMask. In evaluation also `accuracy`: how many targets the model
 * thinks likeliest.
 */
export class NextTokenObjective implements Objective<Tensor> {
  inputs({ microBatch, contextLength }: BatchShape): TensorSpecs {
    const shape = [microBatch, contextLength];
    return {
      tokenIds: { shape, dtype: "int32" },
      targetIds: { shape, dtype: "int32" },
      lossMask: { shape, dtype: "float32" },
    };
  }

  loss(model: BoundModel<Tensor>, batch: Named<Tensor>, { training }: LossContext): ObjectiveOutput<Tensor> {
    const { tokenIds, targetIds, lossMask } = batch as { [Name in "tokenIds" | "targetIds" | "lossMask"]: Tensor };
    const lossSum = tf.sum(tf.mul(model.tokenLosses(tokenIds, targetIds), lossMask));
    const weightSum = tf.sum(lossMask);
    if (training) return { lossSum, weightSum };
    const likeliest = tf.argMax(model.logits(tokenIds), -1);
    const correct = tf.cast(tf.equal(likeliest, targetIds), "float32");
    return { lossSum, weightSum, metricSums: { accuracy: tf.sum(tf.mul(correct, lossMask)) } };
  }
}
