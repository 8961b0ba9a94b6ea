import type { BatchShape } from "./batch-source.js";
import { definePoint } from "./contribution-point.js";
import type { Named } from "./json.js";
import type { BoundModel } from "./model-loader.js";
import type { TensorSpecs } from "./tensor-data.js";

/** A loss as a sum and what it is a sum over, so that accumulated microBatches equal one large batch. */
export interface ObjectiveOutput<Tensor> {
  /** Scalar: the sum of weighted losses, nats. */
  readonly lossSum: Tensor;
  /** Scalar: the sum of weights. The loss is lossSum / weightSum over all microBatches of a step. */
  readonly weightSum: Tensor;
  /** Further scalars, each a sum over the same weights. */
  readonly metricSums?: Named<Tensor>;
}

/** What a loss is computed for. */
export interface LossContext {
  /** False in evaluation, where metric sums may cost more. */
  readonly training: boolean;
}

/** What training minimizes. */
export interface Objective<Tensor> {
  /** Batch entries that `loss` reads, with their shapes. */
  inputs(shape: BatchShape): TensorSpecs;
  /** Runs inside a program's body. */
  loss(model: BoundModel<Tensor>, batch: Named<Tensor>, context: LossContext): ObjectiveOutput<Tensor>;
  /** Awaited before the step with this 0-based index. */
  prepare?(step: number): Promise<void>;
}

export const ObjectivePoint = definePoint<Objective<unknown>, "one">("objective", {
  cardinality: "one",
  failurePolicy: "closed",
});
