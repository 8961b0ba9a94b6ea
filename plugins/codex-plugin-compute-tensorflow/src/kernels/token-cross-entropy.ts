import type { KernelInstaller } from "../operations/kernel-installer.js";
import type { Value } from "../operations/value.js";

/**
 * Cross entropy by TensorFlow's own operation, which gives the losses and softmax(logits) − one-hot(target) at once.
 * The second stands in the place of the probabilities, which go to nothing but the gradient below.
 */
export function installTokenCrossEntropy(installer: KernelInstaller): void {
  installer.install<{ logits: Value; targetIds: Value }>("CodexTokenCrossEntropy", (operations, inputs) =>
    operations.run("SparseSoftmaxCrossEntropyWithLogits", [inputs.logits, inputs.targetIds], [], 2),
  );
  installer.install<{ dLosses: Value; probabilities: Value }>("CodexTokenCrossEntropyGrad", (operations, inputs) => {
    const { dLosses, probabilities } = inputs;
    return [operations.mul(probabilities, operations.reshape(dLosses, [dLosses.shape[0]!, 1]))];
  });
}
