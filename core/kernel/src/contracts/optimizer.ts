import { definePoint } from "./contribution-point.js";
import type { Named } from "./json.js";
import type { TensorSpec, TensorSpecs } from "./tensor-data.js";

/** The tensors of one parameter's update, inside a program's body. */
export interface ParameterUpdate<Tensor> {
  readonly parameter: Tensor;
  /** State by slot: `exp_avg`, `exp_avg_sq` … */
  readonly slots: Named<Tensor>;
}

/** Turns gradients into new parameters. Pure: its state lives in the compute backend, named by slot. */
export interface Optimizer<Tensor> {
  /** The peak learning rate, which a schedule scales. */
  readonly learningRate: number;
  /** State that one parameter needs, by slot; starts at zero. */
  slots(parameter: TensorSpec): TensorSpecs;
  /** Numbers that change from step to step (learning rate, bias corrections), for the step with this 0-based index. */
  scalars(step: number, learningRate: number): Named<number>;
  /**
   * One parameter's update. `gradient` is already divided and clipped; `scalars` are float32 scalars of the names
   * that the method `scalars` gives. Parameter and slots are given away: a backend may write the new values over them,
   * and neither the optimizer nor its caller reads them afterwards.
   */
  update(
    name: string,
    current: ParameterUpdate<Tensor>,
    gradient: Tensor,
    scalars: Named<Tensor>,
  ): ParameterUpdate<Tensor>;
}

export const OptimizerPoint = definePoint<Optimizer<unknown>, "one">("optimizer", {
  cardinality: "one",
  failurePolicy: "closed",
});
