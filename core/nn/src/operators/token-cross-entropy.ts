import {
  add,
  cast,
  customGrad,
  div,
  equal,
  exp,
  gather,
  log,
  max,
  mul,
  range,
  reshape,
  scalar,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
} from "@tensorflow/tfjs-core";
import { checkInt32, checkShape } from "./check-shapes.js";
import { defineOperator } from "./operator.js";

interface GradInputs {
  readonly dLosses: Tensor;
  readonly probabilities: Tensor;
  readonly targetIds: Tensor;
}

/** `CodexTokenCrossEntropy`: logits [N, V], targetIds int32 [N] → losses [N], probabilities [N, V]. */
export const tokenCrossEntropyOperator = defineOperator<{ logits: Tensor; targetIds: Tensor }, Record<never, never>>({
  kernelName: "CodexTokenCrossEntropy",
  compose({ logits, targetIds }) {
    const [count, vocabSize] = logits.shape as [number, number];
    const shifted = sub(logits, max(logits, -1, true));
    const weights = exp(shifted);
    const total = sum(weights, -1, true);
    const places = add(mul(range(0, count, 1, "int32"), scalar(vocabSize, "int32")), targetIds);
    const target = gather(reshape(shifted, [count * vocabSize]), places);
    return [sub(log(reshape(total, [count])), target), div(weights, total)];
  },
});

/** `CodexTokenCrossEntropyGrad`: dLosses [N], probabilities [N, V], targetIds int32 [N] → dLogits [N, V]. */
export const tokenCrossEntropyGradOperator = defineOperator<GradInputs, Record<never, never>>({
  kernelName: "CodexTokenCrossEntropyGrad",
  compose({ dLosses, probabilities, targetIds }) {
    const [count, vocabSize] = probabilities.shape as [number, number];
    const ids = reshape(range(0, vocabSize, 1, "int32"), [1, vocabSize]);
    const target = cast(equal(reshape(targetIds, [count, 1]), ids), "float32");
    return [mul(reshape(dLosses, [count, 1]), sub(probabilities, target))];
  },
});

/**
 * −log softmax(logits)[target] of each row, in nats.
 *
 * logits [N, V] f32, targetIds [N] int32, each in [0, V) → losses [N] f32. Stable for logits of any finite size.
 *
 * @throws CODEX_NN_SHAPE when the shapes do not fit.
 */
export function tokenCrossEntropy(logits: Tensor, targetIds: Tensor): Tensor1D {
  checkShape("tokenCrossEntropy", "logits", logits, [undefined, undefined]);
  checkShape("tokenCrossEntropy", "targetIds", targetIds, [logits.shape[0]]);
  checkInt32("tokenCrossEntropy", "targetIds", targetIds);
  const losses = customGrad((...values) => {
    const [scores] = values as [Tensor];
    const save = values[1] as unknown as (tensors: Tensor[]) => void;
    const [value, probabilities] = tokenCrossEntropyOperator.run({ logits: scores, targetIds }, {}) as [Tensor, Tensor];
    save([probabilities, targetIds]);
    return {
      value,
      gradFunc: (dLosses: Tensor, saved: Tensor[]) => {
        const [savedProbabilities, savedTargets] = saved as [Tensor, Tensor];
        return tokenCrossEntropyGradOperator.run(
          { dLosses, probabilities: savedProbabilities, targetIds: savedTargets },
          {},
        );
      },
    };
  });
  return losses(logits) as Tensor1D;
}
