import * as tf from "@tensorflow/tfjs-core";
import type { BatchShape, BoundModel, LossContext, Named, Objective, ObjectiveOutput, TensorSpecs } from "codex-core";

type Tensor = tf.Tensor;

/**
 * Cross entropy of each next token, weighted by lossMask. In evaluation also `accuracy`: how many targets the model
 * thinks likeliest. Packed rows are read by their layout: `positionIds` and `segmentIds`.
 */
export class NextTokenObjective implements Objective<Tensor> {
  inputs({ microBatch, contextLength, packed }: BatchShape): TensorSpecs {
    const shape = [microBatch, contextLength];
    const layout: TensorSpecs = { positionIds: { shape, dtype: "int32" }, segmentIds: { shape, dtype: "int32" } };
    return {
      tokenIds: { shape, dtype: "int32" },
      targetIds: { shape, dtype: "int32" },
      lossMask: { shape, dtype: "float32" },
      ...(packed && layout),
    };
  }

  loss(model: BoundModel<Tensor>, batch: Named<Tensor>, { training }: LossContext): ObjectiveOutput<Tensor> {
    const { tokenIds, targetIds, lossMask } = batch as { [Name in "tokenIds" | "targetIds" | "lossMask"]: Tensor };
    const { positionIds, segmentIds } = batch;
    const layout = positionIds && segmentIds ? { positionIds, segmentIds } : undefined;
    const lossSum = tf.sum(tf.mul(model.tokenLosses(tokenIds, targetIds, layout), lossMask));
    const weightSum = tf.sum(lossMask);
    if (training) return { lossSum, weightSum };
    const likeliest = tf.argMax(model.logits(tokenIds, layout), -1);
    const correct = tf.cast(tf.equal(likeliest, targetIds), "float32");
    return { lossSum, weightSum, metricSums: { accuracy: tf.sum(tf.mul(correct, lossMask)) } };
  }
}
