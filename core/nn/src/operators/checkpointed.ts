import { clone, customGrad, engine, type Tensor, zerosLike } from "@tensorflow/tfjs-core";
import { defineOperator } from "./operator.js";

/**
 * `CodexAfter`: x f32 or int32 of any shape, gate f32 of any shape → x, to the bit. A backend that compiles makes it
 * wait for the gate, so that what is computed from it is neither done before nor taken for what was computed from x.
 */
export const afterOperator = defineOperator<{ x: Tensor; gate: Tensor }, Record<never, never>>({
  kernelName: "CodexAfter",
  compose: ({ x }) => [clone(x)],
});

/** What a block is computed from. */
export interface CheckpointInputs {
  /** What the block transforms: kept for the backward pass, f32. Gradients flow to them. */
  readonly activations: readonly Tensor[];
  /** Gradients flow to them too, f32. What is computed from them alone is not computed again. */
  readonly parameters?: readonly Tensor[];
  /** No gradients flow to them: random keys. What is computed from them is computed again. */
  readonly constants?: readonly Tensor[];
}

/** A block: has to give the same for the same inputs, and may use nothing else that gradients flow to. */
export type CheckpointBlock = (inputs: Required<CheckpointInputs>) => Tensor;

/**
 * Computes a block and keeps nothing of it: the backward pass computes it again from its inputs, in the same bits, when
 * the gradient of its output is there. Less memory for one more forward pass of the block. Gradients are the same bits
 * too, where no parameter is read by several blocks, whose shares would be added in another order.
 *
 * @source https://arxiv.org/abs/1604.06174, section 4.2
 */
export function checkpointed(block: CheckpointBlock, inputs: CheckpointInputs): Tensor {
  const { activations, parameters = [], constants = [] } = inputs;
  const tracked = [...activations, ...parameters];
  const compute = (values: readonly Tensor[], others: readonly Tensor[]) =>
    block({
      activations: values.slice(0, activations.length),
      parameters: values.slice(activations.length),
      constants: others,
    });
  const run = customGrad((...values) => {
    const save = values.at(-1) as unknown as (tensors: Tensor[]) => void;
    const given = values.slice(0, -1) as Tensor[];
    save([...given, ...constants]);
    return {
      value: compute(given, constants),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const later = (x: Tensor) => afterOperator.run({ x, gate: dy }, {})[0]!;
        const again = saved.slice(0, tracked.length).map((x, index) => (index < activations.length ? later(x) : x));
        const others = saved.slice(tracked.length).map(later);
        const gradients = gradientsInside(() => compute(again, others), again, dy);
        return again.map((x, index) => gradients[index] ?? zerosLike(x));
      },
    };
  });
  return run(...tracked);
}

/** Gradients taken while gradients are being taken: tfjs-core forgets the outer tape, so it is kept here. */
function gradientsInside(compute: () => Tensor, xs: readonly Tensor[], dy: Tensor): readonly (Tensor | undefined)[] {
  const { state } = engine();
  const outer = state.activeTape;
  try {
    return engine().gradients(compute, [...xs], dy, true).grads;
  } finally {
    state.activeTape = outer;
  }
}
